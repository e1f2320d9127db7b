using VfsSync.Core.Reconcile;
using VfsSync.Core.Rules;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>
/// The deciding half of a node, for one folder: a synchronous state machine without any I/O. A driver (the engine's lane, or the simulation) gives it
/// inputs one at a time and runs the effects that come out, in order. It never blocks, and everything it knows that must survive is in the view.
/// </summary>
internal sealed class FolderSession
{
    private const long EndAgainMs = 1000;

    private readonly SessionContext _context;
    private readonly Authoring _authoring;
    private readonly LocalSide _local;
    private readonly Placing _placing;
    private readonly Fetcher _fetcher;
    private readonly Offers _offers;
    private readonly Keeping? _keeping;
    private readonly Recalls _recalls;
    private readonly PeerTable _peers;
    private readonly Withdrawals _withdrawals;
    private readonly Merging _merging;
    private long _endAgainAtMs;

    /// <param name="view">What is durable.</param>
    /// <param name="identity">Who the node is.</param>
    /// <param name="members">The members known from the log.</param>
    /// <param name="settings">Numbers.</param>
    /// <param name="epoch">The epoch to write under.</param>
    /// <param name="continues">The epoch before it; with a number, the last record of it that is acknowledged.</param>
    /// <param name="rebuilt">The log of the epoch before is kept aside.</param>
    /// <param name="contents">The contents on this machine.</param>
    /// <param name="policies">The versions of the policy in the log.</param>
    /// <param name="shares">The shares of seal keys in the log, in order of arrival.</param>
    /// <param name="vault">What a vault asks of its store; null in a node that has keys.</param>
    public FolderSession(
        IFolderView view, SessionIdentity identity, MemberTable members, SessionSettings settings, ulong epoch, EpochEnd? continues, SessionContents contents,
        bool rebuilt = false, IEnumerable<PolicyVersion>? policies = null, VaultStore? vault = null, IEnumerable<(SealKeyShare Share, RecordHeader Record)>? shares = null)
    {
        _context = new SessionContext(new MemoView(view), identity, members, settings, contents, policies, shares);
        _authoring = new Authoring(_context, epoch, continues, rebuilt);
        _fetcher = new Fetcher(_context);
        _placing = new Placing(_context, _fetcher, target => _local!.LookAt(target));
        _local = new LocalSide(_context, _authoring, _placing);
        _offers = new Offers(_context, _fetcher);
        _keeping = vault is null ? null : new Keeping(_context, _fetcher, vault.Log, vault.Kept);
        _peers = new PeerTable(_context, _authoring, _placing, _fetcher, _offers, new Forks(_context), _keeping);
        _recalls = new Recalls(_context, _fetcher);
        _withdrawals = new Withdrawals(_context, _authoring, _placing, () => _peers.Live.Select(l => l.Peer));
        _merging = new Merging(_context, _placing);
        _placing.CopyShown += _merging.Look;
        _placing.PolicyChanged += PolicyChanged;
        _context.Judgement.Changed += JudgedAnew;
        _context.LocalOnly.Released += Released;
        _context.LocalOnly.Changed += paths => _placing.HeadsChanged(paths, _context.View.LastSequence);
        _local.Recorded += _peers.PushToAll;
        if (_context.SealKeys is { } keys)
        {
            keys.Recorded += _peers.PushToAll;
            keys.Closed.Opened += Opened;
        }
        _withdrawals.Recorded += _peers.PushToAll;
        _peers.Learned += _withdrawals.Look;
        _peers.Forgot += path => _local.LookAt(new ScanTarget(path, false));
        _placing.Shown += path => _withdrawals.Look([path]);
        _placing.Staging.StageFailed += _placing.StageFailed;
        _placing.Staging.TookOver += _offers.TakenOver;
        _recalls.TookOver += _offers.TakenOver;
        _peers.Brought += _recalls.Delivered;
        _peers.NotTaken += _recalls.Failed;
    }

    public Author Author => _authoring.Author;

    public PeerTable Peers => _peers;

    /// <summary>The policy that holds now.</summary>
    public PoliciesInForce Policy => _context.Policy.Now;

    /// <summary>Who may do what now.</summary>
    public Judge Judge => _context.Judgement.Now;

    public MemberTable Members => _context.Members;

    /// <summary>Displayed paths that do not show yet what they should, and records that wait for their key; of a vault, chunks that it is to hold and does not yet.</summary>
    public int Behind => _placing.Count + (_keeping?.Count ?? 0) + (_context.SealKeys?.Closed.Count ?? 0);

    /// <summary>Which they are.</summary>
    public IEnumerable<EntryPath> BehindPaths => _placing.Paths.Where(p => !_context.Pending.Contains(p));

    /// <summary>What of the log this disk shows.</summary>
    public VersionVector Shown => _peers.Shown;

    /// <summary>Displayed paths whose content nobody has any more; they do not count as behind.</summary>
    public IReadOnlyCollection<EntryPath> Pending => _context.Pending;

    /// <summary>What is shown on behalf of a path: what stands there, then the copies beside it.</summary>
    public IReadOnlyList<Placement> ShownAt(EntryPath path) => _context.Showing.At(path);

    public bool IsBehind(EntryPath path) => _placing.IsBehind(path);

    public bool IsMissingContent(EntryPath path) => _placing.IsMissingContent(path);

    /// <summary>The first effects: what a crash left undone, and a look at everything.</summary>
    public IReadOnlyList<SessionEffect> Start(long nowMs)
    {
        _context.NowMs = nowMs;
        _authoring.Begin();
        if (_context.View.Cursor.IsEmpty && _context.Identity.Membership is { Before: null, Grant.Issuer.Hash.IsZero: true }) Found();
        _keeping?.Begin();
        _context.SealKeys?.Begin();
        _placing.Begin();
        _context.LocalOnly.Begin();
        _local.LookAt(new ScanTarget(EntryPath.Root, true));
        _local.RescanLater();
        if (!_context.Committing) _local.Advance();
        return _context.TakeEffects();
    }

    /// <summary>Instead of a start: this node's last record, by which another key takes the place of its own.</summary>
    public CommitBatch Succeed(Membership next, long nowMs)
    {
        _context.NowMs = nowMs;
        _authoring.Begin();
        var batch = new CommitBatch();
        var word = new Succession(next, _authoring.SeenOf(Author.Node));
        _authoring.Write(batch, word);
        Members.Take(word, batch.Records[^1].Opened.Header);
        _context.Judgement.Reconsider(batch);
        return batch;
    }

    /// <summary>One input; what it leads to.</summary>
    /// <param name="input">The input.</param>
    /// <param name="nowMs">Unix milliseconds; never goes back.</param>
    public IReadOnlyList<SessionEffect> Handle(SessionInput input, long nowMs)
    {
        _context.NowMs = nowMs;
        var looking = _local.FirstLookPending;
        if (input is CommittedInput) _context.Forget();
        if (_context.Halted && input is not (CommittedInput or ContinueInput or LinkDownInput)) return [];
        Dispatch(input);
        if (looking && !_local.FirstLookPending) _withdrawals.Look(_context.View.HeadsNotShown());
        if (_authoring.OwesEnd && !_context.Committing && !_local.FirstLookPending && nowMs >= _endAgainAtMs) WriteEnd();
        if (!_context.Committing) _local.Advance();
        if (!_local.FirstLookPending) _withdrawals.Advance();
        if (!_context.Committing && !_local.FirstLookPending && !_local.IsVanishing) Place();
        _local.NotePlacing();
        if (_context.Removals.Accepts && !_context.Committing && !_local.FirstLookPending && !_local.HoldsFirstLook) _context.Removals.LookedAround(someIsDue: _local.IsVanishing || _placing.OwesRemovals);
        if (!_context.Committing && !_context.Halted) _peers.ReviewOutdated();
        if (!_context.Committing && !_context.Halted) _peers.SettleGrants();
        if (!_context.Committing && !_context.Halted && !_local.FirstLookPending) _context.SealKeys?.Advance(_authoring, _peers.Live);
        if (!_context.Committing && !_context.Halted && !_local.FirstLookPending) _peers.GiveUpLostCourse();
        if (!_context.Committing) _peers.Acknowledge();
        _peers.AskAround();
        _recalls.Look();
        _keeping?.Look(_peers.Live);
        return _context.TakeEffects();
    }

    private void Place()
    {
        if (_placing.HasWork) _local.ReleaseHeld(_placing.IsAbout);
        if (!_context.Committing) _placing.Advance();
    }

    // What stands in conflict may be merged under the new policy.
    private void PolicyChanged()
    {
        if (!_context.Policy.Now.Merges) return;
        foreach (var origin in _context.View.OnDiskBelow(EntryPath.Root).Where(r => r.Origin != r.Path && !r.Entry.IsAbsent).Select(r => r.Origin).Distinct()) _merging.Look(origin);
    }

    private void JudgedAnew()
    {
        _peers.JudgedAnew();
        _context.LocalOnly.Reconsider();
        _context.Emit(new PolicyEffect());
    }

    private void Opened(CommitBatch batch, long firstArrived)
    {
        _placing.HeadsChanged(batch.Heads.Keys, firstArrived);
        _withdrawals.Look(batch.Heads.Keys);
        foreach (var denied in batch.Denied) _peers.TellDenied(denied);
    }

    private void Released(IReadOnlyCollection<EntryPath> toLookAt, IReadOnlyCollection<EntryPath> toShow)
    {
        foreach (var path in toLookAt) _local.LookAt(new ScanTarget(path, false));
        _placing.HeadsChanged(toShow, _context.View.LastSequence);
    }

    // The first record of a cluster: its founder admits itself.
    private void Found()
    {
        var batch = new CommitBatch();
        _authoring.Write(batch, new Admission(_context.Identity.Membership));
        _context.Commit(batch, flushed: true, () => { }, error => _context.Halt($"The cluster cannot be founded: {error}"));
    }

    // Nothing on the disk was to be authored, but others wait for the word on what holds of the epoch before.
    private void WriteEnd()
    {
        var batch = new CommitBatch();
        _authoring.WriteEnd(batch);
        _context.Commit(batch, flushed: true, _peers.PushToAll, error =>
        {
            _context.Problem(EntryPath.Root, ProblemKind.Unwritable, $"Changes cannot be recorded: {error}");
            _endAgainAtMs = _context.NowMs + EndAgainMs;
            _context.Emit(new WakeEffect(_endAgainAtMs));
        });
    }

    private void Dispatch(SessionInput input)
    {
        switch (input)
        {
            case CommittedInput committed: _context.Committed(committed.Error); break;
            case ContinueInput: _context.Continue(); break;
            case HintInput hint: _local.Hinted(hint); break;
            case SyncInput sync: _local.Asked(sync); break;
            case SettleInput settle: _local.AskedToSettle(settle.Path); break;
            case ReviewInput: _peers.Review(); break;
            case RevokeInput revoke: _peers.Revoke(revoke.Grant); break;
            case RootCutInput cut: _peers.Cut(cut.Node, cut.RootKey); break;
            case AdmitInput admit: _peers.Say([new Admission(admit.Membership)]); break;
            case TakeBackInput back: _context.LocalOnly.TakeBack(back.Path); break;
            case GiveUpInput given: _withdrawals.GiveUp(given.Path); break;
            case LeavingInput leaving: _local.Leaving(leaving); break;
            case ScannedInput scanned: if (!Emptied(scanned)) _local.Scanned(scanned); break;
            case HashedInput hashed: _local.Hashed(hashed); break;
            case ReadingInput reading: _peers.Offer(reading); break;
            case OfferedInput offered: _offers.Staged(offered); break;
            case StagedInput staged: if (!_recalls.Staged(staged)) _placing.Staging.Staged(staged); break;
            case RecallInput recall: _recalls.Asked(recall); break;
            case AppliedInput applied: _placing.Applied(applied); break;
            case LinkUpInput up: _peers.Up(up); break;
            case LinkDownInput down: _peers.Down(down); break;
            case MessageInput message: _peers.Received(message); break;
            case DeliveredInput delivered: _peers.Delivered(delivered); break;
            case RootGoneInput gone: _context.Halt(gone.Reason); break;
            case TickInput: _local.Tick(); _placing.Tick(); _offers.Tick(); _peers.Tick(); _withdrawals.Tick(); _merging.Tick(); _placing.Staging.LookAgain(_fetcher.Tick()); _keeping?.Tick(); break;
            default: throw new ArgumentOutOfRangeException(nameof(input), input, "not an input");
        }
    }

    // An empty folder where many entries were is a disk that is not there, far more often than a wish.
    private bool Emptied(ScannedInput scanned)
    {
        const int Many = 100;
        if (!scanned.Emptied || _context.Removals.Accepts || _context.View.Totals().Files < Many) return false;
        var missed = _local.Missed();
        if (missed < Many) return false;
        _context.Halt($"The folder is empty, but held {missed} files. If its disk is not mounted, mount it and start the node again; nothing was removed elsewhere. If it was emptied on purpose, Resume-VfsNode goes on, and they are removed everywhere.");
        return true;
    }
}
