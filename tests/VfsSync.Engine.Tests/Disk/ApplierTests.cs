using VfsSync.Core.Content;
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

    [Fact]
    public void What_is_told_as_done_has_its_mode_and_time_also_after_a_power_cut()
    {
        var entry = Entry.File(Manifest.Empty, 5_000_000_000, 0x1A4);
        new Applier(_folder, _ => null, _ => null, (_, _, _) => { }).Apply([File("f", entry)], new Dictionary<EntryPath, long>(), _applied.Add);
        Assert.Equal(StepResult.Done, Assert.Single(Assert.Single(_applied).Outcomes).Result);
        var stamp = _folder.Crash(_ => false).Look(EntryPath.Parse("f")).Stamp;
        Assert.Equal((entry.Mode, entry.ModifiedNs), (stamp.Mode & 0x1FF, stamp.ModifiedNs));
    }

    [Fact]
    public void A_changed_mode_that_is_told_as_done_outlasts_a_power_cut()
    {
        var (path, entry) = (EntryPath.Parse("f"), Entry.File(Manifest.Empty, 5_000_000_000, 0x1A4));
        var applier = new Applier(_folder, _ => null, _ => null, (_, _, _) => { });
        applier.Apply([File("f", entry)], new Dictionary<EntryPath, long>(), _applied.Add);
        var row = new IndexRow(path, entry, _folder.Look(path).Stamp, default, default, path);
        var wanted = entry with { Mode = 0x1C0, ModifiedNs = 7_000_000_000 };
        applier.Apply([new AttributesStep(new Placement(path, wanted, default, default(Dot), path), row)], new Dictionary<EntryPath, long>(), _applied.Add);
        Assert.Equal(StepResult.Done, Assert.Single(_applied[^1].Outcomes).Result);
        var stamp = _folder.Crash(_ => false).Look(path).Stamp;
        Assert.Equal((wanted.Mode, wanted.ModifiedNs), (stamp.Mode & 0x1FF, stamp.ModifiedNs));
    }

    [Fact]
    public void What_is_to_go_once_a_file_stands_stays_if_it_does_not()
    {
        _folder.UserWrite(EntryPath.Parse("copy"), "x"u8);
        var seen = _folder.Look(EntryPath.Parse("copy"));
        var row = new IndexRow(EntryPath.Parse("copy"), Entry.File(Manifest.Empty, 0, 0x1A4), seen.Stamp, default, default, EntryPath.Parse("f"));
        var remove = new RemoveStep(new Placement(row.Path, Entry.Absent, default, default(Dot), row.Path), row) { After = EntryPath.Parse("f") };
        _folder.Fails = (operation, path) => operation == "put" && path.Text == "f";
        new Applier(_folder, _ => null, _ => null, (_, _, _) => { }).Apply([File("f", Entry.File(Manifest.Empty, 0, 0x1A4)), remove], new Dictionary<EntryPath, long>(), _applied.Add);
        Assert.Equal([StepResult.Failed, StepResult.Surprise], Assert.Single(_applied).Outcomes.Select(o => o.Result));
        Assert.Equal(EntryKind.File, _folder.Look(EntryPath.Parse("copy")).Kind);
    }

    private static FileStep File(string path, Entry entry) => new(new Placement(EntryPath.Parse(path), entry, default, default(Dot), EntryPath.Parse(path)), null);

    private static DirectoryStep Directory(string path) =>
        new(new Placement(EntryPath.Parse(path), Entry.Directory(0x1ED), default, default(Dot), EntryPath.Parse(path)), null);
}
