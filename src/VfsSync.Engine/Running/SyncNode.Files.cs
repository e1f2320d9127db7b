using VfsSync.Core.Reconcile;
using VfsSync.Core.Content;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;

namespace VfsSync.Engine.Running;

internal sealed partial class SyncNode
{
    /// <summary>The path as the index and log know it; null if there is nothing.</summary>
    public FileStatus? File(EntryPath path)
    {
        var row = _store.OnDisk(path);
        if (row is { Entry.IsAbsent: false }) return Status(path, row);
        var head = _store.Heads(path).Where(h => !h.Entry.IsAbsent).MaxBy(h => h.Time);
        return head is null || !_lane.Ask(() => _session.IsBehind(path)) ? null : Status(path, null);
    }

    /// <summary>Everything directly in (or, recursively, below) a directory, in path order. Lazy; a snapshot as of each row read.</summary>
    public IEnumerable<FileStatus> Files(EntryPath directory, bool recurse)
    {
        var paths = new SortedSet<EntryPath>(_store.OnDiskBelow(directory).Where(r => !r.Entry.IsAbsent).Select(r => r.Path));
        if (_lane.Ask(() => _session.Behind + _session.Pending.Count) > 0) paths.UnionWith(_store.LiveBelow(directory));
        foreach (var path in paths)
            if ((recurse || path.Parent == directory) && File(path) is { } status) yield return status;
    }

    /// <summary>How many versions of a path are known, those included in which nothing was there.</summary>
    public int VersionCount(EntryPath path) => _store.Versions(path).Count;

    /// <summary>Opens the content of a file as this folder shows it (from disk; from the store or peers where the disk does not hold it).</summary>
    /// <exception cref="NodeException">NotFound (with near matches in the message), IsDirectory, ContentMissing.</exception>
    public Stream OpenRead(EntryPath path, CancellationToken cancellation)
    {
        try
        {
            switch (_folder.Look(path).Kind)
            {
                case EntryKind.Directory: throw new NodeException("VfsIsDirectory", $"'{path}' is a directory. List it with Get-VfsFile '{path}'.");
                case EntryKind.Symlink: throw new NodeException("VfsIsSymlink", $"'{path}' is a symlink to '{_folder.ReadSymlink(path)}', which is not followed.");
                case EntryKind.File: return new ReadableStream(_folder.OpenRead(path));
            }
        }
        catch (DiskProblemException e)
        {
            throw new NodeException("VfsUnreadable", e.Message, e);
        }
        var head = _store.Heads(path).Where(h => h.Entry.Kind == EntryKind.File).MaxBy(h => h.Time);
        if (head is null || !_lane.Ask(() => _session.IsBehind(path))) throw NotFound(path);
        return Recalled(head.Entry.Content!, () => Missing(path), cancellation);
    }

    private MemoryStream FromStore(Manifest content, EntryPath path)
    {
        var bytes = new MemoryStream();
        foreach (var leaf in _source.Expand(content) ?? throw Missing(path)) bytes.Write((_source.Read(leaf.Id) ?? throw Missing(path)).Span);
        bytes.Position = 0;
        return bytes;
    }

    private static NodeException Missing(EntryPath path) =>
        new("VfsContentMissing", $"'{path}' is known, but its content is neither on this machine nor on a connected node. Start a node that has it.");

    /// <summary>That there is nothing at a path, with what may have been meant.</summary>
    public NodeException NotFound(EntryPath path)
    {
        if (IsVault) return NoFiles();
        var near = NearNames.Of(path.Name, _store.OnDiskBelow(EntryPath.Root).Where(r => !r.Entry.IsAbsent && r.Path != path).Select(r => r.Path.Text));
        var hint = near.Count > 0 ? $"Did you mean {string.Join(" or ", near.Select(n => $"'{n}'"))}?" : "List what is there with Get-VfsFile -Recurse.";
        return new NodeException("VfsNotFound", $"There is no '{path}' in {Name}. {hint}");
    }

    // It says so rather than that a path is not there: others have it.
    private NodeException NoFiles() => new("VfsIsVault", $"{Name} is a vault: it keeps what others have, sealed, and has no files itself. Choose another node with -Node.");

    private FileStatus Status(EntryPath path, IndexRow? row)
    {
        var versions = _store.Versions(path);
        var head = _store.Heads(path).Where(h => !h.Entry.IsAbsent).MaxBy(h => h.Time);
        var entry = row?.Entry ?? head!.Entry;
        var (state, held, members) = _lane.Ask(() => Standing(path, row, head?.Dot ?? row?.Shown ?? default));
        var author = _members.NameOf((head?.Dot ?? row!.Shown).Author.Node);
        return new FileStatus(path, entry.Kind, entry.Size, entry.ModifiedNs, entry.Mode, entry.Target, state, Math.Max(1, versions.Count), author, held, members, row is not null);
    }

    private (FileState State, int Held, int Members) Standing(EntryPath path, IndexRow? row, Core.History.Dot dot)
    {
        var behind = _session.IsBehind(path);
        var members = _members.All.Where(m => _session.Judge.MayConnect(m.Node, m)).ToList();
        var held = members.Count(m => m.Node == Id ? !behind : _session.Peers.Known(m.Node) is { } known && known.Shown.Contains(dot));
        var state = row is { LocalOnly: true } ? FileState.LocalOnly
            : _problems.Has(path) ? FileState.Problem
            : _session.IsMissingContent(path) ? FileState.Remote
            : behind ? FileState.Receiving
            : row is { } r && r.Origin != r.Path || _store.ShownFor(path).Count > 1 ? FileState.Conflict
            : FileState.Synced;
        return (state, held, members.Count);
    }
}
