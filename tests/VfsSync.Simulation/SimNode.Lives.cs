using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Disk.InMemory;
using VfsSync.Engine.Running;
using VfsSync.Engine.Store;

namespace VfsSync.Simulation;

/// <summary>Starts, power cuts, clocks, copies of disks.</summary>
internal sealed partial class SimNode
{
    private Clock _clock;
    private long _skewMs;
    private (MemoryFolder Folder, MemoryFolderStore Store, ImmutableArray<byte[]> Keys)? _snapshot;
    private ImmutableArray<byte[]> _sealKeys = [];
    private readonly List<EntryPath> _replacing = [];
    private int _disks, _actsSeen;

    /// <summary>What the system's clock says.</summary>
    private long SystemMs => _world.NowMs + _skewMs;

    public void Start()
    {
        Life++;
        Runs = true;
        _freeAtMs.Clear();
        _links.Clear();
        _waiting.Clear();
        _hintsLostUntilMs = 0; // A watcher of its own.
        Problems = new ProblemBook();
        Disk.Started();
        _clock = new Clock(() => SystemMs, () => _world.NowMs);
        var rebuilt = _epochs.WantsRebuild;
        if (rebuilt) Rebuild();
        var (member, key) = _world.Cluster.Member(Index);
        Folder.CleanStaging();
        var epoch = _epochs.Choose(Folder.Identity, rebuilt, () => _world.Mutant.Epoch(EpochBefore, (ulong)_world.Random.NextInt64()));
        var identity = new SessionIdentity(Id, member, _world.Cluster.ChainOf(Index), _world.Cluster.Id, _ring, key, _world.Cluster.AgreementOf(Index), Fill, 0, "simulation");
        var members = IsHostile ? _world.Cluster.ForgedFor(Index) : _world.Cluster.Members;
        Session = new FolderSession(Store, identity, members, SessionSettings.Default, epoch.Epoch, epoch.Continues, Source.ForDeciding, epoch.Elsewhere, Cluster.PoliciesOf(Store, _ring), shares: Cluster.SharesOf(Store));
        _world.Note(this, $"starts, life {Life}, epoch {epoch.Epoch:x}");
        var life = Life;
        Run(Session.Start(_clock.NowMs));
        Folder.Watch(hints =>
        {
            if (Life == life) Hinted(hints);
        });
    }

    private ulong EpochBefore => _epochs.Current ?? 0;

    // The session draws eight bytes for an epoch, and twelve for a nonce.
    private void Fill(Span<byte> bytes)
    {
        _world.Random.NextBytes(bytes);
        if (bytes.Length == 8) BitConverter.TryWriteBytes(bytes, _world.Mutant.Epoch(EpochBefore, BitConverter.ToUInt64(bytes)));
    }

    // What a node is made of around its folder and store, as SyncNode makes it.
    private void Open()
    {
        _ring = SimCluster.NewRing();
        foreach (var key in _sealKeys) _ring.Use(_ring.Add(key));
        Disk.Attach(Folder);
        var folder = _world.Mutant.Folder(Folder);
        _reader = new ContentReader(folder, _ring, new Chunker(_ring.GearKey));
        Source = new ContentSource(Store, folder, _ring, _reader);
        Outgoing = new OutgoingChunks(SimCluster.Shared.Id, Id, SimCluster.Shared.Member(Index).Key, isVault: false);
        _stager = new Stager(folder, Store, Source, _ring);
        _scanner = new Scanner(folder, Store, _reader, Source.Expand);
        _applier = new Applier(folder, chunk => Source.Read(chunk.Id), _stager.Take, (_, name, content) => Source.Kept.Add(name, content));
        _epochs = new EpochBook(Store);
        _cursorSeen = Store.Cursor;
    }

    // As the node's file: the one in use comes last.
    private void KeepKeys()
    {
        _sealKeys = [.. _ring.Ids.Where(id => id != KeyRing.FirstKeyId).OrderBy(id => id == _ring.CurrentKeyId).ThenBy(id => id).Select(id => _ring.Secret(id).ToArray())];
        foreach (var key in _sealKeys) _world.Ring.Add(key);
    }

    // As SyncNode.OpenStore does: the log is kept aside, and all is built anew.
    private void Rebuild()
    {
        var acknowledged = _epochs.Acknowledged;
        Store = new MemoryFolderStore();
        Open();
        _epochs.Acknowledged = acknowledged;
    }

    /// <summary>Loses power, and with it any part of what was not flushed.</summary>
    public void Crash()
    {
        if (!Runs) return;
        Stop();
        var random = _world.Random;
        var (steps, commits, mood) = (Folder.Unflushed, Store.Unflushed, random.Next(4));
        Folder = Folder.Crash(_ => mood switch { 0 => true, 1 => false, _ => random.Next(2) == 0 });
        mood = random.Next(3);
        Store = Store.Crash(count => mood switch { 0 => count, 1 => 0, _ => random.Next(count + 1) });
        Open();
        _world.Note(this, $"loses power with {steps} steps of the disk and {commits} commits not flushed");
        BreakLinks("power cut");
        NothingTorn();
    }

    private void BeginReplacing(ApplyEffect apply)
    {
        var removed = apply.Steps.OfType<RemoveStep>().Select(s => s.Path).Concat(apply.Steps.OfType<RenameStep>().Select(s => s.From)).ToHashSet();
        _replacing.Clear();
        _replacing.AddRange(apply.Steps.OfType<FileStep>().Select(s => s.Path).Where(p => !removed.Contains(p) && !p.Ancestors().Any(removed.Contains) && Folder.Look(p).Kind == EntryKind.File));
        _actsSeen = Disk.Acts;
    }

    // Invariant 2: what stands on the disk after a power cut is whole, and what was being replaced is there, old or new.
    private void NothingTorn()
    {
        foreach (var (path, kind) in SimUsers.Tree(Folder, EntryPath.Root))
            if (kind == EntryKind.File && !_world.Users.Wrote(SimUsers.Hash(SimUsers.Read(Folder, path)))) _world.Failures.Add($"{Name}: {path} is torn by a power cut");
        if (Disk.Acts == _actsSeen)
            foreach (var path in _replacing)
                if (Folder.Look(path).Kind == EntryKind.Absent) _world.Failures.Add($"{Name}: {path} vanished while it was replaced");
        _replacing.Clear();
    }

    private void Stop()
    {
        Runs = false;
        Life++;
    }

    private void BreakLinks(string reason)
    {
        foreach (var link in _world.Links.Where(l => l.Touches(this)).ToList()) link.Break(reason);
    }

    public void Revive()
    {
        if (Runs) return;
        Start();
        for (var other = 0; other < _world.Nodes.Count; other++)
            if (other != Index) _world.Dial(Index, other);
    }

    // The user starts it again.
    private void Halted(HaltEffect halt)
    {
        _world.Note(this, $"halts: {halt.Reason}");
        if (!halt.Rebuild || !_world.Options.Has(SimFaults.Copies)) _world.Failures.Add($"{Name} halted: {halt.Reason}");
        _epochs.Keep(halt);
        Stop();
        BreakLinks("halted");
        _world.After(_world.Random.Next(500, 3000), Revive);
    }

    /// <summary>The user, or the network, sets the system's clock.</summary>
    public void SetClock(long skewMs)
    {
        _world.Note(this, $"its clock is set from {_skewMs} to {skewMs} ms ahead");
        _skewMs = skewMs;
    }

    /// <summary>The watcher's queue runs over.</summary>
    public void LoseHints(long forMs)
    {
        _world.Note(this, $"loses hints for {forMs} ms");
        _hintsLostUntilMs = _world.NowMs + forMs;
        InThisLife(forMs, () => Folder.LoseHints());
    }

    /// <summary>A copy of the whole disk is made.</summary>
    public void Snapshot()
    {
        _world.Note(this, "its disk is copied");
        _snapshot = (Folder.Copied(otherDisk: null), Store.Crash(count => count), _sealKeys);
    }

    /// <summary>The copy takes the place of the disk, or is put on another one. False if there is none.</summary>
    /// <param name="otherDisk">On another one, with an identity of its own.</param>
    /// <param name="inTurns">The disk is set aside as the next copy: one folder, run as two by turns.</param>
    public bool Restore(bool otherDisk, bool inTurns)
    {
        if (_snapshot is not var (folder, store, keys)) return false;
        _world.Note(this, (otherDisk ? "is restored to another disk" : "is rolled back") + (inTurns ? ", by turns" : ""));
        if (Runs) Stop();
        BreakLinks("rolled back");
        if (inTurns) _snapshot = (Folder, Store, _sealKeys);
        _sealKeys = keys;
        Folder = folder.Copied(otherDisk ? $"memory {Name} {++_disks}" : null);
        Store = store.Crash(count => count);
        Open();
        _world.Users.RolledBack();
        _world.Checks.RolledBack(this, otherDisk);
        return true;
    }

    /// <summary>All contents that are in its folder, or that it has and is to show.</summary>
    public IEnumerable<Hash256> Contents()
    {
        foreach (var (path, kind) in SimUsers.Tree(Folder, EntryPath.Root))
            if (kind == EntryKind.File) yield return SimUsers.Hash(SimUsers.Read(Folder, path));
        if (_epochs.WantsRebuild) yield break; // Its log is about to be kept aside.
        foreach (var content in Store.LiveBelow(EntryPath.Root).SelectMany(Store.Heads).Select(h => h.Entry.Content).OfType<Manifest>().Distinct())
            if (Whole(content) is { } bytes) yield return SimUsers.Hash(bytes);
    }

    private byte[]? Whole(Manifest content)
    {
        using var whole = new MemoryStream();
        foreach (var chunk in Source.Expand(content) ?? [])
        {
            if (Source.Read(chunk.Id) is not { } bytes) return null;
            whole.Write(bytes.Span);
        }
        return whole.Length == content.Size ? whole.ToArray() : null;
    }
}
