using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Engine.Store;

/// <summary>All that a store holds at one moment, as a value: committing makes a new one, so a crash is a choice among the latest.</summary>
internal sealed record MemoryImage
{
    public static MemoryImage Empty { get; } = new();

    public LogState LogState { get; init; } = LogState.Empty;

    public ImmutableList<(Dot Dot, RecordId Id, bool Clear, SignedRecord Record)> Log { get; init; } = [];

    public ImmutableSortedDictionary<EntryPath, ImmutableList<Version>> Heads { get; init; } = ImmutableSortedDictionary<EntryPath, ImmutableList<Version>>.Empty;

    /// <summary>Paths with a head that is not absent.</summary>
    public ImmutableSortedSet<EntryPath> Live { get; init; } = [];

    /// <summary>Paths whose head says where it went, by that target.</summary>
    public ImmutableSortedSet<(EntryPath Target, EntryPath Path)> Moved { get; init; } = [];

    public ImmutableSortedDictionary<EntryPath, ImmutableSortedDictionary<Dot, Version>> Versions { get; init; } =
        ImmutableSortedDictionary<EntryPath, ImmutableSortedDictionary<Dot, Version>>.Empty;

    public MemoryIndex Index { get; init; } = MemoryIndex.Empty;

    public ImmutableSortedDictionary<ChunkId, ReadOnlyMemory<byte>> Chunks { get; init; } = ImmutableSortedDictionary<ChunkId, ReadOnlyMemory<byte>>.Empty;

    public ImmutableSortedDictionary<string, string> Settings { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public MemoryImage With(CommitBatch batch) => With(batch.Chunks).WithRecords(batch).WithHeads(batch) with { Index = Index.With(batch) };

    public MemoryImage With(IEnumerable<SealedChunk> chunks)
    {
        var all = Chunks;
        foreach (var chunk in chunks)
            if (!all.ContainsKey(chunk.Id)) all = all.Add(chunk.Id, chunk.Bytes.ToArray());
        return this with { Chunks = all };
    }

    public MemoryImage Without(IEnumerable<ChunkId> chunks) => this with { Chunks = Chunks.RemoveRange(chunks) };

    private MemoryImage WithRecords(CommitBatch batch)
    {
        var (state, log, versions) = (LogState, Log, Versions);
        foreach (var (signed, opened) in batch.Records)
        {
            state = state.With(opened.Dot, opened.Id) with { LastSequence = state.LastSequence + 1 };
            log = log.Add((opened.Dot, opened.Id, opened.Header.KeyId == 0, signed));
            foreach (var version in Version.Of(opened)) versions = Put(versions, version);
        }
        return this with { LogState = state, Log = log, Versions = versions };
    }

    private MemoryImage WithHeads(CommitBatch batch)
    {
        var (heads, live, moved, versions) = (Heads, Live, Moved, Versions);
        foreach (var (path, set) in batch.Heads)
        {
            moved = moved.Except(Targets(heads.GetValueOrDefault(path, []))).Union(Targets(set));
            live = set.Any(head => !head.Entry.IsAbsent) ? live.Add(path) : live.Remove(path);
            heads = set.Count == 0 ? heads.Remove(path) : heads.SetItem(path, [.. set.OrderBy(head => head.Dot)]);
            foreach (var head in set) versions = Put(versions, head);
        }
        return this with { Heads = heads, Live = live, Moved = moved, Versions = versions };
    }

    private static IEnumerable<(EntryPath Target, EntryPath Path)> Targets(IEnumerable<Version> heads) =>
        from head in heads where head.MovedTo is not null select (head.MovedTo!.Value, head.Path);

    private static ImmutableSortedDictionary<EntryPath, ImmutableSortedDictionary<Dot, Version>> Put(
        ImmutableSortedDictionary<EntryPath, ImmutableSortedDictionary<Dot, Version>> versions, Version version) =>
        versions.SetItem(version.Path, versions.GetValueOrDefault(version.Path, ImmutableSortedDictionary<Dot, Version>.Empty).SetItem(version.Dot, version));
}
