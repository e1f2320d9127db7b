using System.Collections.Immutable;

namespace VfsSync.Core.History;

/// <summary>
/// The root's own word, whoever carries it: a node may do nothing any more, whatever it was invited as and whoever says otherwise. There is no way back for its key. What its author had
/// seen of it holds.
/// </summary>
/// <param name="Node">Which.</param>
/// <param name="Seen">Of each author the last record that was there when it was said, as in a <see cref="PolicyStatement"/>.</param>
/// <param name="RootKey">The root's public key, SubjectPublicKeyInfo: the cluster's id is its SHA-256.</param>
/// <param name="Signature">By it, over the cluster, the node and what was seen.</param>
internal sealed record RootCut(NodeId Node, ImmutableArray<SeenRecord> Seen, ReadOnlyMemory<byte> RootKey, ReadOnlyMemory<byte> Signature) : Statement;
