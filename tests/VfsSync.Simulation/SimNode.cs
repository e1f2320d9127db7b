using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Disk.InMemory;
using VfsSync.Engine.Running;
using VfsSync.Engine.Store;

namespace VfsSync.Simulation;

/// <summary>
/// A node: the real session, scanner, stager and applier over a folder and a store in memory. Commits are done at once, as the lane does; everything else
/// at later moments, in order for each kind of work, so that users and messages come in between.
/// </summary>
internal sealed class SimNode
{
    private readonly World _world;
    private readonly Dictionary<int, SimLink.End> _links = [];
    private readonly Dictionary<string, long> _freeAtMs = [];
    private readonly Queue<SessionInput> _waiting = new();
    private Scanner _scanner = null!;
    private ContentReader _reader = null!;
    private Stager _stager = null!;
    private Applier _applier = null!;
    private VersionVector _cursorSeen;
    private ulong _epoch;
    private int _lastLink;
    private long _hintsAtMs;
    private bool _handling;

    public SimNode(World world, int index)
    {
        (_world, Index) = (world, index);
        var (member, _) = SimCluster.Shared.Member(index);
        (Name, Id) = (member.Name, member.Node);
        Folder = new MemoryFolder(() => world.NowMs * 1_000_000, $"memory {Name}");
        Store = new MemoryFolderStore();
        _epoch = (ulong)world.Random.NextInt64();
    }

    public int Index { get; }

    public string Name { get; }

    public NodeId Id { get; }

    public MemoryFolder Folder { get; private set; }

    public MemoryFolderStore Store { get; private set; }

    public ContentSource Source { get; private set; } = null!;

    public FolderSession Session { get; private set; } = null!;

    /// <summary>How often it was started; what belongs to an earlier life comes to nothing.</summary>
    public int Life { get; private set; }

    public bool Runs { get; private set; }

    public Dictionary<EntryPath, Problem> Problems { get; } = [];

    public void Start()
    {
        Life++;
        Runs = true;
        _freeAtMs.Clear();
        _links.Clear();
        _waiting.Clear();
        Problems.Clear();
        var ring = SimCluster.Shared.Ring;
        var (member, key) = SimCluster.Shared.Member(Index);
        var members = new MemberTable(SimCluster.Shared.Id);
        foreach (var known in SimCluster.Shared.Everyone) members.TryAdd(known, SimCluster.Shared.Chain, out _);
        Folder.CleanStaging();
        _reader = new ContentReader(Folder, ring, new Chunker(ring.GearKey));
        Source = new ContentSource(Store, Folder, ring, _reader);
        _stager = new Stager(Folder, Store, Source, ring);
        _scanner = new Scanner(Folder, Store, _reader, Source.Expand);
        _applier = new Applier(Folder, chunk => Source.Read(chunk.Id), _stager.Take, (_, name, content) => Source.Kept.Add(name, content));
        var identity = new SessionIdentity(Id, member, SimCluster.Shared.Chain, SimCluster.Shared.Id, ring, key, _world.Random.NextBytes, 0, "simulation");
        Session = new FolderSession(Store, identity, members, SessionSettings.Default, _epoch, null, Source.Expand, Source.Kept.Has);
        _world.Note(this, $"starts, life {Life}");
        Run(Session.Start(_world.NowMs));
        var life = Life;
        Folder.Watch(hints =>
        {
            if (Life == life) Hinted(hints);
        });
    }

    /// <summary>What a file holds.</summary>
    public Entry Read(EntryPath path) => _reader.Read(path)!.Entry;

    public int NextLink(SimLink.End end)
    {
        _links[++_lastLink] = end;
        return _lastLink;
    }

    /// <summary>Gives the session an input now, or after the one it is at.</summary>
    public void Post(SessionInput input)
    {
        if (!Runs) return;
        _waiting.Enqueue(input);
        if (_handling) return;
        _handling = true;
        try
        {
            while (Runs && _waiting.TryDequeue(out var next))
            {
                if (_world.Trace is not null) _world.Note(this, "< " + Describe.Input(next));
                Run(Session.Handle(next, _world.NowMs));
                if (next is TickInput) Source.Kept.Sweep(Session.Peers.AllShow);
            }
        }
        finally
        {
            _handling = false;
        }
    }

    private void Run(IReadOnlyList<SessionEffect> effects)
    {
        CommittedInput? answer = null;
        foreach (var effect in effects)
        {
            if (_world.Trace is not null && Describe.Effect(effect) is { } text) _world.Note(this, "> " + text);
            if (Run(effect) is { } input) answer = input;
        }
        if (answer is not null) Run(Session.Handle(answer, _world.NowMs));
    }

    private CommittedInput? Run(SessionEffect effect)
    {
        switch (effect)
        {
            case CommitEffect commit: return Commit(commit);
            case ScanEffect scan: Later("scan", 8, () => _scanner.Scan(scan.Targets, default)); break;
            case HashEffect hash: Later("hash", 40, () => Hash(hash)); break;
            case StageEffect stage: Later("stage", 5, () => _stager.Stage(stage)); break;
            case OfferEffect offer: Later("stage", 5, () => _stager.Offer(offer)); break;
            case UnstageEffect unstage: Later("stage", 1, () => { _stager.Drop(unstage.Stage); return null; }); break;
            case DeliverEffect deliver: Later($"deliver {(uint)deliver.Chunk.Id.Hash.GetHashCode() % 2}", 3, () => _stager.Deliver(deliver)); break;
            case ApplyEffect apply: Later("apply", 8, () => Apply(apply)); break;
            case SendEffect send: _links.GetValueOrDefault(send.Link)?.Send(send.Message); break;
            case PushEffect push: _links.GetValueOrDefault(push.Link)?.Push(push); break;
            case ServeEffect serve: _links.GetValueOrDefault(serve.Link)?.Serve(serve); break;
            case CloseEffect close: _links.GetValueOrDefault(close.Link)?.Close(close); break;
            case KeepEffect keep: Store.AddChunks(keep.Chunks); break;
            case WakeEffect wake when wake.AtMs - _world.NowMs > 600_000: break; // the hourly look at everything: a run ends long before
            case WakeEffect wake: InThisLife(Math.Max(1, wake.AtMs - _world.NowMs), () => Post(new TickInput())); break;
            case ProblemEffect { Problem: { } problem } trouble: Problems[trouble.Path] = problem; break;
            case ProblemEffect gone: Problems.Remove(gone.Path); break;
            case EpochEffect epoch: _epoch = epoch.Epoch; break;
            case HaltEffect halt: _world.Failures.Add($"{Name} halted: {halt.Reason}"); break;
        }
        return null;
    }

    private AppliedInput? Apply(ApplyEffect apply)
    {
        AppliedInput? last = null;
        _applier.Apply(apply.Steps, apply.Stages, part =>
        {
            if (last is not null) Post(last);
            last = part;
        });
        return last;
    }

    private CommittedInput Commit(CommitEffect commit)
    {
        Store.Commit(commit.Batch, commit.Flushed ? Durability.Flushed : Durability.Ordered);
        if (!Store.Cursor.Includes(_cursorSeen)) _world.Failures.Add($"{Name}: the cursor went back from {_cursorSeen} to {Store.Cursor}");
        _cursorSeen = Store.Cursor;
        return new CommittedInput(null);
    }

    private HashedInput Hash(HashEffect hash)
    {
        try
        {
            return new HashedInput(hash.Path, _reader.Read(hash.Path), null);
        }
        catch (DiskProblemException e)
        {
            return new HashedInput(hash.Path, null, e.Problem);
        }
    }

    // One kind of work has one thread: it is done at some later moment, and the answer comes somewhat after that, before the next of its kind is begun.
    private void Later(string worker, int usualMs, Func<SessionInput?> work)
    {
        var begins = Math.Max(_freeAtMs.GetValueOrDefault(worker), _world.NowMs + _world.Delay(usualMs));
        var ends = begins + _world.Delay(usualMs);
        _freeAtMs[worker] = ends;
        InThisLife(begins - _world.NowMs, () =>
        {
            var answer = work();
            InThisLife(Math.Max(0, ends - _world.NowMs), () =>
            {
                if (answer is not null) Post(answer);
            });
        });
    }

    private void InThisLife(long delayMs, Action action)
    {
        var life = Life;
        _world.After(delayMs, () =>
        {
            if (Runs && Life == life) action();
        });
    }

    private void Hinted(IReadOnlyList<WatchHint> hints)
    {
        _hintsAtMs = Math.Max(_hintsAtMs, _world.NowMs + _world.Delay(5));
        InThisLife(_hintsAtMs - _world.NowMs, () =>
        {
            var targets = hints.Where(h => h.Kind is HintKind.Changed or HintKind.NewTree && !h.Path.IsRoot).Select(h => new ScanTarget(h.Path, h.Kind == HintKind.NewTree));
            var lost = hints.Any(h => h.Kind == HintKind.Lost) ? new[] { new ScanTarget(EntryPath.Root, true) } : [];
            Post(new HintInput([.. targets, .. lost], [.. hints.Where(h => h.Kind == HintKind.Writing).Select(h => h.Path)]));
        });
    }

    /// <summary>Is killed, or loses power and with it what the store had not flushed.</summary>
    public void Crash()
    {
        if (!Runs) return;
        Runs = false;
        Life++;
        var random = _world.Random;
        var (steps, commits) = (Folder.Unflushed, Store.Unflushed);
        var mood = random.Next(2);
        // What a user's program did not flush may be lost or torn by right, so all of the disk is kept; the index is what falls behind.
        Folder.UserSync();
        Folder = Folder.Crash(_ => true);
        Store = Store.Crash(count => mood == 0 ? count : random.Next(count + 1));
        _cursorSeen = Store.Cursor;
        _world.Note(this, $"loses power with {steps} steps of the disk and {commits} commits not flushed");
        foreach (var link in _world.Links.Where(l => l.Touches(this)).ToList()) link.Break("power cut");
    }

    public void Revive()
    {
        if (Runs) return;
        Start();
        for (var other = 0; other < _world.Nodes.Count; other++)
            if (other != Index) _world.Dial(Index, other);
    }
}
