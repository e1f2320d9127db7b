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

    /// <summary>All records; what was set aside keeps its place, so that the arrival number is the place.</summary>
    public ImmutableList<(Dot Dot, RecordId Id, bool Clear, bool Aside, SignedRecord Record)> Log { get; init; } = [];

    /// <summary>Arrival numbers of the records that no commit has opened.</summary>
    public ImmutableSortedSet<long> Closed { get; init; } = [];

    public ImmutableSortedDictionary<EntryPath, ImmutableList<Version>> Heads { get; init; } = ImmutableSortedDictionary<EntryPath, ImmutableList<Version>>.Empty;

    /// <summary>Paths with a head that is not absent.</summary>
    public ImmutableSortedSet<EntryPath> Live { get; init; } = [];

    /// <summary>Paths whose head says where it went, by that target.</summary>
    public ImmutableSortedSet<(EntryPath Target, EntryPath Path)> Moved { get; init; } = [];

    public ImmutableSortedDictionary<EntryPath, ImmutableSortedDictionary<Dot, Version>> Versions { get; init; } =
        ImmutableSortedDictionary<EntryPath, ImmutableSortedDictionary<Dot, Version>>.Empty;

    /// <summary>Versions that do not hold.</summary>
    public ImmutableSortedDictionary<(EntryPath Path, Dot Dot), Version> Denied { get; init; } = ImmutableSortedDictionary<(EntryPath Path, Dot Dot), Version>.Empty;

    public MemoryIndex Index { get; init; } = MemoryIndex.Empty;

    public ImmutableSortedDictionary<ChunkId, ReadOnlyMemory<byte>> Chunks { get; init; } = ImmutableSortedDictionary<ChunkId, ReadOnlyMemory<byte>>.Empty;

    public ImmutableSortedDictionary<string, string> Settings { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Chunks that are there for history alone.</summary>
    public ImmutableHashSet<ChunkId> Captured { get; init; } = [];

    /// <summary>Working files that are to be captured, by their turns.</summary>
    public ImmutableSortedDictionary<long, EntryPath> Due { get; init; } = ImmutableSortedDictionary<long, EntryPath>.Empty;

    public long LastTurn { get; init; }

    public MemoryImage With(CommitBatch batch) => (With(batch.Chunks).Without(batch.SetAside).WithRecords(batch).WithVerdicts(batch).WithHeads(batch) with
    {
        Index = Index.With(batch),
        Settings = batch.LeavesUnjudged ? Settings.Remove(IFolderStore.Judged) : Settings,
    }).WithDue(batch);

    public MemoryImage WithCaptured(IReadOnlyList<SealedChunk> chunks, IReadOnlyList<long> done, bool replace) => replace
        ? Without(chunks.Select(c => c.Id)).WithCaptured(chunks, done, replace: false)
        : With(chunks) with { Captured = Captured.Union(chunks.Select(c => c.Id).Where(id => !Chunks.ContainsKey(id))), Due = Due.RemoveRange(done) };

    public MemoryImage WithAllDue()
    {
        var image = this;
        foreach (var row in Index.Rows.Values.Where(r => r is { Placed: true, Entry: { Kind: EntryKind.File, Size: > Staging.SmallContent } } && !Due.ContainsValue(r.Path)))
            image = image with { Due = image.Due.Add(image.LastTurn + 1, row.Path), LastTurn = image.LastTurn + 1 };
        return image;
    }

    private MemoryImage WithDue(CommitBatch batch)
    {
        var (due, turn) = (Due.RemoveRange(Due.Where(d => !Index.Rows.ContainsKey(d.Value)).Select(d => d.Key)), LastTurn);
        foreach (var (path, chunks) in batch.Places)
        {
            if (!Index.Rows.ContainsKey(path) || chunks.Sum(c => (long)c.Length) <= Staging.SmallContent) continue;
            due = due.RemoveRange(due.Where(d => d.Value == path).Select(d => d.Key)).Add(++turn, path);
        }
        return this with { Due = due, LastTurn = turn };
    }

    public MemoryImage With(IEnumerable<SealedChunk> chunks)
    {
        var all = Chunks;
        foreach (var chunk in chunks)
            if (!all.ContainsKey(chunk.Id)) all = all.Add(chunk.Id, chunk.Bytes.ToArray());
        return this with { Chunks = all, Captured = Captured.Except(chunks.Select(c => c.Id)) };
    }

    public MemoryImage Without(IEnumerable<ChunkId> chunks) => this with { Chunks = Chunks.RemoveRange(chunks) };

    private MemoryImage Without(Dictionary<Author, long> aside)
    {
        if (aside.Count == 0) return this;
        bool IsAside(Dot dot) => aside.TryGetValue(dot.Author, out var first) && dot.Number >= first;
        var log = Log;
        for (var i = 0; i < log.Count; i++)
            if (IsAside(log[i].Dot)) log = log.SetItem(i, log[i] with { Aside = true });
        var closed = Closed.Except(Closed.Where(sequence => log[(int)sequence - 1].Aside));
        var state = LogState;
        foreach (var (author, first) in aside)
            state = state.Before(new Dot(author, first), log.Find(r => !r.Aside && r.Dot == new Dot(author, first - 1)).Id);
        var touched = Versions.Where(v => v.Value.Keys.Any(IsAside)).Select(v => v.Key).ToList();
        var heads = new CommitBatch();
        foreach (var path in touched) heads.Heads[path] = Heads.GetValueOrDefault(path, []).RemoveAll(head => IsAside(head.Dot));
        var versions = touched.Aggregate(Versions, (all, path) => all[path].Keys.All(IsAside) ? all.Remove(path) : all.SetItem(path, all[path].RemoveRange(all[path].Keys.Where(IsAside))));
        return (this with { LogState = state, Log = log, Closed = closed, Versions = versions, Denied = Denied.RemoveRange(Denied.Keys.Where(k => IsAside(k.Dot))) }).WithHeads(heads);
    }

    private MemoryImage WithRecords(CommitBatch batch)
    {
        var (state, log, versions, closed) = (LogState, Log, Versions, Closed);
        foreach (var opened in batch.Opened)
        {
            closed = closed.Remove(log.FindIndex(r => !r.Aside && r.Dot == opened.Dot) + 1);
            foreach (var version in Version.Of(opened)) versions = Put(versions, version);
        }
        foreach (var (signed, opened) in batch.Records)
        {
            state = state.With(opened.Dot, opened.Id) with { LastSequence = state.LastSequence + 1 };
            log = log.Add((opened.Dot, opened.Id, opened.Header.KeyId == 0 || opened.Header.Policy is not null, false, signed));
            if (opened.IsClosed) closed = closed.Add(state.LastSequence);
            foreach (var version in Version.Of(opened)) versions = Put(versions, version);
        }
        return this with { LogState = state, Log = log, Closed = closed, Versions = versions };
    }

    private MemoryImage WithVerdicts(CommitBatch batch)
    {
        var (denied, versions) = (Denied, Versions);
        foreach (var version in batch.Denied)
        {
            denied = denied.SetItem((version.Path, version.Dot), version);
            if (!versions.TryGetValue(version.Path, out var of)) continue;
            versions = of.Count == 1 && of.ContainsKey(version.Dot) ? versions.Remove(version.Path) : versions.SetItem(version.Path, of.Remove(version.Dot));
        }
        foreach (var version in batch.Granted)
        {
            denied = denied.Remove((version.Path, version.Dot));
            versions = Put(versions, version);
        }
        return this with { Denied = denied, Versions = versions };
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
