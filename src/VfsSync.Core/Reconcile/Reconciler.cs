using VfsSync.Core.Tree;

namespace VfsSync.Core.Reconcile;

/// <summary>
/// From what the disk was last known to hold, and what it should show, to a plan. Pure. Order: renames into what stands, directories top down, the other
/// renames, removals bottom up, then contents and attributes, and at last copies that stand at their path by then; so a parent is there before its children, nothing
/// is removed that a rename still needs, and no version is ever without a place.
/// </summary>
internal sealed class Reconciler
{
    private const int DefaultDirectoryMode = 0x1ED; // 0755

    private readonly IReadOnlyDictionary<EntryPath, Placement> _wanted;
    private readonly IFolderView _view;
    private readonly Dictionary<EntryPath, IndexRow?> _moved = [];
    private readonly Dictionary<EntryPath, EntryPath> _after = [];
    private readonly List<PlanStep> _steps = [];
    private readonly HashSet<EntryPath> _settled = [];
    private readonly List<Placement> _strays = [];
    private readonly List<PlanStep> _last = [];

    private Reconciler(IReadOnlyDictionary<EntryPath, Placement> wanted, IFolderView view)
    {
        _wanted = wanted;
        _view = view;
    }

    /// <summary>Plans for the paths in <paramref name="wanted"/>; paths that are not in it stay as they are.</summary>
    public static SyncPlan Plan(IReadOnlyDictionary<EntryPath, Placement> wanted, IFolderView view)
    {
        var reconciler = new Reconciler(wanted, view);
        reconciler.Run();
        return new SyncPlan(reconciler._steps);
    }

    private void Run()
    {
        var live = _wanted.Values.Where(w => !w.Entry.IsAbsent).OrderBy(w => w.Path).ToList();
        Renames(live);
        foreach (var placement in live) EnsureParents(placement.Path);
        foreach (var placement in live.Where(w => w.Entry.Kind == EntryKind.Directory)) MakeDirectory(placement);
        Renames(live);
        foreach (var placement in _wanted.Values.Concat(_strays).OrderByDescending(w => w.Path)) Clear(placement);
        foreach (var placement in live) Put(placement);
        _steps.AddRange(_last);
    }

    private void Renames(List<Placement> live)
    {
        for (var progress = true; progress;)
        {
            progress = false;
            foreach (var placement in live) progress |= TryRename(placement);
        }
    }

    private bool TryRename(Placement wanted)
    {
        if (wanted.MovedFrom is not { } from || from == wanted.Path || _settled.Contains(wanted.Path)) return false;
        if (Row(from) is not { LocalOnly: false } source || !source.Placed || source.Entry.Kind != wanted.Entry.Kind || IsLive(Row(wanted.Path)) || !ParentStands(wanted.Path)) return false;
        if (!_wanted.TryGetValue(from, out var left) || left.Entry.Kind == source.Entry.Kind && left.Entry.SameContent(source.Entry)) return false;
        var isDirectory = source.Entry.Kind == EntryKind.Directory;
        if (isDirectory ? left.Entry.Kind == EntryKind.Directory || wanted.Path.IsBelow(from) : !source.Entry.SameContent(wanted.Entry)) return false;
        // Where something in it would have a longer path than there can be, each goes its own way.
        if (isDirectory && _view.OnDiskBelow(from).Any(row => !row.Path.TryRebase(from, wanted.Path, out _))) return false;
        _steps.Add(new RenameStep(wanted, from, source) { After = AfterOf(from) });
        _after[from] = wanted.Path;
        Carry(source, wanted.Path);
        if (isDirectory)
            foreach (var row in _view.OnDiskBelow(from)) CarryBelow(row, from, wanted.Path);
        _settled.Add(wanted.Path);
        return true;
    }

    private void CarryBelow(IndexRow row, EntryPath from, EntryPath to)
    {
        if (Row(row.Path) is not { } now || !IsLive(now)) return;
        var target = row.Path.Rebase(from, to);
        // What nobody wants came along all the same, and goes; but for what its user alone may keep.
        if (!now.LocalOnly && !_wanted.ContainsKey(target) && _view.OnDisk(target) is var known) _strays.Add(new(target, Entry.Absent, known?.Vector ?? default, known?.Shown ?? default, target));
        Carry(now, target);
        _after[target] = to;
        _after[row.Path] = to;
    }

    private void Carry(IndexRow row, EntryPath to)
    {
        _moved[row.Path] = null;
        _moved[to] = row with { Path = to };
    }

    private void EnsureParents(EntryPath path)
    {
        foreach (var parent in path.Ancestors().Reverse())
        {
            if (_wanted.TryGetValue(parent, out var wanted) && wanted.Entry.Kind == EntryKind.Directory || Row(parent) is { Entry.Kind: EntryKind.Directory }) continue;
            var row = Row(parent);
            if (_settled.Add(parent)) MakeDirectory(new(parent, Entry.Directory(DefaultDirectoryMode), row?.Vector ?? default, row?.Shown ?? default, parent));
        }
    }

    private void MakeDirectory(Placement wanted)
    {
        var row = Row(wanted.Path);
        if (row is { Entry.Kind: EntryKind.Directory } || IsLive(row) && IsKept(row, wanted)) return;
        Add(new DirectoryStep(wanted, IsLive(row) ? row : null));
        _moved[wanted.Path] = new IndexRow(wanted.Path, wanted.Entry, default, wanted.Vector, wanted.Shown, wanted.Origin);
        _settled.Add(wanted.Path);
    }

    // What must go before anything else can stand there: what is not wanted at all, and directories that become something else.
    private void Clear(Placement wanted)
    {
        var row = Row(wanted.Path);
        if (IsKept(row, wanted)) return;
        if (wanted.Entry.IsAbsent)
        {
            if (_settled.Contains(wanted.Path)) return;
            if (IsLive(row) && row!.Placed && ComesBack(row)) _last.Add(new RemoveStep(wanted, row) { After = row.Origin });
            else if (IsLive(row) && row!.Placed) Add(new RemoveStep(wanted, row));
            else Add(new AdoptStep(wanted, row));
        }
        else if (row is { Entry.Kind: EntryKind.Directory, Placed: true } && wanted.Entry.Kind != EntryKind.Directory)
        {
            // Until the other stands there, nothing of it has been shown.
            Add(new RemoveStep(wanted with { Entry = Entry.Absent, Vector = row.Vector, Shown = row.Shown }, row));
            _moved[wanted.Path] = null;
        }
    }

    // A copy that is to stand at the path itself stays until it does: there is no moment at which the disk does not show it.
    private bool ComesBack(IndexRow copy) =>
        copy.Origin != copy.Path && _wanted.TryGetValue(copy.Origin, out var wanted) && wanted.Entry.Kind is EntryKind.File or EntryKind.Symlink && wanted.Shown == copy.Shown
        && Row(copy.Origin)?.Entry.SameContent(wanted.Entry) != true;

    private void Put(Placement wanted)
    {
        if (_settled.Contains(wanted.Path)) return;
        var row = Row(wanted.Path);
        if (IsKept(row, wanted)) return;
        var known = IsLive(row) ? row : null;
        if (known is not null && known.Entry.SameContent(wanted.Entry))
            Add(known.Entry == wanted.Entry || !known.Placed ? new AdoptStep(wanted, known) : new AttributesStep(wanted, known));
        else if (wanted.Entry.Kind == EntryKind.Symlink)
            Add(new SymlinkStep(wanted, known));
        else if (wanted.Entry.Kind == EntryKind.File)
            Add(new FileStep(wanted, known));
    }

    // A change that stays on this disk until its user takes it back.
    private static bool IsKept(IndexRow? row, Placement wanted) => row?.IsKeptFrom(wanted.Entry) == true;

    private void Add(PlanStep step) => _steps.Add(step with { After = AfterOf(step.Path) });

    private EntryPath? AfterOf(EntryPath path) => _after.TryGetValue(path, out var after) ? after : null;

    private IndexRow? Row(EntryPath path) => _moved.TryGetValue(path, out var row) ? row : _view.OnDisk(path);

    private bool ParentStands(EntryPath path) => path.Parent.IsRoot || Row(path.Parent) is { Entry.Kind: EntryKind.Directory, Placed: true };

    private static bool IsLive(IndexRow? row) => row is not null && !row.Entry.IsAbsent;
}
