using System.Collections.Immutable;
using VfsSync.Core.History;

namespace VfsSync.Engine.Net;

/// <summary>Where a node of the cluster may be. Only a claim: who answers there proves who it is.</summary>
/// <param name="Node">Which.</param>
/// <param name="Addresses">Where, the likeliest first.</param>
internal sealed record FoundPeer(NodeId Node, ImmutableArray<PeerAddress> Addresses)
{
    public bool Equals(FoundPeer? other) => other is not null && Node == other.Node && Addresses.SequenceEqual(other.Addresses);

    public override int GetHashCode() => HashCode.Combine(Node, Addresses.Length);
}
