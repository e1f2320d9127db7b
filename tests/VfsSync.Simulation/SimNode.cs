using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
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
internal sealed partial class SimNode
{
    private const long LongestWaitMs = 600_000, GrainMs = 10;
    private const int SlowMs = 200;

    private readonly World _world;
    private readonly Dictionary<int, SimLink.End> _links = [];
    private readonly Dictionary<string, long> _freeAtMs = [];
    private readonly Queue<SessionInput> _waiting = new();
    private Scanner _scanner = null!;
    private ContentReader _reader = null!;
    private Stager _stager = null!;
    private Applier _applier = null!;
    private EpochBook _epochs = null!;
    private VersionVector _cursorSeen;
    private KeyRing _ring = null!;
    private int _lastLink;
    private long _hintsAtMs, _hintsLostUntilMs;
    private bool _handling;

    public SimNode(World world, int index)
    {
        (_world, Index) = (world, index);
        var (member, _) = world.Cluster.Member(index);
        (Name, Id) = (member.Name, member.Node);
        _skewMs = world.Options.Has(SimFaults.Clocks) ? Mishaps.Skew(world.Random) : 0;
        _clock = new Clock(() => SystemMs, () => world.NowMs);
        Folder = new MemoryFolder(() => SystemMs / GrainMs * GrainMs * 1_000_000, $"memory {Name}") { ReusesInodes = world.Options.Has(SimFaults.Inodes) };
        Store = new MemoryFolderStore();
        Disk = new SimDisk(world, this);
        Open();
    }

    public int Index { get; }

    /// <summary>It runs a changed program that lets it do what it may not.</summary>
    public bool IsHostile => Index == _world.Hostile;

    public string Name { get; }

    public NodeId Id { get; }

    public SimDisk Disk { get; }

    public MemoryFolder Folder { get; private set; }

    public MemoryFolderStore Store { get; private set; }

    public ContentSource Source { get; private set; } = null!;

    public OutgoingChunks Outgoing { get; private set; } = null!;

    public FolderSession Session { get; private set; } = null!;

    /// <summary>How often it was started; what belongs to an earlier life comes to nothing.</summary>
    public int Life { get; private set; }

    public bool Runs { get; private set; }

    public ProblemBook Problems { get; private set; } = new();

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
                Run(Session.Handle(next, _clock.NowMs));
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
        SessionInput? answer = null;
        foreach (var effect in effects)
        {
            if (_world.Trace is not null && Describe.Effect(effect) is { } text) _world.Note(this, "> " + text);
            if (Run(effect) is { } input) answer = input;
        }
        if (answer is not null) Run(Session.Handle(answer, _clock.NowMs));
    }

    private SessionInput? Run(SessionEffect effect)
    {
        switch (effect)
        {
            case CommitEffect commit: return Commit(commit);
            case ContinueEffect: return new ContinueInput();
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
            case KeepEffect keep: Keep(keep); break;
            case WakeEffect wake: Wake(wake.AtMs); break;
            case ProblemEffect { Problem: { } problem } trouble: Problems.Set(trouble.Path, problem); break;
            case ProblemEffect gone: Problems.Clear(gone.Path); break;
            case SettledEffect settled: Problems.Clear(settled.Problem); break;
            case EpochEffect epoch: _epochs.Keep(epoch); break;
            case SealKeysEffect or KeyInUseEffect: KeepKeys(); break;
            case HaltEffect halt: Halted(halt); break;
        }
        return null;
    }

    // As the runner does: once its time has come by the node's clock, which may have been set meanwhile.
    private void Wake(long atMs)
    {
        if (atMs - _clock.NowMs > LongestWaitMs) return; // the hourly look at everything: a run ends long before
        InThisLife(Math.Max(1, atMs - _clock.NowMs), () =>
        {
            if (_clock.NowMs < atMs) Wake(atMs);
            Post(new TickInput());
        });
    }

    private AppliedInput? Apply(ApplyEffect apply)
    {
        AppliedInput? last = null;
        Disk.Apart(() => BeginReplacing(apply));
        _applier.Apply(apply.Steps, apply.Stages, part =>
        {
            if (last is not null) Post(last);
            last = part;
        });
        _replacing.Clear();
        return last;
    }

    private CommittedInput Commit(CommitEffect commit)
    {
        try
        {
            if (Disk.Commits()) Store.FailNextCommit();
            _world.Mutant.Committing(this, commit.Batch);
            Store.Commit(commit.Batch, _world.Mutant.Durability(commit.Flushed ? Durability.Flushed : Durability.Ordered));
            Disk.Commits();
        }
        catch (IOException e)
        {
            return new CommittedInput(e.Message);
        }
        _world.Checks.Committed(this, commit.Batch, _cursorSeen);
        _cursorSeen = Store.Cursor;
        Problems.Written();
        return new CommittedInput(null);
    }

    private void Keep(KeepEffect keep)
    {
        try
        {
            if (Disk.Commits()) Store.FailNextCommit();
            Store.AddChunks(keep.Chunks);
        }
        catch (IOException)
        {
            // They are fetched when they are needed.
        }
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
        var ends = begins + _world.Delay(usualMs) + (_world.Options.Has(SimFaults.Between) && _world.Random.Next(10) == 0 ? _world.Random.Next(SlowMs) : 0);
        _freeAtMs[worker] = ends;
        InThisLife(begins - _world.NowMs, () =>
        {
            var answer = Disk.Work(inOrder: worker != "stage", work, ends);
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

    private void Hinted(IReadOnlyList<WatchHint> all)
    {
        var hints = all.Where(_world.Mutant.Hears).ToList();
        if (_world.NowMs < _hintsLostUntilMs && !hints.Any(h => h.Kind == HintKind.Lost)) return;
        _hintsAtMs = Math.Max(_hintsAtMs, _world.NowMs + _world.Delay(5));
        InThisLife(_hintsAtMs - _world.NowMs, () =>
        {
            var targets = hints.Where(h => h.Kind is HintKind.Changed or HintKind.NewTree && !h.Path.IsRoot).Select(h => new ScanTarget(h.Path, h.Kind == HintKind.NewTree));
            var lost = hints.Any(h => h.Kind == HintKind.Lost) ? new[] { new ScanTarget(EntryPath.Root, true) } : [];
            Post(new HintInput([.. targets, .. lost], [.. hints.Where(h => h.Kind == HintKind.Writing).Select(h => h.Path)]));
        });
    }
}
