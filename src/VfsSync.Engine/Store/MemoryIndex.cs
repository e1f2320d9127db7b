using VfsSync.Core.Reconcile;
using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Store;

/// <summary>Rows and places of a <see cref="MemoryImage"/>, with the ways in that the tables' indexes give.</summary>
internal sealed record MemoryIndex
{
    public static MemoryIndex Empty { get; } = new();

    public ImmutableSortedDictionary<EntryPath, IndexRow> Rows { get; init; } = ImmutableSortedDictionary<EntryPath, IndexRow>.Empty;

    /// <summary>The keys of <see cref="Rows"/>.</summary>
    public ImmutableSortedSet<EntryPath> Paths { get; init; } = [];

    public ImmutableSortedSet<(EntryPath Origin, EntryPath Path)> Origins { get; init; } = [];

    public ImmutableSortedSet<(ulong Inode, EntryPath Path)> Inodes { get; init; } = [];

    public ImmutableDictionary<EntryPath, ImmutableArray<ChunkRef>> Places { get; init; } = ImmutableDictionary<EntryPath, ImmutableArray<ChunkRef>>.Empty;

    public ImmutableSortedSet<(ChunkId Chunk, EntryPath Path)> Holders { get; init; } = [];

    public Totals Totals { get; init; }

    public MemoryIndex With(CommitBatch batch)
    {
        var index = this;
        foreach (var (path, row) in batch.Index)
        {
            index = index.Without(path);
            index = row is null ? index.WithPlaces(path, []) : index.With(row);
        }
        foreach (var (path, chunks) in batch.Places)
            if (index.Rows.ContainsKey(path)) index = index.WithPlaces(path, [.. chunks]);
        return index;
    }

    private MemoryIndex With(IndexRow row) => this with
    {
        Rows = Rows.SetItem(row.Path, row),
        Paths = Paths.Add(row.Path),
        Origins = Origins.Add((row.Origin, row.Path)),
        Inodes = Inodes.Add((row.Stamp.Inode, row.Path)),
        Totals = Totals + Totals.Of(row),
    };

    private MemoryIndex Without(EntryPath path) => !Rows.TryGetValue(path, out var row) ? this : this with
    {
        Rows = Rows.Remove(path),
        Paths = Paths.Remove(path),
        Origins = Origins.Remove((row.Origin, path)),
        Inodes = Inodes.Remove((row.Stamp.Inode, path)),
        Totals = Totals - Totals.Of(row),
    };

    private MemoryIndex WithPlaces(EntryPath path, ImmutableArray<ChunkRef> chunks)
    {
        var before = Places.GetValueOrDefault(path, []);
        return this with
        {
            Places = chunks.IsEmpty ? Places.Remove(path) : Places.SetItem(path, chunks),
            Holders = Holders.Except(before.Select(chunk => (chunk.Id, path))).Union(chunks.Select(chunk => (chunk.Id, path))),
        };
    }
}

/// <summary>Ranges of sorted sets, found by bisection.</summary>
internal static class SortedRange
{
    /// <summary>The paths strictly below a directory.</summary>
    public static IEnumerable<EntryPath> Below(this ImmutableSortedSet<EntryPath> all, EntryPath directory)
    {
        var at = all.IndexOf(directory);
        for (at = at < 0 ? ~at : at + 1; at < all.Count && all[at].IsBelow(directory); at++) yield return all[at];
    }

    /// <summary>The links whose key is strictly below a directory.</summary>
    public static IEnumerable<(EntryPath Target, EntryPath Path)> Below(this ImmutableSortedSet<(EntryPath Target, EntryPath Path)> links, EntryPath directory)
    {
        var at = links.IndexOf((directory, EntryPath.Root));
        for (at = at < 0 ? ~at : at; at < links.Count && (links[at].Target == directory || links[at].Target.IsBelow(directory)); at++)
            if (links[at].Target != directory) yield return links[at];
    }

    /// <summary>The paths that are linked to a key.</summary>
    public static IEnumerable<EntryPath> Of<TKey>(this ImmutableSortedSet<(TKey Key, EntryPath Path)> links, TKey key)
    {
        var at = links.IndexOf((key, EntryPath.Root));
        for (at = at < 0 ? ~at : at; at < links.Count && EqualityComparer<TKey>.Default.Equals(links[at].Key, key); at++) yield return links[at].Path;
    }
}
