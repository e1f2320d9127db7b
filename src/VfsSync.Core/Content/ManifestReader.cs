namespace VfsSync.Core.Content;

/// <summary>Unfolds manifests, which may come from anyone: whatever they say is checked, and what they make us allocate is bounded.</summary>
internal static class ManifestReader
{
    public const int MaxDepth = 4;

    /// <summary>A content has at most this many chunks: about 4 TiB.</summary>
    public const int MaxLeaves = 1 << 26;

    /// <summary>
    /// The chunks of the content itself. False, with the ids of the groups that <paramref name="read"/> does not have, of the first level that is not complete.
    /// </summary>
    /// <param name="manifest">What to unfold.</param>
    /// <param name="read">The plain bytes of a group, verified against its id; null (or nothing) if they are not here.</param>
    /// <param name="leaves">All chunks in order; empty if some group is missing.</param>
    /// <param name="missing">Each missing group once.</param>
    /// <exception cref="FormatException">The manifest contradicts itself.</exception>
    public static bool TryExpand(Manifest manifest, Func<ChunkId, ReadOnlyMemory<byte>?> read, out List<ChunkRef> leaves, out List<ChunkId> missing)
    {
        Check(manifest);
        leaves = [];
        missing = [];
        List<ChunkRef> level = [.. manifest.Chunks];
        for (var depth = manifest.Depth; depth > 0; depth--)
        {
            level = Unfold(level, MostRefs(manifest.Size, depth - 1), read, missing);
            if (missing.Count > 0) return false;
        }
        if (Total(level) != manifest.Size) throw new FormatException($"The chunks of a manifest hold {Total(level)} bytes, not {manifest.Size}.");
        leaves = level;
        return true;
    }

    /// <summary>What can be told of a manifest without its groups.</summary>
    /// <exception cref="FormatException">The manifest contradicts itself.</exception>
    public static void Check(Manifest manifest)
    {
        if (manifest.Size < 0) throw new FormatException("A manifest has a negative size.");
        if (manifest.Depth is < 0 or > MaxDepth) throw new FormatException($"A manifest has depth {manifest.Depth}, at most {MaxDepth} is known.");
        if (manifest.Chunks.Length > Manifest.MaxRefs) throw new FormatException($"A manifest has {manifest.Chunks.Length} refs.");
        foreach (var chunk in manifest.Chunks)
            if (chunk.Length is < 1 or > Chunker.Max) throw new FormatException($"A manifest names a chunk of {chunk.Length} bytes.");
        if (manifest.Depth == 0 && Total(manifest.Chunks) != manifest.Size) throw new FormatException("The chunks of a manifest do not add up to its size.");
        if (manifest.Depth > 0 && manifest.Chunks.IsEmpty) throw new FormatException("A folded manifest has no groups.");
    }

    // All chunks but the last have Chunker.Min bytes, all groups of a level but the last have MinGroup refs; without this bound a few
    // kilobytes of groups that name each other over and over would unfold to gigabytes.
    private static long MostRefs(long size, int depth)
    {
        var most = Math.Min(MaxLeaves, size / Chunker.Min + 1);
        for (; depth > 0; depth--) most = most / ManifestBuilder.MinGroup + 1;
        return most;
    }

    private static List<ChunkRef> Unfold(List<ChunkRef> groups, long most, Func<ChunkId, ReadOnlyMemory<byte>?> read, List<ChunkId> missing)
    {
        var below = new List<ChunkRef>();
        var asked = new HashSet<ChunkId>();
        foreach (var group in groups)
        {
            if (read(group.Id) is not { IsEmpty: false } bytes)
            {
                if (asked.Add(group.Id)) missing.Add(group.Id);
                continue;
            }
            if (bytes.Length != group.Length) throw new FormatException($"A group of a manifest has {bytes.Length} bytes, not {group.Length}.");
            if (below.Count + bytes.Length / ChunkRefs.Length > most) throw new FormatException("A manifest has more chunks than its size allows.");
            if (missing.Count == 0) ChunkRefs.Decode(bytes.Span, below);
        }
        return below;
    }

    // At most MaxLeaves lengths of at most Chunker.Max: no overflow.
    private static long Total(IEnumerable<ChunkRef> refs) => refs.Sum(r => (long)r.Length);
}
