using System.Collections.Immutable;
using VfsSync.Core.History;
using VfsSync.Core.Session;

namespace VfsSync.Engine.Net;

/// <summary>How an address came to be known.</summary>
internal enum AddressSource
{
    /// <summary>By the user: -Peer or Connect-VfsNode.</summary>
    Given,

    /// <summary>It stood in an invitation.</summary>
    Invitation,

    /// <summary>The member dialled from there and said on which port it listens.</summary>
    Incoming,

    /// <summary>A finder (mDNS, DNS) saw it.</summary>
    Finder,
}

/// <summary>An address, and how it has done.</summary>
/// <param name="Address">Where.</param>
/// <param name="Source">How it came to be known first.</param>
/// <param name="LastSuccess">When a link over it last came up; null if never.</param>
internal sealed record KnownAddress(PeerAddress Address, AddressSource Source, DateTimeOffset? LastSuccess = null);

/// <summary>What was known of a member last.</summary>
/// <param name="Seen">When it was heard of; null if never.</param>
/// <param name="Standing">How far it was; null if nobody said.</param>
internal sealed record LastWord(DateTimeOffset? Seen, Standing? Standing)
{
    public static readonly LastWord None = new(null, null);
}

/// <summary>Where members were reached, what was known of them last, and addresses of which it is not known yet who is there. An immutable value.</summary>
/// <param name="Members">Per member its addresses, the best first.</param>
/// <param name="Bare">Addresses to dial without knowing whom.</param>
/// <param name="Words">Per member what was known last.</param>
internal sealed record PeerBook(ImmutableSortedDictionary<NodeId, ImmutableArray<KnownAddress>> Members, ImmutableArray<KnownAddress> Bare, ImmutableSortedDictionary<NodeId, LastWord> Words)
{
    /// <summary>Of one member, and of bare ones; the worst are forgotten.</summary>
    public const int MaxAddresses = 8;

    public static readonly PeerBook Empty = new(ImmutableSortedDictionary<NodeId, ImmutableArray<KnownAddress>>.Empty, [], ImmutableSortedDictionary<NodeId, LastWord>.Empty);

    /// <summary>A member's addresses, last success first.</summary>
    public ImmutableArray<KnownAddress> Of(NodeId member) => Members.TryGetValue(member, out var known) ? known : [];

    /// <summary>An address at which somebody may be found; unless it is known who.</summary>
    public PeerBook WithBare(PeerAddress address, AddressSource source) =>
        Members.Values.Any(known => known.Any(k => k.Address == address)) ? this : this with { Bare = Merge(Bare, new KnownAddress(address, source)) };

    /// <summary>An address at which a member may be found.</summary>
    public PeerBook With(NodeId member, PeerAddress address, AddressSource source) => With(member, new KnownAddress(address, source));

    /// <summary>A link to the member came up over the address, which is bare no more; nor does it belong to anyone else.</summary>
    public PeerBook Reached(NodeId member, PeerAddress address, AddressSource source, DateTimeOffset now)
    {
        var others = Members;
        foreach (var (other, known) in Members)
            if (other != member && known.Any(k => k.Address == address)) others = others.SetItem(other, known.RemoveAll(k => k.Address == address));
        var bare = Bare.RemoveAll(k => k.Address == address);
        return new PeerBook(others, bare, Words).With(member, new KnownAddress(address, source, now));
    }

    /// <summary>The member is one no more.</summary>
    public PeerBook Without(NodeId member) => this with { Members = Members.Remove(member), Words = Words.Remove(member) };

    /// <summary>What is known of the member now.</summary>
    public PeerBook With(NodeId member, LastWord word) => Words.GetValueOrDefault(member) == word ? this : this with { Words = Words.SetItem(member, word) };

    private PeerBook With(NodeId member, KnownAddress address) => this with { Members = Members.SetItem(member, Merge(Of(member), address)) };

    private static ImmutableArray<KnownAddress> Merge(ImmutableArray<KnownAddress> known, KnownAddress address)
    {
        var before = known.FirstOrDefault(k => k.Address == address.Address);
        var merged = before is null ? address : before with { LastSuccess = Later(before.LastSuccess, address.LastSuccess) };
        // Nothing new gives the very same value, so that nothing is written.
        if (merged == before) return known;
        return [.. known.Where(k => k != before).Append(merged).OrderByDescending(k => k.LastSuccess ?? DateTimeOffset.MinValue).ThenBy(k => k.Source).Take(MaxAddresses)];
    }

    private static DateTimeOffset? Later(DateTimeOffset? a, DateTimeOffset? b) => b is null || a > b ? a : b;
}
