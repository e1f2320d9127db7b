using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Tests.Session;

/// <summary>What the parts of a session share, around a <see cref="TableView"/>: each part is tested alone, its effects are looked at, commits are done at once.</summary>
internal sealed class SessionBench
{
    public const long Noon = 1_800_000_000_000;

    public SessionBench(Cluster? cluster = null, Cluster.Member? self = null, SessionSettings? settings = null, ulong epoch = 7, EpochEnd? continues = null, bool vault = false, bool rebuilt = false, KeyRing? ring = null, TableView? view = null,
        IEnumerable<(SealKeyShare Share, RecordHeader Record)>? shares = null)
    {
        View = view ?? new TableView();
        Cluster = cluster ?? new Cluster();
        Self = self ?? Cluster.Founder;
        Members = new MemberTable(Cluster.Id);
        foreach (var member in Cluster.Known.Values.OrderBy(m => m.Node != Cluster.Founder.Membership.Node)) Assert.True(Members.TryAdd(member, [], out var reason), reason);
        var chance = new Random(1);
        var identity = new SessionIdentity(Self.Membership.Node, Self.Membership, [Cluster.Founder.Membership], Cluster.Id, vault ? null : ring ?? Samples.Ring, Self.Key, vault ? null : Self.Agreement, chance.NextBytes, 22000, "bench");
        Context = new SessionContext(View, identity, Members, settings ?? SessionSettings.Default, new SessionContents(content => content.Chunks, Kept.Contains, Small.GetValueOrDefault), shares: shares) { NowMs = Noon };
        Authoring = new Authoring(Context, epoch, continues, rebuilt);
    }

    public Cluster Cluster { get; }

    public Cluster.Member Self { get; }

    public TableView View { get; }

    /// <summary>What plans took out of the folder and is still at hand.</summary>
    public HashSet<Manifest> Kept { get; } = [];

    /// <summary>Contents that came with their records.</summary>
    public Dictionary<Manifest, byte[]> Small { get; } = [];

    public MemberTable Members { get; }

    public SessionContext Context { get; }

    public Authoring Authoring { get; }

    /// <summary>The effects so far; commits among them are done (or fail, if an error is given), and what they lead to is here as well.</summary>
    public IReadOnlyList<SessionEffect> Effects(string? commitError = null)
    {
        var all = new List<SessionEffect>();
        while (Context.TakeEffects() is { Count: > 0 } effects)
        {
            all.AddRange(effects);
            foreach (var commit in effects.OfType<CommitEffect>())
            {
                if (commitError is null) View.Commit(commit.Batch);
                Context.Committed(commitError);
            }
            if (effects.Any(e => e is ContinueEffect)) Context.Continue();
        }
        return all;
    }

    /// <summary>The one effect of a kind.</summary>
    public static T The<T>(IEnumerable<SessionEffect> effects) where T : SessionEffect => Assert.Single(effects.OfType<T>());

    /// <summary>The one message of a kind, to whomever.</summary>
    public static (int Link, T Message) Sent<T>(IEnumerable<SessionEffect> effects) where T : PeerMessage =>
        Assert.Single(effects.OfType<SendEffect>().Where(s => s.Message is T).Select(s => (s.Link, (T)s.Message)));

    /// <summary>A record by this bench's node, committed here.</summary>
    public (SignedRecord Signed, ChangeRecord Opened) Author(params Change[] changes)
    {
        var batch = new CommitBatch();
        Authoring.Write(batch, [.. changes.Select(c => (c, (IReadOnlyList<ChunkId>)[]))]);
        View.Commit(batch);
        return Assert.Single(batch.Records);
    }

    /// <summary>A record about members by this bench's node, committed here.</summary>
    public (SignedRecord Signed, ChangeRecord Opened) Say(Statement statement)
    {
        var batch = new CommitBatch();
        Authoring.Write(batch, statement);
        View.Commit(batch);
        return Assert.Single(batch.Records);
    }

    public static Change Put(string path, int content = 1, VersionVector parents = default) => new(0, EntryPath.Parse(path), Samples.SmallFile(content), parents);
}
