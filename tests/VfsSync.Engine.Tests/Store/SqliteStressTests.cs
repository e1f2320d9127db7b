using System.Diagnostics;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Store;

/// <summary>The SQLite store among many threads, and on a disk that is really full.</summary>
public sealed class SqliteStressTests : IDisposable
{
    private readonly StoreDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Many_readers_during_commits_see_whole_commits_only()
    {
        using var store = SqliteFolderStore.Open(_directory.Path);
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 8).Select(_ => Task.Run(() => Look(store, done.Token))).ToArray();
        for (var n = 1; n <= 400; n++)
        {
            var batch = Sample.Batch(Sample.Dot(n % 5, (n + 4) / 5), Sample.Set("d/a", Sample.File($"{n}")), Sample.Set("d/b", Sample.File($"{n}")));
            batch.Chunks.Add(Sample.Sealed($"c{n}", n % 10 == 0 ? 70_000 : 100));
            store.Commit(batch, n % 3 == 0 ? Durability.Flushed : Durability.Ordered);
            Assert.Equal($"{n}".Length, store.Heads(Sample.At("d/a"))[0].Entry.Size);
            store.AddChunks([Sample.Sealed($"l{n}", 3000)]);
        }
        await done.CancelAsync();
        Assert.All(await Task.WhenAll(readers), looks => Assert.True(looks > 0));
    }

    private static int Look(SqliteFolderStore store, CancellationToken done)
    {
        var (looks, last) = (0, 0L);
        for (; !done.IsCancellationRequested || looks == 0; looks++)
        {
            var sequence = store.LastSequence;
            Assert.True(sequence >= last);
            last = sequence;
            var heads = store.LiveBelow(Sample.At("d"));
            Assert.True(heads.Count is 0 or 2);
            foreach (var (_, dot, _) in store.RecordsAfter(sequence - 1, default, 5, 1 << 20)) Assert.False(store.RecordIdOf(dot).IsNone);
            Assert.True(store.Versions(Sample.At("d/a")).Count >= sequence);
            if (sequence > 0) Assert.True(store.TryReadChunk(Sample.Sealed($"c{sequence}").Id, out _));
        }
        return looks;
    }

    [Fact]
    public void A_full_disk_refuses_the_commit_and_the_store_goes_on_when_there_is_space()
    {
        var mount = _directory["small"];
        Directory.CreateDirectory(mount);
        Assert.SkipUnless(OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", mount), "needs a tmpfs mount (root)");
        try
        {
            using var store = SqliteFolderStore.Open(mount);
            var number = FillUp(store, mount);
            var (sequence, cursor) = (store.LastSequence, store.Cursor);
            Assert.Throws<IOException>(() => store.Commit(Big(number), Durability.Flushed));
            Assert.Throws<IOException>(() => store.Commit(Small(number), Durability.Flushed));
            Assert.Equal((sequence, cursor), (store.LastSequence, store.Cursor));
            Assert.NotEmpty(store.Heads(Sample.At("1")));
            File.Delete(Path.Combine(mount, "ballast"));
            store.Commit(Small(number), Durability.Flushed);
            store.Commit(Big(number + 1), Durability.Flushed);
            Assert.True(store.TryReadChunk(Big(number + 1).Chunks[0].Id, out _));
            Assert.Equal(number + 1, store.AllRecords().Count());
        }
        finally
        {
            Assert.True(SpinWait.SpinUntil(() => Run("umount", mount), TimeSpan.FromSeconds(10)));
        }
    }

    // Returns the first number that did not fit.
    private static int FillUp(SqliteFolderStore store, string mount)
    {
        store.Commit(Small(1), Durability.Flushed);
        store.Commit(Big(2), Durability.Flushed);
        using (var ballast = File.Create(Path.Combine(mount, "ballast")))
        {
            try
            {
                var block = new byte[4096];
                while (true) ballast.Write(block);
            }
            catch (IOException)
            {
                // Full, as wanted.
            }
        }
        for (var number = 3; ; number++)
        {
            try
            {
                store.Commit(Small(number), Durability.Flushed);
            }
            catch (IOException)
            {
                return number;
            }
        }
    }

    private static CommitBatch Small(int number) => Sample.Batch(Sample.Dot(1, number), Sample.Set($"{number}", Sample.File($"{number}")));

    private static CommitBatch Big(int number)
    {
        var batch = Small(number);
        batch.Chunks.Add(Sample.Sealed($"big {number}", 200_000));
        return batch;
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
