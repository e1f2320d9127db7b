using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>What the parts of a session share: what they may read, the time of the input in hand, and the list of effects that it leads to.</summary>
internal sealed class SessionContext
{
    private readonly Queue<(CommitBatch Batch, bool Flushed, Action Done, Action<string> Failed)> _commits = new();
    private readonly List<Action> _rest = [];
    private readonly List<SessionEffect> _effects = [];
    private readonly SignatureChecker _signatures = new();
    private bool _committing;

    public SessionContext(
        IFolderView view, SessionIdentity identity, MemberTable members, SessionSettings settings, SessionContents contents, IEnumerable<PolicyVersion>? policies = null,
        IEnumerable<(SealKeyShare Share, RecordHeader Record)>? shares = null)
    {
        Contents = contents;
        View = view;
        Identity = identity;
        Members = members;
        Settings = settings;
        Judgement = new Judgement(this, policies ?? []);
        Policy = new PolicyInForce(view, contents.Read, Judgement.ObjectionTo);
        LocalOnly = new LocalOnlyPaths(this);
        if (identity is { Keys: { } ring, AgreementKey: { } agreementKey }) SealKeys = new SealKeys(this, ring, agreementKey, shares ?? []);
        Removals = new RemovalLimit(this);
        Showing = new Showing(view, members.NameOf, remembers: view is MemoView, path => Policy.Now.ConflictsAt(path));
    }

    public IFolderView View { get; }

    public SessionIdentity Identity { get; }

    public MemberTable Members { get; }

    public SessionSettings Settings { get; }

    public Showing Showing { get; }

    public PolicyInForce Policy { get; }

    public Judgement Judgement { get; }

    public LocalOnlyPaths LocalOnly { get; }

    /// <summary>Null in a vault.</summary>
    public SealKeys? SealKeys { get; }

    public SessionContents Contents { get; }

    public RemovalLimit Removals { get; }

    /// <summary>Displayed paths whose content nobody has any more: they are not waited for.</summary>
    public HashSet<EntryPath> Pending { get; } = [];

    /// <summary>Where what the user did was seen and could not be recorded: nothing may take its place.</summary>
    public HashSet<EntryPath> Unrecorded { get; } = [];

    /// <summary>Unix milliseconds of the input in hand.</summary>
    public long NowMs { get; set; }

    /// <summary>A commit is asked for and not done, with all that follows from it: what the view says is about to change, so nothing is decided on it.</summary>
    public bool Committing => _committing || _rest.Count > 0;

    /// <summary>A commit is done: what was looked up before may be otherwise now.</summary>
    public void Forget()
    {
        (View as MemoView)?.Forget();
        Showing.Forget();
    }

    /// <summary>Nothing more is decided.</summary>
    public bool Halted { get; private set; }

    /// <summary>Whether a member signed its word that these sealed bytes are a chunk.</summary>
    public bool IsVouched(ChunkId id, ChunkWord word, Hash256 sealedHash) =>
        Members.Find(new NodeId(word.Signer)) is { } signer
        && _signatures.Verify(ChunkSigner.Signed(Identity.Cluster, id, sealedHash), word.Signature.Span, signer.Node, signer.PublicKey.Span);

    public void Halt(string reason, bool rebuild = false, EpochEnd? acknowledged = null)
    {
        if (Halted) return;
        Halted = true;
        Emit(new HaltEffect(reason, rebuild, acknowledged));
    }

    /// <summary>A record, read if it can be. One that cannot is kept and relayed all the same: others may be able to, and the author's numbering goes on.</summary>
    public ChangeRecord Unseal(SignedRecord signed, RecordHeader header)
    {
        if (SealKeys?.IsClosed(header) == true) return new ChangeRecord(RecordCodec.IdOf(signed), header, [], []) { IsClosed = true };
        try
        {
            return RecordCodec.Open(signed, Identity.Keys);
        }
        catch (Exception e) when (e is FormatException or System.Security.Cryptography.CryptographicException)
        {
            Problem(EntryPath.Root, ProblemKind.Peer, $"Record {header.Dot} of {Members.NameOf(header.Author.Node)} cannot be read: {e.Message}");
            return new ChangeRecord(RecordCodec.IdOf(signed), header, [], []);
        }
    }

    public void Emit(SessionEffect effect) => _effects.Add(effect);

    public void Send(int link, PeerMessage message) => Emit(new SendEffect(link, message));

    public void Problem(EntryPath path, ProblemKind kind, string message) => Emit(new ProblemEffect(path, new Problem(path, kind, message)));

    /// <summary>Asks for a commit; <paramref name="done"/> runs once it is durable, <paramref name="failed"/> if nothing of it was kept. One at a time, in order.</summary>
    public void Commit(CommitBatch batch, bool flushed, Action done, Action<string> failed)
    {
        _commits.Enqueue((batch, flushed, done, failed));
        NextCommit();
    }

    public void Committed(string? error)
    {
        var (batch, _, done, failed) = _commits.Dequeue();
        _committing = false;
        var judgedAnew = error is null && Judgement.Learn(batch);
        if (error is null) LocalOnly.Note(batch);
        if (error is null) SealKeys?.Note(batch);
        if (error is null) done();
        else failed(error);
        if (judgedAnew) Judgement.Tell();
        if (_rest.Count > 0) Emit(new ContinueEffect());
        else NextCommit();
    }

    /// <summary>Once a commit is done: what follows from it as well, but can wait until the effects so far are under way. Nothing else is decided before.</summary>
    public void AtRest(Action rest) => _rest.Add(rest);

    public void Continue()
    {
        var rest = _rest.ToList();
        _rest.Clear();
        rest.ForEach(next => next());
        NextCommit();
    }

    public IReadOnlyList<SessionEffect> TakeEffects()
    {
        var taken = _effects.ToArray();
        _effects.Clear();
        return taken;
    }

    private void NextCommit()
    {
        if (Committing || !_commits.TryPeek(out var next)) return;
        _committing = true;
        Emit(new CommitEffect(next.Batch, next.Flushed));
    }
}

/// <summary>What deciding may ask of the contents on this machine.</summary>
/// <param name="Expand">All chunks of a content; null while a part of its manifest is not here.</param>
/// <param name="IsKept">Whether a content that a plan took out of the folder is still at hand.</param>
/// <param name="Read">A content that came with its record; null if it did not, or is damaged.</param>
internal sealed record SessionContents(Func<Manifest, IReadOnlyList<ChunkRef>?> Expand, Func<Manifest, bool> IsKept, Func<Manifest, byte[]?> Read);

/// <summary>What a vault's deciding may ask of its store.</summary>
/// <param name="Log">Headers of the log, each time from its beginning.</param>
/// <param name="Kept">What lies there of a chunk.</param>
internal sealed record VaultStore(IEnumerable<RecordHeader> Log, Func<ChunkId, SealedChunk?> Kept);

/// <summary>Who this node is and what it can do with keys; chance enters through <paramref name="FillRandom"/>.</summary>
/// <param name="Node">The node.</param>
/// <param name="Membership">Its own place in the cluster.</param>
/// <param name="Chain">Memberships from its issuer up to the root.</param>
/// <param name="Cluster">The cluster.</param>
/// <param name="Keys">The cluster's keys; null in a vault.</param>
/// <param name="SignKey">The node's key.</param>
/// <param name="AgreementKey">Opens what is wrapped for it; null in a vault.</param>
/// <param name="FillRandom">Fills a span with random bytes.</param>
/// <param name="ListenPort">Where the node accepts links; 0 if nowhere.</param>
/// <param name="Software">Name and version, for people.</param>
internal sealed record SessionIdentity(
    NodeId Node, Membership Membership, System.Collections.Immutable.ImmutableArray<Membership> Chain, ClusterId Cluster, KeyRing? Keys,
    System.Security.Cryptography.ECDsa SignKey, System.Security.Cryptography.ECDiffieHellman? AgreementKey, SpanFiller FillRandom, int ListenPort, string Software)
{
    /// <summary>Whether a key is this node's, or was before it took another.</summary>
    public bool HasBeen(NodeId node)
    {
        for (var key = Membership; key is not null; key = key.Before)
            if (key.Node == node) return true;
        return node == Node;
    }

    /// <summary>The epoch that the node is in now.</summary>
    public ulong Epoch { get; set; }
}

/// <summary>Fills a span with bytes.</summary>
internal delegate void SpanFiller(Span<byte> target);
