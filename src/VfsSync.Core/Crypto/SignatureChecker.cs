using System.Security.Cryptography;
using VfsSync.Core.History;

namespace VfsSync.Core.Crypto;

/// <summary>
/// Verifies records and keeps the imported keys of their authors. For all threads: each has its own keys, since the platform's key objects promise nothing.
/// </summary>
/// <param name="keysPerThread">How many keys a thread keeps before it starts anew.</param>
internal sealed class SignatureChecker(int keysPerThread = 256)
{
    // A NodeId names one public key for ever, so what is kept is right for every instance.
    [ThreadStatic] private static Dictionary<NodeId, ECDsa>? _keys;

    /// <summary>Whether <paramref name="author"/> signed this. The key is read only if it is not known yet, and must be the author's.</summary>
    public bool Verify(SignedRecord record, NodeId author, ReadOnlySpan<byte> spki) =>
        Verify(record.Header.Span, record.Signature.Span, author, spki);

    /// <summary>The same of any bytes.</summary>
    public bool Verify(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> signature, NodeId author, ReadOnlySpan<byte> spki) =>
        KeyOf(author, spki) is { } key && RecordSigner.VerifyBytes(bytes, signature, key);

    private ECDsa? KeyOf(NodeId author, ReadOnlySpan<byte> spki)
    {
        var keys = _keys ??= [];
        if (keys.TryGetValue(author, out var known)) return known;
        if (KeyNames.NodeIdOf(spki) != author || PublicKeys.Import(spki) is not { } key) return null;
        if (keys.Count >= keysPerThread) keys.Clear();
        return keys[author] = key;
    }
}
