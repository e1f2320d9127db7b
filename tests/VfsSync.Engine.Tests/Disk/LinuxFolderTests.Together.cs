using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;

namespace VfsSync.Engine.Tests.Disk;

/// <summary>Many small files at once cost one flush and not one each.</summary>
public sealed partial class LinuxFolderTests
{
    private readonly List<string> _flushes = [];

    [Theory]
    [InlineData(40, 1)]
    [InlineData(300, 2)] // by batches of 256
    [InlineData(3, 0)] // each by itself
    public void Contents_of_one_plan_are_flushed_together(int files, int flushes)
    {
        Count();
        var entry = Entry.File(Manifest.Empty, 5_000_000_000, 0x180);
        var applied = Apply([.. Enumerable.Range(0, files).Select(i => EntryPath.Parse($"f{i}"))], entry);
        Assert.Equal(flushes, _flushes.Count);
        Assert.Equal(files, applied.Count);
        Assert.All(applied, o => Assert.Equal(StepResult.Done, o.Result));
        var stamp = _folder.Look(EntryPath.Parse($"f{files - 1}")).Stamp;
        Assert.Equal((entry.Mode, entry.ModifiedNs), (stamp.Mode & 0x1FF, stamp.ModifiedNs));
    }

    [Fact]
    public void While_much_else_is_to_be_written_each_is_flushed_by_itself()
    {
        Count();
        _folder.MostDirty = -1;
        Assert.All(Apply([.. Enumerable.Range(0, 40).Select(i => EntryPath.Parse($"f{i}"))], Entry.File(Manifest.Empty, 5_000_000_000, 0x180)), o => Assert.Equal(StepResult.Done, o.Result));
        Assert.Empty(_flushes);
    }

    private void Count()
    {
        Assert.SkipUnless(_folder.FlushesAsOne, "This file system promises nothing by a flush of all of it.");
        _folder.MostDirty = long.MaxValue;
        _folder.Meanwhile = at =>
        {
            if (at == "flush together") _flushes.Add(at);
        };
    }

    private List<StepOutcome> Apply(EntryPath[] paths, Entry entry)
    {
        var outcomes = new List<StepOutcome>();
        new Applier(_folder, _ => null, _ => null, (_, _, _) => { }).Apply([.. paths.Select(path => new FileStep(new Placement(path, entry, default, default(Dot), path), null))], new Dictionary<EntryPath, long>(), part => outcomes.AddRange(part.Outcomes));
        return outcomes;
    }
}
