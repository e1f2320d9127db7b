using System.Diagnostics;
using VfsSync.Core.Session;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Store;

/// <summary>
/// Figures, by hand: dotnet run -c Release --project tests/VfsSync.Engine.Tests -- -explicit only -showLiveOutput -method '*StoreMeasurement*'.
/// </summary>
public sealed class StoreMeasurement(ITestOutputHelper output) : IDisposable
{
    private readonly StoreDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact(Explicit = true)]
    public void Batches_of_a_thousand()
    {
        using var store = SqliteFolderStore.Open(_directory["batches"]);
        var (perSecond, cpuSeconds) = (new List<double>(), new List<double>());
        for (var round = 0; round < 60; round++)
        {
            var batch = Thousand(round);
            var (watch, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
            store.Commit(batch, Durability.Flushed);
            perSecond.Add(4000 / watch.Elapsed.TotalSeconds);
            cpuSeconds.Add((Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
        }
        output.WriteLine($"batch of 1,000 records, heads, rows, places: {Median(perSecond):N0} rows/s; slowest {perSecond.Skip(5).Min():N0}; by processor time {4000 / Median(cpuSeconds):N0}");
    }

    [Theory(Explicit = true)]
    [InlineData(Durability.Flushed, 100)]
    [InlineData(Durability.Ordered, 100)]
    [InlineData(Durability.Flushed, 16_000)]
    [InlineData(Durability.Flushed, 65_536)]
    [InlineData(Durability.Flushed, 65_537)]
    [InlineData(Durability.Flushed, 1_000_000)]
    internal void Small_commits(Durability durability, int chunkBytes)
    {
        using var store = SqliteFolderStore.Open(_directory[$"small-{durability}-{chunkBytes}"]);
        var times = new List<double>();
        for (var n = 1; n <= 2500; n++)
        {
            if (n * (long)chunkBytes > 400_000_000) break;
            var batch = One(n, chunkBytes);
            var start = Stopwatch.GetTimestamp();
            store.Commit(batch, durability);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        output.WriteLine($"small commit, {durability}, chunk of {chunkBytes}: {Spread(times.Skip(200))}");
    }

    [Fact(Explicit = true)]
    public void Look_ups()
    {
        using (var store = SqliteFolderStore.Open(_directory["look"]))
            for (var round = 0; round < 100; round++) store.Commit(Thousand(round), Durability.Flushed);
        var watch = Stopwatch.StartNew();
        using var again = SqliteFolderStore.Open(_directory["look"]);
        output.WriteLine($"open of 100,000 files after a clean end: {watch.Elapsed.TotalMilliseconds:N1} ms");
        var paths = Enumerable.Range(0, 100).SelectMany(round => Thousand(round).Index.Keys).ToArray();
        new Random(1).Shuffle(paths);
        output.WriteLine($"Heads: {Each(paths, path => again.Heads(path).Count):N2} us");
        output.WriteLine($"OnDisk: {Each(paths, path => again.OnDisk(path) is null ? 0 : 1):N2} us");
        output.WriteLine($"HasChunk, not there: {Each(paths, path => again.HasChunk(Sample.Chunk(path.Text).Id) ? 1 : 0):N2} us");
        output.WriteLine($"LiveBelow, limit 1: {Each(paths, path => again.LiveBelow(path.Parent, 1).Count):N2} us");
        output.WriteLine($"Rows: {Each(["all"], _ => again.Rows().Count()) / 1000:N0} ms");
        output.WriteLine($"RecordsAfter, nothing lacking: {Each(paths, _ => again.RecordsAfter(0, again.Cursor, 100, 1 << 20).Count):N2} us");
        output.WriteLine($"RecordsAfter, the last one lacking: {Each(paths, _ => again.RecordsAfter(0, Sample.Vector((1, again.LastSequence - 1)), 100, 1 << 20).Count):N2} us");
        using var killed = new StoreDirectory();
        var bytes = new FileInfo(_directory["look/vfs.db"]).Length;
        output.WriteLine($"{bytes / 100_000} bytes of database a file");
    }

    private static double Each<T>(T[] all, Func<T, int> look)
    {
        foreach (var one in all.Take(5000)) look(one);
        var cpu = Environment.CpuUsage.TotalTime;
        foreach (var one in all) look(one);
        return (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / all.Length;
    }

    private static CommitBatch Thousand(int round)
    {
        var batch = new CommitBatch();
        for (var i = 1; i <= 1000; i++)
        {
            var path = $"projects/part {round % 10}/directory-{i % 20}/some file name {round}-{i}.txt";
            Sample.AddRecord(batch, Sample.Dot(1, round * 1000 + i), Sample.Set(path, Sample.File(path)));
            batch.Index[Sample.At(path)] = Sample.Row(path, inode: (ulong)(round * 1000 + i));
            batch.Places[Sample.At(path)] = [Sample.Chunk(path)];
        }
        return batch;
    }

    private static CommitBatch One(int n, int chunkBytes)
    {
        var path = $"directory/some file name {n % 100}.txt";
        var batch = Sample.Batch(Sample.Dot(1, n), Sample.Set(path, Sample.File(path)));
        batch.Index[Sample.At(path)] = Sample.Row(path, inode: (ulong)n);
        batch.Chunks.Add(Sample.Sealed($"{n}", chunkBytes));
        return batch;
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    private static string Spread(IEnumerable<double> ms)
    {
        var sorted = ms.Order().ToArray();
        return $"p50 {sorted[sorted.Length / 2]:N3} ms, p90 {sorted[sorted.Length * 9 / 10]:N3}, p99 {sorted[sorted.Length * 99 / 100]:N3}, max {sorted[^1]:N3}";
    }
}
