using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>What a directory's rename carries along and has to come back is the only copy of its content (> 64 KiB): it must be renamed, not removed and waited for.</summary>
public sealed class CarriedOnlyCopyTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Theory]
    [InlineData(1_000)]
    [InlineData(600_000)]
    public void New_in_a_directory_that_another_renamed_and_made_again(int size) => Apart((a, b) =>
    {
        File.WriteAllBytes(At(a, "r0/d/own"), Bytes(size));
    }, (a, b) =>
    {
        Directory.Move(At(b, "r0"), At(b, "r1"));
        Poll.Pause(300);
        Directory.CreateDirectory(At(b, "r0/d"));
        File.WriteAllText(At(b, "r0/d/new"), "new");
    });

    [Theory]
    [InlineData(1_000)]
    [InlineData(600_000)]
    public void New_in_a_directory_that_both_renamed(int size) => Apart((a, b) =>
    {
        File.WriteAllBytes(At(a, "r0/d/own"), Bytes(size));
        Poll.Pause(300);
        Directory.Move(At(a, "r0"), At(a, "r2"));
        Poll.Pause(300);
        Directory.Move(At(a, "r2/d"), At(a, "d2"));
    }, (a, b) =>
    {
        Directory.Move(At(b, "r0"), At(b, "r1"));
        Poll.Pause(300);
        Directory.Move(At(b, "r1"), At(b, "s/r3"));
    });

    [Theory]
    [InlineData(1_000)]
    [InlineData(600_000)]
    public void New_in_a_directory_that_another_moved_into_itself_by_way_of_the_other(int size) => Apart((a, b) =>
    {
        File.WriteAllBytes(At(a, "r0/d/own"), Bytes(size));
        Poll.Pause(300);
        Directory.Move(At(a, "s"), At(a, "r0/s"));
    }, (a, b) =>
    {
        Directory.Move(At(b, "r0"), At(b, "s/r0"));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void New_in_a_directory_that_another_renamed_and_then_removed_before_it_had_the_content(bool parts)
    {
        var (a, b) = _nodes.Pair();
        Directory.CreateDirectory(At(a, "r0/d"));
        File.WriteAllText(At(a, "r0/d/old"), "old");
        EventuallySame(a, b);
        Part(a, b);
        using (var own = File.Create(At(a, "r0/d/own")))
        {
            own.Write(Bytes(150_000_000));
            own.Flush(flushToDisk: true); // Or the commit of the rename waits for all of it.
        }
        Directory.Move(At(b, "r0"), At(b, "r1"));
        LookAtAll(a);
        LookAtAll(b);
        Join(a, b);
        Poll.Until(() => File.Exists(At(a, "r1/d/own")), "a shows the rename");
        Part(a, b);
        Assert.False(File.Exists(At(b, "r1/d/own")));
        if (parts) Directory.Delete(At(b, "r1/d"), true);
        else Directory.Delete(At(b, "r1"), true);
        LookAtAll(b);
        Join(a, b);
        EventuallySettled(a, b);
        Assert.Single(Directory.GetFiles(a.Root, "own*", SearchOption.AllDirectories));
    }

    private static void Join(SyncNode a, SyncNode b) => a.ConnectAsync(AddressOf(b), default).GetAwaiter().GetResult();

    // A link that was just coming up may come after the first disconnection: only what lasts counts.
    private static void Part(SyncNode a, SyncNode b)
    {
        var apart = 0;
        Poll.Until(() =>
        {
            apart = a.Links.Count + b.Links.Count == 0 ? apart + 1 : 0;
            a.DisconnectAsync(b.Id, default).WaitHere();
            b.DisconnectAsync(a.Id, default).WaitHere();
            Cut(a);
            Cut(b);
            return apart >= 6;
        }, "they are apart");
    }

    private void Apart(Action<SyncNode, SyncNode> first, Action<SyncNode, SyncNode> second)
    {
        var (a, b) = _nodes.Pair();
        Directory.CreateDirectory(At(a, "r0/d"));
        Directory.CreateDirectory(At(a, "s"));
        File.WriteAllText(At(a, "r0/d/old"), "old");
        File.WriteAllText(At(a, "s/old"), "old s");
        EventuallySame(a, b);
        Part(a, b);
        first(a, b);
        second(a, b);
        LookAtAll(a);
        LookAtAll(b);
        Join(a, b);
        EventuallySettled(a, b);
        Assert.Single(Directory.GetFiles(a.Root, "own*", SearchOption.AllDirectories));
    }

    private static byte[] Bytes(int size)
    {
        var bytes = new byte[size];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
