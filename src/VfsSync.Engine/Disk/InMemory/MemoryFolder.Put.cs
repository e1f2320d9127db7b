using System.Globalization;
using VfsSync.Core.Content;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.InMemory;

/// <summary>What the engine changes.</summary>
internal sealed partial class MemoryFolder
{
    private static PutOutcome Surprised => new(PutResult.Surprise, default);

    public PutOutcome PutFile(EntryPath path, IStagedFile staged, Entry entry, Expected? expected) => Put(path, expected?.Stamp, () =>
    {
        var inode = ((Staged)staged).Inode;
        Dress(inode, entry);
        return inode;
    });

    public PutOutcome PutSymlink(EntryPath path, Entry entry, Expected? expected) => Put(path, expected?.Stamp, () =>
        _disk.Create(new(EntryKind.Symlink, [], entry.Target!, entry.ModifiedNs, _nowNs(), 0b111_111_111)));

    public PutOutcome PutDirectory(EntryPath path, Entry entry, Expected? expected) => Change("put", path, () => FindDirectory(path) is { } standing
        ? Dressed(standing, entry)
        : Place(path, expected?.Stamp, () => _disk.Create(new(EntryKind.Directory, [], null, _nowNs(), _nowNs(), entry.Mode & 0x1FF))));

    private PutOutcome Put(EntryPath path, FileStamp? expected, Func<ulong> make) => Change("put", path, () => Place(path, expected, make));

    private PutOutcome Place(EntryPath path, FileStamp? expected, Func<ulong> make)
    {
        if (FindDirectory(path.Parent) is not { } parent) return Surprised;
        var old = Find(path);
        if (old is null != expected is null || expected is { } was && !Sight(old!.Value).Is(was) || old is { } o && HasChildren(o)) return Surprised;
        var inode = make();
        Name((parent, path.Name, inode));
        return new(PutResult.Done, PlacedStamp(inode), Kept: old is { } cameOut ? Settle(cameOut, path, expected!.Value) : null);
    }

    public PutOutcome SetAttributes(EntryPath path, Entry entry, FileStamp expected) => Change("attributes", path, () =>
        Find(path) is { } inode && Sight(inode).Is(expected) ? Dressed(inode, entry) : Surprised);

    public PutOutcome Rename(EntryPath from, EntryPath to, Entry entry, FileStamp expected) => Change("rename", to, () =>
    {
        if (Find(from) is not { } inode || !Sight(inode).Is(expected) || FindDirectory(to.Parent) is not { } parent || Find(to) is not null || to.IsBelow(from)) return Surprised;
        Name((FindDirectory(from.Parent)!.Value, from.Name, null), (parent, to.Name, inode));
        Dress(inode, entry);
        _dressed.Add(inode);
        var placed = PlacedStamp(inode);
        return new(PutResult.Done, placed with { Unsure = placed.Unsure || expected.Unsure });
    }, from);

    public PutOutcome Remove(EntryPath path, Expected expected) => Change("remove", path, () =>
    {
        if (Find(path) is not { } inode || !Sight(inode).Is(expected.Stamp) || HasChildren(inode)) return Surprised;
        Name((FindDirectory(path.Parent)!.Value, path.Name, null));
        return new(PutResult.Done, default, Kept: Settle(inode, path, expected.Stamp));
    });

    public void FlushDirectories()
    {
        MayWrite("flush names");
        lock (_gate)
        {
            _disk.FlushNames(_touched);
            foreach (var inode in _dressed) _disk.FlushBody(inode);
            _touched.Clear();
            _dressed.Clear();
        }
    }

    public IReadOnlyList<AsideFile> Aside
    {
        get
        {
            lock (_gate) return [.. _aside.Select(a => a.File)];
        }
    }

    // Its own stamps tell everything: here nobody writes without moving a time.
    public IReadOnlyList<AsideFile> SweepAside(Func<IReadableFile, Manifest?> read)
    {
        lock (_gate)
        {
            foreach (var atRest in _aside.Where(a => !_writers.ContainsKey(a.Inode) && Sight(a.Inode).IsMoved(a.File.Recorded)).ToList())
            {
                _kept.Take(_disk.Body(atRest.Inode).Data);
                _aside.Remove(atRest);
            }
            return [.. _aside.Where(a => !_writers.ContainsKey(a.Inode)).Select(a => a.File)];
        }
    }

    public PutOutcome ReturnAside(AsideFile file, EntryPath to) => Change("put", to, () =>
    {
        if (FindDirectory(to.Parent) is not { } parent || Find(to) is not null) return Surprised;
        var inode = _aside.Single(a => a.File == file).Inode;
        Name((parent, to.Name, inode));
        _aside.RemoveAll(a => a.File == file);
        return new(PutResult.Done, Sight(inode).Stamp);
    });

    public IKeptShelf Kept => _kept;

    public void CleanStaging() { }

    private string? Settle(ulong inode, EntryPath origin, FileStamp recorded)
    {
        if (!_writers.ContainsKey(inode)) return _kept.Take(_disk.Body(inode).Data);
        _aside.Add((new((++_asideCount).ToString(CultureInfo.InvariantCulture), origin, recorded), inode));
        return null;
    }

    private bool HasChildren(ulong inode) => _disk.Body(inode).Kind == EntryKind.Directory && _disk.Names(inode).Count > 0;

    // A rename moves the ctime of what it names.
    private void Name(params IReadOnlyList<(ulong Directory, string Name, ulong? Inode)> changes)
    {
        _disk.Do(new NameStep(changes));
        foreach (var (directory, _, inode) in changes)
        {
            _touched.Add(directory);
            if (inode is { } named) _disk.Do(new BodyStep(named, _disk.Body(named) with { ChangedNs = _nowNs() }));
        }
    }

    private void Dress(ulong inode, Entry entry)
    {
        var body = _disk.Body(inode);
        var dressed = body.Kind == EntryKind.Symlink ? body with { ModifiedNs = entry.ModifiedNs }
            : body with { Permissions = entry.Mode & 0x1FF, ModifiedNs = body.Kind == EntryKind.File ? entry.ModifiedNs : body.ModifiedNs };
        if (dressed != body) _disk.Do(new BodyStep(inode, dressed with { ChangedNs = _nowNs() }));
    }

    private PutOutcome Dressed(ulong inode, Entry entry)
    {
        Dress(inode, entry);
        _dressed.Add(inode);
        return new(PutResult.Done, Sight(inode).Stamp);
    }

    private FileStamp PlacedStamp(ulong inode) => Stamps.Placed(Sight(inode).Stamp, Sight(inode), _nowNs(), _grainNs);

    private PutOutcome Change(string operation, EntryPath path, Func<PutOutcome> change, params IReadOnlyList<EntryPath> alsoHinted)
    {
        PutOutcome outcome;
        if (Fails?.Invoke(operation, path) == true)
            return new(PutResult.Failed, default, new(path, ProblemKind.Unwritable, $"'{path}' cannot be written (a simulated fault)."));
        lock (_gate) outcome = change();
        if (outcome.Result == PutResult.Done) Hint([.. alsoHinted.Append(path).Select(HintOf)]);
        return outcome;
    }

    private WatchHint HintOf(EntryPath path)
    {
        lock (_gate) return new(path, FindDirectory(path) is null ? HintKind.Changed : HintKind.NewTree);
    }
}
