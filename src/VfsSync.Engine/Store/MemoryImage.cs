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

    public ImmutableSortedDictionary<EntryPath, ImmutableSortedDictionary<Dot, Version>> Versions { get; init; } =
        ImmutableSortedDictionary<EntryPath, ImmutableSortedDictionary<Dot, Version>>.Empty;

    public ImmutableSortedDictionary<EntryPath, IndexRow> Rows { get; init; } = ImmutableSortedDictionary<EntryPath, IndexRow>.Empty;

    public ImmutableSortedDictionary<EntryPath, ImmutableList<ChunkRef>> Places { get; init; } = ImmutableSortedDictionary<EntryPath, ImmutableList<ChunkRef>>.Empty;

    public ImmutableSortedDictionary<ChunkId, ReadOnlyMemory<byte>> Chunks { get; init; } = ImmutableSortedDictionary<ChunkId, ReadOnlyMemory<byte>>.Empty;

    public ImmutableSortedDictionary<string, string> Settings { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public MemoryImage With(CommitBatch batch) => With(batch.Chunks).WithRecords(batch).WithHeads(batch).WithRows(batch);

    public MemoryImage With(IEnumerable<SealedChunk> chunks)
    {
        var all = Chunks;
        foreach (var chunk in chunks)
            if (!all.ContainsKey(chunk.Id)) all = all.Add(chunk.Id, chunk.Bytes.ToArray());
        return this with { Chunks = all };
    }

    /// <summary>The entries of a sorted dictionary strictly below a directory: one range, found by bisection.</summary>
    public static IEnumerable<KeyValuePair<EntryPath, T>> Below<T>(ImmutableSortedDictionary<EntryPath, T> all, EntryPath directory)
    {
        if (directory.IsRoot) return all;
        return all.SkipWhile(pair => pair.Key <= directory).TakeWhile(pair => pair.Key.IsBelow(directory));
    }

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
        var (heads, versions) = (Heads, Versions);
        foreach (var (path, set) in batch.Heads)
        {
            heads = set.Count == 0 ? heads.Remove(path) : heads.SetItem(path, [.. set.OrderBy(v => v.Dot)]);
            foreach (var version in set) versions = Put(versions, version);
        }
        return this with { Heads = heads, Versions = versions };
    }

    private MemoryImage WithRows(CommitBatch batch)
    {
        var (rows, places) = (Rows, Places);
        foreach (var (path, row) in batch.Index)
        {
            rows = row is null ? rows.Remove(path) : rows.SetItem(path, row);
            if (row is null) places = places.Remove(path);
        }
        foreach (var (path, chunks) in batch.Places)
            if (rows.ContainsKey(path)) places = places.SetItem(path, [.. chunks]);
        return this with { Rows = rows, Places = places };
    }

    private static ImmutableSortedDictionary<EntryPath, ImmutableSortedDictionary<Dot, Version>> Put(
        ImmutableSortedDictionary<EntryPath, ImmutableSortedDictionary<Dot, Version>> versions, Version version) =>
        versions.SetItem(version.Path, versions.GetValueOrDefault(version.Path, ImmutableSortedDictionary<Dot, Version>.Empty).SetItem(version.Dot, version));
}
