using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.History;

namespace VfsSync.Core.Crypto;

/// <summary>Names made from public keys.</summary>
internal static class KeyNames
{
    public static NodeId NodeIdOf(ReadOnlySpan<byte> spki) => new(SHA256.HashData(spki));

    public static ClusterId ClusterIdOf(ReadOnlySpan<byte> rootSpki) => new(new Hash256(SHA256.HashData(rootSpki)));
}
