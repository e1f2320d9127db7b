using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Disk.InMemory;

namespace VfsSync.Engine.Tests.Disk;

public sealed class ApplierTests : IDisposable
{
    private readonly MemoryFolder _folder = new(() => 1_000_000_000_000);
    private readonly List<AppliedInput> _applied = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Directories_that_cannot_be_flushed_are_told_and_end_nothing()
    {
        _folder.Fails = (operation, _) => operation == "flush names";
        var applier = new Applier(_folder, _ => null, _ => null, (_, _, _) => { });
        applier.Apply([Directory("d")], new Dictionary<EntryPath, long>(), _applied.Add);
        Assert.Equal(StepResult.Done, Assert.Single(Assert.Single(_applied).Outcomes).Result);
        Assert.NotNull(_applied[0].Unflushed);
        Assert.Equal(EntryKind.Absent, _folder.Crash(_ => false).Look(EntryPath.Parse("d")).Kind);
        _folder.Fails = null;
        applier.Apply([], new Dictionary<EntryPath, long>(), _applied.Add);
        Assert.Equal((0, null), (_applied[1].Outcomes.Count, _applied[1].Unflushed));
        Assert.Equal(EntryKind.Directory, _folder.Crash(_ => false).Look(EntryPath.Parse("d")).Kind);
    }

    private static DirectoryStep Directory(string path) =>
        new(new Placement(EntryPath.Parse(path), Entry.Directory(0x1ED), default, default(Dot), EntryPath.Parse(path)), null);
}
