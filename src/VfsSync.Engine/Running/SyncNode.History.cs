using System.Collections.Concurrent;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Rules;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Engine.Running;

internal sealed partial class SyncNode
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<RecalledEffect>> _recalls = new();

    /// <summary>All versions of a path that the log knows, the oldest first (<see cref="VersionOrder"/>); also of a path where nothing is any more.</summary>
    public IReadOnlyList<VersionStatus> History(EntryPath path)
    {
        var all = new List<VersionStatus>();
        var before = Entry.Absent;
        foreach (var version in VersionOrder.Of(_store.Versions(path)))
        {
            all.Add(Status(version, all.Count + 1, before));
            before = version.Entry;
        }
        return all;
    }

    /// <summary>What changes said at and below a path that do not hold, and are in no path's history: in path order, the oldest first. They have no number.</summary>
    public IReadOnlyList<VersionStatus> DeniedHistory(EntryPath below) =>
        [.. _store.FirstHeaders().SelectMany(first => _store.DeniedFrom(new Dot(first.Author, 1))).Where(v => below.IsRoot || v.Path == below || v.Path.IsBelow(below))
            .OrderBy(v => v.Path).ThenBy(v => v.Time).Select(v => Status(v, 0, Entry.Absent) with { IsDenied = true })];

    /// <summary>
    /// What is in no path's history any more, because its author went on from another course of its own (it was rolled back, or copied), at and below a path:
    /// in path order, the oldest first. They have no number.
    /// </summary>
    public IReadOnlyList<VersionStatus> SetAsideHistory(EntryPath below)
    {
        if (IsVault) return [];
        var versions = _store.SetAsideRecords().SelectMany(r => Version.Of(Running.Cluster.Opened(r, _keys))).Where(v => !v.Entry.IsAbsent && (below.IsRoot || v.Path == below || v.Path.IsBelow(below)));
        return [.. versions.Where(v => !_store.Versions(v.Path).Any(known => known.Entry == v.Entry)).DistinctBy(v => (v.Path, v.Entry))
            .OrderBy(v => v.Path).ThenBy(v => v.Time).Select(v => Status(v, 0, Entry.Absent) with { IsSetAside = true })];
    }

    /// <summary>Every path at and below one that the log has ever known, in path order.</summary>
    public IReadOnlyCollection<EntryPath> Remembered(EntryPath below) =>
        new SortedSet<EntryPath>(AllVersions().Select(v => v.Path).Where(p => below.IsRoot || p == below || p.IsBelow(below)));

    private IEnumerable<Version> AllVersions() => _store.FirstHeaders().SelectMany(first => _store.VersionsFrom(new Dot(first.Author, 1)));

    /// <summary>The folder as it was at a moment. It takes a look through the whole log.</summary>
    public PastFolder Past(DateTimeOffset at)
    {
        var moment = at.ToUnixTimeMilliseconds();
        return new PastFolder(AllVersions().Where(v => v.Time.UnixMs <= moment), _members.NameOf, PolicyOf);
    }

    private PoliciesInForce PolicyOf(IHeadView heads)
    {
        var policy = new PolicyInForce(heads, _source.ForDeciding.Read);
        policy.Look();
        return policy.Now;
    }

    /// <summary>The version that stood somewhere in the past; the number is 0 if it was another path's, or a directory that stood only because something lay in it.</summary>
    public VersionStatus VersionOf(Placement then) =>
        History(then.Of ?? then.Origin).FirstOrDefault(v => v.Dot == then.Shown && v.Entry == then.Entry) is { } version
            ? version with { Path = then.Path, Number = version.Path == then.Path ? version.Number : 0 }
            : new VersionStatus(then.Path, 0, then.Shown, default, "", VersionKind.Created, then.Entry, 0, IsHeld: true, null);

    /// <summary>What stands on this disk at a path and below it, in path order.</summary>
    public IReadOnlyCollection<EntryPath> Shown(EntryPath below)
    {
        var all = new SortedSet<EntryPath>(_store.OnDiskBelow(below).Where(r => r is { Placed: true, Entry.IsAbsent: false }).Select(r => r.Path));
        if (!below.IsRoot && _store.OnDisk(below) is { Placed: true, Entry.IsAbsent: false }) all.Add(below);
        return all;
    }

    /// <summary>Opens the content that a version had; what is not on this machine is fetched from a connected node that has it.</summary>
    /// <exception cref="NodeException">NotFound, IsDirectory, IsSymlink, ContentMissing, NotWritable.</exception>
    public Stream OpenRead(VersionStatus version, CancellationToken cancellation) => version.Entry.Kind switch
    {
        EntryKind.File => Recalled(version.Entry.Content!, () => NotHeld(version), cancellation),
        EntryKind.Directory => throw new NodeException("VfsIsDirectory", $"'{version.Path}' is a directory {When(version)}."),
        EntryKind.Symlink => throw new NodeException("VfsIsSymlink", $"'{version.Path}' is a symlink to '{version.Entry.Target}' {When(version)}."),
        _ => throw new NodeException("VfsNotFound", $"There was nothing at '{version.Path}' in version {version.Number}. See Get-VfsHistory '{version.Path}'."),
    };

    private static string When(VersionStatus version) => version.Number > 0 ? $"in version {version.Number}" : "at that moment";

    private ReadableStream Recalled(Manifest content, Func<NodeException> missing, CancellationToken cancellation)
    {
        if (State is not NodeState.Running) throw Stopped();
        return new ReadableStream(RecallAsync(content, missing, cancellation).WaitHere(), content.Size);
    }

    /// <summary>What it would take to bring a version back; null if the folder shows just that.</summary>
    public SyncChange? PlanRestore(VersionStatus version)
    {
        var (row, there) = (_store.OnDisk(version.Path), _folder.Look(version.Path));
        var now = row?.Entry ?? Entry.Absent;
        // What stands there may have come, or be written, a moment ago: then what is recorded is not what the folder shows.
        var isRecorded = now.Kind == there.Kind && (there.Kind is EntryKind.Absent or EntryKind.Directory || row!.Stamp.SameAs(there.Stamp));
        if (!isRecorded) now = new Entry(there.Kind, there.Stamp.Size);
        if (now == version.Entry || version.Entry.Kind == EntryKind.Directory && now.Kind == EntryKind.Directory) return null;
        var kind = version.Entry.IsAbsent ? "Remove" : now.IsAbsent ? "Create" : "Modify";
        return new SyncChange(version.Path, kind, version.Entry.IsAbsent ? now.Size : version.Entry.Size, Planned: true, null);
    }

    /// <summary>Brings a version back, as a new change: what it was stays in the log, and so does what it replaces.</summary>
    /// <exception cref="NodeException">ContentMissing, IsDirectory, NotEmpty, NotWritable, ChangedMeanwhile.</exception>
    public void Restore(VersionStatus version, CancellationToken cancellation)
    {
        CheckMay(version.Path, version.Entry.IsAbsent ? Core.History.Permissions.Delete : Core.History.Permissions.Write);
        switch (version.Entry.Kind)
        {
            case EntryKind.Absent: RestoreAbsence(version.Path, cancellation); break;
            case EntryKind.File: RestoreFile(version, cancellation); break;
            default: RestoreOther(version, cancellation); break;
        }
    }

    // What it is to take the place of. A directory gives way if nothing lies in it.
    private Sighting Room(VersionStatus version, CancellationToken cancellation)
    {
        var there = Recorded(version.Path, cancellation);
        if (there.Kind != EntryKind.Directory) return there;
        if (_folder.List(version.Path).Entries.Count is > 0 and var more)
            throw new NodeException("VfsIsDirectory", $"'{version.Path}' is a directory now, with {more} entries; a {(version.Entry.Kind == EntryKind.File ? "file" : "symlink")} cannot take its place. Remove or move them first.");
        Remove(version.Path, recurse: false, cancellation);
        return default; // what somebody puts there meanwhile is a surprise
    }

    // What else lies in a directory, or what a file holds by now, may be what nobody has recorded yet.
    private void RestoreAbsence(EntryPath path, CancellationToken cancellation)
    {
        var isDirectory = _folder.Look(path).Kind == EntryKind.Directory;
        if (isDirectory && _folder.List(path).Entries.Count is > 0 and var more)
            throw new NodeException("VfsNotEmpty", $"'{path}' was not there then, but has {more} entries now, and stays. Remove them first (Remove-VfsFile) if they are not wanted.");
        if (isDirectory) Remove(path, recurse: false, cancellation);
        else if (Recorded(path, cancellation) is { Kind: not EntryKind.Absent } there) Remove(path, there, recurse: false, cancellation);
    }

    private void RestoreFile(VersionStatus version, CancellationToken cancellation)
    {
        if (State is not NodeState.Running) throw Stopped();
        using var staged = RecallAsync(version.Entry.Content!, () => NotHeld(version), cancellation).WaitHere();
        Publish(version.Path, staged, version.Entry.ModifiedNs, version.Entry.Mode, Room(version, cancellation), cancellation);
    }

    // From this machine, or from a connected node that has it.
    private async Task<IStagedFile> RecallAsync(Manifest content, Func<NodeException> missing, CancellationToken cancellation)
    {
        var request = Interlocked.Increment(ref _lastRequest);
        var answer = _recalls[request] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new RecallInput(request, content));
        if (State == NodeState.Halted) EndRequests();
        try
        {
            var recalled = await answer.Task.WaitAsync(cancellation);
            if (recalled.Problem is { } problem) throw new NodeException("VfsNotWritable", problem.Message);
            return recalled.Stage is { } stage && _stager.Take(stage) is { } staged ? staged : throw missing();
        }
        catch (OperationCanceledException)
        {
            Post(new RecallInput(request, null));
            if (!_recalls.TryRemove(request, out _) && (await answer.Task).Stage is { } late) _stager.Drop(late);
            throw;
        }
        finally
        {
            _recalls.TryRemove(request, out _);
        }
    }

    // Whoever asked may be gone.
    private void Recalled(RecalledEffect recalled)
    {
        if (_recalls.TryRemove(recalled.Request, out var answer) && answer.TrySetResult(recalled) || recalled.Stage is not { } stage) return;
        _stager.Drop(stage);
    }

    private void RestoreOther(VersionStatus version, CancellationToken cancellation)
    {
        if (State is not NodeState.Running) throw Stopped();
        var there = version.Entry.Kind == EntryKind.Directory ? Recorded(version.Path, cancellation) : Room(version, cancellation);
        OnDisk(() =>
        {
            if (there.Kind == EntryKind.Absent) MakeParents(version.Path);
            Expected? expected = there.Kind == EntryKind.Absent ? null : Known(version.Path, there.Stamp);
            Check(_store.OnDisk(version.Path), version.Entry.Kind == EntryKind.Symlink ? _folder.PutSymlink(version.Path, version.Entry, expected) : _folder.PutDirectory(version.Path, version.Entry, expected), version.Path);
        });
        SyncAsync([version.Path, .. version.Path.Ancestors()], whatIf: false, cancellation).WaitHere();
    }

    private VersionStatus Status(Version version, int number, Entry before)
    {
        var kind = version.MovedTo is not null || version.MovedFrom is not null ? VersionKind.Renamed
            : version.Entry.IsAbsent ? VersionKind.Removed
            : before.IsAbsent ? VersionKind.Created : VersionKind.Modified;
        var growth = version.MovedFrom is not null && before.IsAbsent ? 0 : version.Entry.Size - before.Size;
        return new VersionStatus(version.Path, number, version.Dot, DateTimeOffset.FromUnixTimeMilliseconds(version.Time.UnixMs).ToLocalTime(), _members.NameOf(version.Dot.Author.Node), kind,
            version.Entry, growth, IsHeld(version.Entry), version.MovedTo ?? version.MovedFrom);
    }

    private bool IsHeld(Entry entry) => entry.Content is not { } content
        || _source.Expand(content) is { } leaves && leaves.All(l => _store.KnowsChunk(l.Id) || _source.Kept.Has(l.Id));

    private NodeException NotHeld(VersionStatus version) =>
        new("VfsContentMissing", $"The content of {(version.Number > 0 ? $"version {version.Number} of '{version.Path}'" : $"what stood at '{version.Path}'")} is neither on this machine nor on a connected node. {MayHave(version)}");

    // Who has shown a version had all of it then, and has captured it if it stood for a moment.
    private string MayHave(VersionStatus version)
    {
        var showed = _lane.Ask(() => _members.All.Where(m => m.Node != Id && !IsConnected(m.Node) && (m.Node == version.Dot.Author.Node || _session.Peers.Known(m.Node)?.Shown.Contains(version.Dot) == true))
            .Select(m => m.Name).ToList());
        return showed.Count == 0 ? "No other node is known to have had it." : $"It was on {string.Join(", ", showed)}, which {(showed.Count == 1 ? "is" : "are")} not connected and may have it still.";
    }

    /// <summary>What <see cref="NodeOptions.History"/> says has changed: what was passed over before may be wanted now.</summary>
    public void HistoryScopeChanged()
    {
        _store.MakeAllDue();
        _capture.Arm();
    }

    /// <summary>Whether anything is still to be captured for history: for tests.</summary>
    internal bool AwaitsCapture => _source.Kept.Unpacked.Count > 0 || _store.DueForCapture(0, 1).Count > 0;

    private bool IsCaptured(EntryPath path) => _history(path) != HistoryScope.None;

    // What had been put aside is at rest now, and may have come where long files are kept.
    private void TakeInKept()
    {
        _source.Kept.TakeIn();
        _kept.Arm();
        _capture.Arm();
    }

    private void NoRoomForHistory(bool none)
    {
        if (none) Trouble(new ProblemEffect(EntryPath.Root, s_noRoom));
        else Settled(s_noRoom);
    }

    private static readonly Problem s_noRoom = new(EntryPath.Root, ProblemKind.Node,
        "Less than 1 GiB is free on this disk, so versions of files over 64 KiB are not captured, and cannot be brought back later. Free some space; it then goes on by itself.");
}
