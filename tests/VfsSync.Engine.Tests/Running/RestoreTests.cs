using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>A version is brought back over what stands there, recorded or not.</summary>
public sealed class RestoreTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    // A sync may have placed it a moment ago, or a user written it: the index does not say yet what the folder shows.
    [Fact]
    public void What_is_recorded_last_comes_back_where_something_else_stands_that_is_not_recorded_yet()
    {
        var a = _nodes.Start("a");
        var path = EntryPath.Parse("file");
        foreach (var text in (string[])["one", "two, longer"])
        {
            File.WriteAllText(At(a, "file"), text);
            var size = text.Length;
            Poll.Until(() => a.History(path) is [.., { Entry.Size: var last }] && last == size, "it is recorded");
        }
        LookAtAll(a);
        var version = a.History(path)[^1];
        Assert.Null(a.PlanRestore(version));
        WatchOf(a).Reset();
        try
        {
            File.WriteAllText(At(a, "file"), "three");
            Assert.Equal(("Modify", "two, longer".Length), (a.PlanRestore(version)?.Kind, (int)a.PlanRestore(version)!.Size));
            a.Restore(version, default);
            Assert.Equal("two, longer", File.ReadAllText(At(a, "file")));
            Assert.Equal([3L, 11, 5, 11], a.History(path).Select(v => v.Entry.Size)); // What stood there was recorded first.
            Assert.Null(a.PlanRestore(version));
            File.Delete(At(a, "file"));
            Assert.Equal("Create", a.PlanRestore(version)?.Kind);
        }
        finally
        {
            WatchOf(a).Set();
        }
    }
}
