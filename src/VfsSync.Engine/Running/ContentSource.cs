using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>Chunks that are on this machine: in the store, in any working file that is known to have them, in what an earlier run had begun to stage. Whatever it gives is verified.</summary>
internal sealed class ContentSource(IFolderStore store, IWorkingFolder folder, KeyRing keys, Leftovers? left = null)
{
    /// <summary>A chunk's bytes; null if they are nowhere (any more).</summary>
    public ReadOnlyMemory<byte>? Read(ChunkId id) => FromStore(id) ?? FromFiles(id) ?? left?.Read(id);

    /// <summary>What an earlier run had begun to stage is of no more use, or in the way.</summary>
    public void DropLeftovers() => left?.Drop();

    /// <summary>A chunk as it travels; null if it is nowhere.</summary>
    public SealedChunk? ReadSealed(ChunkId id)
    {
        if (store.TryReadChunk(id, out var bytes)) return new SealedChunk(id, bytes);
        if (FromFiles(id) is not { } plain) return null;
        Span<byte> nonce = stackalloc byte[12];
        RandomNumberGenerator.Fill(nonce);
        return new SealedChunk(id, keys.Seal(id, plain.Span, nonce, tryCompress: true));
    }

    /// <summary>All chunks of a content in order; null while a part of its manifest is not in the store.</summary>
    public IReadOnlyList<ChunkRef>? Expand(Manifest manifest) =>
        manifest.Depth == 0 ? manifest.Chunks : ManifestReader.TryExpand(manifest, FromStore, out var leaves, out _) ? leaves : null;

    public ReadOnlyMemory<byte>? FromStore(ChunkId id)
    {
        if (!store.TryReadChunk(id, out var bytes)) return null;
        try
        {
            return keys.Open(new SealedChunk(id, bytes));
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return null; // A damaged chunk is as good as none: another holder has it.
        }
    }

    private ReadOnlyMemory<byte>? FromFiles(ChunkId id)
    {
        foreach (var (path, offset, length) in store.PlacesOf(id))
        {
            try
            {
                using var file = folder.OpenRead(path);
                var bytes = GC.AllocateUninitializedArray<byte>(length);
                if (file.Read(bytes, offset) == length && keys.IdOf(bytes) == id) return bytes;
            }
            catch (DiskProblemException)
            {
                // Gone or changed since it was indexed: another place, or another node, may have it.
            }
        }
        return null;
    }
}
