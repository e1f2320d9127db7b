using System.Security.Cryptography;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>A long content that a plan takes out of one folder may be what another node still needs.</summary>
public sealed class KeptTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void What_is_removed_is_kept_until_everyone_shows_that_and_no_longer()
    {
        var (a, b) = _nodes.Pair();
        File.WriteAllBytes(At(a, "long"), RandomNumberGenerator.GetBytes(1 << 20));
        EventuallySame(a, b);
        File.Delete(At(a, "long"));
        Poll.Until(() => !File.Exists(At(b, "long")), "b removes it");
        Poll.Until(() => Kept(b).Length == 0, "nothing is left of it at b", seconds: 60);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // killed between taking it out and noting what is in it
    public void What_comes_back_is_taken_from_what_was_kept(bool noted)
    {
        var (a, b, c) = _nodes.Three();
        var content = RandomNumberGenerator.GetBytes(4 << 20);
        File.WriteAllBytes(At(a, "long"), content);
        EventuallySame(a, b, c);

        // c changes its time while it is alone; the others lose the file meanwhile.
        _nodes.Stop(c);
        File.SetLastWriteTimeUtc(At(c, "long"), new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        File.Delete(At(a, "long"));
        Poll.Until(() => !File.Exists(At(b, "long")) && Kept(b).Length == 2, "b removes it, and keeps it for c");

        // A node that ended in between still has it.
        _nodes.Stop(b);
        if (!noted) File.Delete(Kept(b).Single(f => f.EndsWith(".chunks", StringComparison.Ordinal)));
        b = _nodes.StartAgain(b.Root, AddressOf(a));
        Connected(a, b);
        Assert.Equal(2, Kept(b).Length);
        var before = Traffic(b).Received;
        c = _nodes.Restart(c, AddressOf(b));
        Poll.Until(() => File.Exists(At(b, "long")), "a change beats a removal");
        Assert.InRange(Traffic(b).Received - before, 0, 1 << 20);
        EventuallySame(a, b, c);
        Assert.Equal(content, File.ReadAllBytes(At(a, "long")));
    }

    private static string[] Kept(SyncNode node) => Directory.GetFiles(Path.Combine(node.Root, ".vfs", "kept"));
}
