using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>
/// Chunks that are on this machine: in the store, in any working file that is known to have them, in what was taken out of the folder lately, or in what an
/// earlier run had begun to stage. Whatever it gives is verified.
/// </summary>
internal sealed class ContentSource
{
    private readonly IFolderStore _store;
    private readonly IWorkingFolder _folder;
    private readonly KeyRing _keys;
    private readonly Leftovers? _left;
    private readonly OfferedChunks? _offered;
    private readonly OutgoingChunks? _outgoing;

    public ContentSource(IFolderStore store, IWorkingFolder folder, KeyRing keys, ContentReader reader, Leftovers? left = null, OfferedChunks? offered = null, bool captures = false, OutgoingChunks? outgoing = null)
    {
        (_store, _folder, _keys, _left, _offered, _outgoing) = (store, folder, keys, left, offered, outgoing);
        Kept = new KeptContents(folder.Kept, () => store.Cursor, Expand, reader.Chunks, captures);
        Kept.TakeIn();
    }

    /// <summary>What plans took out of the folder.</summary>
    public KeptContents Kept { get; }

    /// <summary>What the session may ask of contents.</summary>
    public SessionContents ForDeciding => new(Expand, Kept.Has, Small);

    /// <summary>A chunk's bytes; null if they are nowhere (any more).</summary>
    public ReadOnlyMemory<byte>? Read(ChunkId id) => FromStore(id) ?? FromFiles(id) ?? FromKept(id) ?? _left?.Read(id);

    /// <summary>What an earlier run had begun to stage of a chunk.</summary>
    public ReadOnlyMemory<byte>? FromLeftovers(ChunkId id) => _left?.Read(id);

    /// <summary>What an earlier run had begun to stage is of no more use, or in the way.</summary>
    public void DropLeftovers() => _left?.Drop();

    /// <summary>A chunk as it travels; null if it is nowhere.</summary>
    public SealedChunk? ReadSealed(ChunkId id)
    {
        if (_offered?.Take(id) is { } atHand) return atHand;
        if (_store.TryReadChunk(id, out var bytes)) return _outgoing is null ? new SealedChunk(id, bytes) : _outgoing.Kept(id, bytes);
        if ((FromFiles(id) ?? FromKept(id)) is not { } plain) return null;
        Span<byte> nonce = stackalloc byte[12];
        RandomNumberGenerator.Fill(nonce);
        return new SealedChunk(id, _keys.Seal(id, plain.Span, nonce, tryCompress: true));
    }

    /// <summary>All chunks of a content in order; null while a part of its manifest is not in the store, and where the manifest contradicts itself.</summary>
    public IReadOnlyList<ChunkRef>? Expand(Manifest manifest)
    {
        if (manifest.Depth == 0) return manifest.Chunks;
        try
        {
            return ManifestReader.TryExpand(manifest, FromStore, out var leaves, out _) ? leaves : null;
        }
        catch (FormatException)
        {
            return null; // Its author made it so: no file has such a content.
        }
    }

    private byte[]? Small(Manifest content)
    {
        if (content.Depth > 0) return null;
        var bytes = new byte[content.Size];
        var at = 0;
        foreach (var (id, length) in content.Chunks)
        {
            if ((FromStore(id) ?? FromFiles(id)) is not { } chunk || chunk.Length != length || length > bytes.Length - at) return null;
            chunk.Span.CopyTo(bytes.AsSpan(at));
            at += length;
        }
        return at == bytes.Length ? bytes : null;
    }

    public ReadOnlyMemory<byte>? FromStore(ChunkId id)
    {
        if (!_store.TryReadChunk(id, out var bytes)) return null;
        try
        {
            return _keys.Open(new SealedChunk(id, bytes));
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            _store.Distrust(id); // A damaged chunk is as good as none: another holder has it.
            return null;
        }
    }

    private ReadOnlyMemory<byte>? FromKept(ChunkId id)
    {
        if (Kept.Read(id) is { } bytes && _keys.IdOf(bytes) == id) return bytes;
        return null;
    }

    private ReadOnlyMemory<byte>? FromFiles(ChunkId id)
    {
        foreach (var (path, offset, length) in _store.PlacesOf(id))
            if (FromFile(id, path, offset, length) is { } bytes) return bytes;
        return _offered?.PlaceOf(id) is { } place ? FromFile(id, place.Path, place.Offset, place.Length) : null;
    }

    // A null array would become an empty memory: nothing is said by a null of its own type only.
    private ReadOnlyMemory<byte>? FromFile(ChunkId id, EntryPath path, long offset, int length)
    {
        try
        {
            using var file = _folder.OpenRead(path);
            var bytes = GC.AllocateUninitializedArray<byte>(length);
            if (file.Read(bytes, offset) == length && _keys.IdOf(bytes) == id) return bytes;
        }
        catch (DiskProblemException)
        {
            // Gone or changed since it was seen: another place, or another node, may have it.
        }
        return null;
    }
}
