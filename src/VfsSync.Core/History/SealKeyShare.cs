using System.Collections.Immutable;

namespace VfsSync.Core.History;

/// <summary>
/// A seal key for what is sealed from now on, wrapped for those that may read: so that who was expelled cannot open what comes later. Holds if its author is an admin. Of the keys that
/// hold, one that nobody has who may not read comes first, then that of the highest generation, of several the one with the highest id; further shares of one key give it to those that the first did not know of.
/// </summary>
/// <param name="KeyId">Which key: follows from the key (<c>SealKeyIds.Of</c>).</param>
/// <param name="Generation">How many rotations come before it, its own included: from 1.</param>
/// <param name="Sender">ECDH P-256 public key made for this share alone, SubjectPublicKeyInfo.</param>
/// <param name="For">The key, once for each of these members; at most <see cref="MaxFor"/>.</param>
/// <param name="Older">The seal keys before it, sealed with it: whoever is given the newest can read all.</param>
internal sealed record SealKeyShare(long KeyId, int Generation, ReadOnlyMemory<byte> Sender, ImmutableArray<WrappedKey> For, ReadOnlyMemory<byte> Older) : Statement
{
    public const int MaxFor = 1024;

    /// <summary>More keys before it are not believed.</summary>
    public const int MaxOlder = 2048;
}

/// <summary>A seal key as one member alone can open it.</summary>
/// <param name="Node">The member.</param>
/// <param name="Bytes">48: the key under AES-256-GCM.</param>
internal readonly record struct WrappedKey(NodeId Node, ReadOnlyMemory<byte> Bytes);
