using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>Files that are fetched chunk by chunk.</summary>
public sealed class LargeFilesTests : IDisposable
{
    private const int Size = 20_000_000;

    private readonly Nodes _nodes = new();
    private readonly SyncNode _a, _b;

    public LargeFilesTests() => (_a, _b) = _nodes.Pair();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void Twenty_megabytes_both_ways()
    {
        Parallel.Invoke(() => File.WriteAllBytes(At(_a, "from a"), Bytes(1)), () => File.WriteAllBytes(At(_b, "from b"), Bytes(2)));
        EventuallySame(_a, _b);
        Silent(1, _a, _b);
    }

    [Fact]
    public void Four_kilobytes_changed_inside_fetch_little()
    {
        File.WriteAllBytes(At(_a, "f"), Bytes(3));
        EventuallySame(_a, _b);
        var before = Traffic(_b).Received;
        using (var file = File.OpenWrite(At(_a, "f")))
        {
            file.Position = Size / 2;
            file.Write(new byte[4096]);
        }
        EventuallySame(_a, _b);
        Assert.InRange(Traffic(_b).Received - before, 1, 500_000);
        before = Traffic(_b).Received;
        // Whole at once: what is offered of a file that is still being written is part of no version.
        File.WriteAllBytes(_nodes.Outside("next"), [1, .. File.ReadAllBytes(At(_a, "f"))]);
        File.Move(_nodes.Outside("next"), At(_a, "f"), overwrite: true);
        EventuallySame(_a, _b);
        Assert.InRange(Traffic(_b).Received - before, 1, 500_000);
        before = Traffic(_b).Received;
        File.AppendAllText(At(_a, "f"), "the end");
        EventuallySame(_a, _b);
        Assert.InRange(Traffic(_b).Received - before, 1, 500_000);
    }

    [Fact]
    public void A_copy_of_what_is_there_fetches_nothing()
    {
        File.WriteAllBytes(At(_a, "f"), Bytes(4));
        EventuallySame(_a, _b);
        var before = Traffic(_b).Received;
        File.Copy(At(_a, "f"), At(_a, "copy"));
        EventuallySame(_a, _b);
        Assert.InRange(Traffic(_b).Received - before, 1, 100_000);
    }

    [Fact]
    public void Chunks_travel_while_the_file_is_still_being_read()
    {
        var received = long.MaxValue;
        using var watch = _a.Subscribe(e =>
        {
            if (e is { Kind: SyncEventKind.Recorded, Size: > Size }) received = Traffic(_b).Received;
        });
        var source = _nodes.Outside("large");
        File.WriteAllBytes(source, [.. Enumerable.Range(20, 4).SelectMany(Bytes)]);
        File.Move(source, At(_a, "large"));
        EventuallySame(_a, _b);
        Assert.InRange(received, 1_000_000, 85_000_000);
        Assert.InRange(Traffic(_b).Received, 80_000_000, 85_000_000);
    }

    [Fact]
    public void A_link_cut_in_the_middle_goes_on_where_it_was()
    {
        File.WriteAllBytes(At(_a, "f"), Bytes(5));
        for (var i = 0; i < 5; i++)
        {
            Poll.Pause(60);
            Cut(_b);
        }
        EventuallySame(_a, _b);
    }

    [Fact]
    public void Changed_while_it_is_being_fetched()
    {
        File.WriteAllBytes(At(_a, "f"), Bytes(6));
        for (var i = 0; i < 5; i++)
        {
            Poll.Pause(80);
            using var file = File.OpenWrite(At(_a, "f"));
            file.Position = i * 3_000_000;
            file.Write(Bytes(7 + i).AsSpan(0, 100_000));
        }
        EventuallySame(_a, _b);
        NoConflicts(_a, _b);
    }

    [Fact]
    public void Removed_or_renamed_while_it_is_being_fetched()
    {
        File.WriteAllBytes(At(_a, "gone"), Bytes(8));
        File.WriteAllBytes(At(_a, "moves"), Bytes(9));
        Poll.Until(() => _b.Behind > 0 || File.Exists(At(_b, "moves")), "b hears of it");
        File.Delete(At(_a, "gone"));
        File.Move(At(_a, "moves"), At(_a, "moved"));
        EventuallySame(_a, _b);
        Assert.Equal(["moved"], Directory.GetFiles(_b.Root).Select(Path.GetFileName));
    }

    private static byte[] Bytes(int seed)
    {
        var bytes = new byte[Size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
