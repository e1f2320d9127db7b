using VfsSync.Core.Content;

namespace VfsSync.Engine.Disk;

/// <summary>Told of a long file's chunks while it is still being read.</summary>
internal sealed class ReadingListener
{
    /// <summary>A reading begins, of a file of so many bytes.</summary>
    public required Action<long> Begun { get; init; }

    /// <summary>A chunk has its name. Called from several threads.</summary>
    public required ChunkNamed Named { get; init; }

    /// <summary>All chunks up to somewhere have their names; called in order, between them.</summary>
    public required Action Paused { get; init; }

    /// <summary>The reading is over; false: it did not see one state of the file.</summary>
    public required Action<bool> Ended { get; init; }
}

/// <summary>A chunk and its bytes, which are valid during the call.</summary>
internal delegate void ChunkNamed(OfferedChunk chunk, ReadOnlySpan<byte> bytes);
