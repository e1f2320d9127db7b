using System.Collections.Immutable;

namespace VfsSync.Core.Content;

/// <summary>
/// Gathers the chunks of one content, in order, into its manifest. More than <see cref="Manifest.MaxRefs"/> are cut into groups, each group becomes
/// a chunk, and the refs to those are folded in the same way. Groups end where an id says so, so a small change in a huge file changes one group of each level.
/// </summary>
internal sealed class ManifestBuilder
{
    public const int MinGroup = 128;
    public const int MaxGroup = 4096;

    // One id in 383 ends a group; with the least length that makes 511 refs on average.
    private const int GroupEnds = 171;

    private readonly List<ChunkRef> _leaves = [];
    private long _size;

    public void Add(ChunkRef chunk)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunk.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(chunk.Length, Chunker.Max);
        _leaves.Add(chunk);
        _size += chunk.Length;
    }

    /// <summary>The manifest of all that was added. <paramref name="store"/> names and keeps the bytes of a group.</summary>
    public Manifest Build(Func<byte[], ChunkId> store)
    {
        var depth = 0;
        var refs = _leaves;
        for (; refs.Count > Manifest.MaxRefs; depth++) refs = Fold(refs, store);
        return new Manifest(_size, depth, [.. refs]);
    }

    private static List<ChunkRef> Fold(List<ChunkRef> refs, Func<byte[], ChunkId> store)
    {
        var groups = new List<ChunkRef>();
        for (var from = 0; from < refs.Count;)
        {
            var to = EndOfGroup(refs, from);
            var bytes = ChunkRefs.Encode(refs.GetRange(from, to - from));
            groups.Add(new ChunkRef(store(bytes), bytes.Length));
            from = to;
        }
        return groups;
    }

    private static int EndOfGroup(List<ChunkRef> refs, int from)
    {
        var last = Math.Min(refs.Count, from + MaxGroup);
        for (var i = from + MinGroup; i < last; i++)
            if (ChunkRefs.LowBits(refs[i - 1].Id) < GroupEnds) return i;
        return last;
    }
}
