using VfsSync.NodeHost;

namespace VfsSync.Engine.Tests.Running;

/// <summary>kill -9 while a large file arrives (invariant 4): what came before it is not fetched again.</summary>
public sealed class ResumeTests : IDisposable
{
    private const int Size = 200_000_000;

    private readonly string _base = Directory.CreateTempSubdirectory("vfs-resume-").FullName;
    private readonly List<HostedNode> _running = [];

    public void Dispose()
    {
        foreach (var node in _running) node.Dispose();
        Directory.Delete(_base, true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_receiver_that_ends_in_the_middle_of_a_file_fetches_only_the_rest(bool killed)
    {
        var a = Start("a", HostedNode.FreePort(), "-");
        var b = Start("b", HostedNode.FreePort(), a.Token, a.Address);
        var bytes = new byte[Size];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(Path.Combine(a.Folder, "big"), bytes);
        var first = 0L;
        Poll.Until(() => (first = b.Status()?.Received ?? 0) > Size / 3, "a third of it is at b");
        Assert.True(first < Size * 0.9, $"{first} bytes came before one could look: the file is too small for this machine");
        Assert.False(File.Exists(Path.Combine(b.Folder, "big")));
        if (killed) b.Kill();
        else Assert.True(b.Stop(), "b stops");
        b = Start("b", b.Port, "-", a.Address);
        Poll.Until(() => Trees.Difference(a.Folder, b.Folder).Length == 0, () => $"the file is at b\n{b.Status()?.Tell()}", 60);
        Assert.InRange(b.Status()!.Received, 1, Size - first * 3 / 4);
        Poll.Until(() => Directory.GetFileSystemEntries(Path.Combine(b.Folder, ".vfs/tmp")).Length == 0 && !Directory.Exists(Path.Combine(b.Folder, ".vfs/left")), "no staged file is left");
    }

    private HostedNode Start(string name, int port, string token, params string[] peers)
    {
        var node = new HostedNode(Directory.CreateDirectory(Path.Combine(_base, name)).FullName, port, token, peers);
        _running.Add(node);
        return node;
    }
}
