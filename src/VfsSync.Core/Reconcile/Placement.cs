using VfsSync.Core.History;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Reconcile;

/// <summary>One thing that the folder should show.</summary>
/// <param name="Path">Where it is shown.</param>
/// <param name="Entry">What is shown.</param>
/// <param name="Vector">Joined vectors of all heads of <paramref name="Path"/> that this shows: the parents of the next change there.</param>
/// <param name="Shown">The record that made the version shown.</param>
/// <param name="Origin">On whose behalf it is shown: <paramref name="Path"/> itself, or, for the copy of a head that lost, the path that it stands beside.</param>
/// <param name="MovedFrom">Where it was shown before: it came here by a rename, or its name went to another version.</param>
/// <param name="Of">The path whose version this is, where that is another.</param>
/// <param name="Withdrawn">Its content is held nowhere that its author can reach: it is shown if it turns up, and the disk keeps what it has until then.</param>
internal sealed record Placement(EntryPath Path, Entry Entry, VersionVector Vector, Dot Shown, EntryPath Origin, EntryPath? MovedFrom = null, EntryPath? Of = null, bool Withdrawn = false)
{
    /// <summary>Whether this is the copy of a head that lost, shown beside the winner.</summary>
    public bool IsCopy => Origin != Path;
}
