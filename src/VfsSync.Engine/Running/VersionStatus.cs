using VfsSync.Core.History;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Running;

/// <summary>What a version did to its path.</summary>
internal enum VersionKind
{
    Created,
    Modified,
    Removed,
    Renamed,
}

/// <summary>One version of a path, as the log knows it.</summary>
/// <param name="Path">The path.</param>
/// <param name="Number">Counted from 1, in the order of <see cref="VersionOrder"/>: the same on every node that has the same records.</param>
/// <param name="Dot">The record that made it.</param>
/// <param name="Time">When, by its author's clock.</param>
/// <param name="Author">The name of its author.</param>
/// <param name="Kind">What it did.</param>
/// <param name="Entry">What was there then; absent after a removal, and where something was renamed away.</param>
/// <param name="Growth">By how many bytes the content is longer than that of the version before.</param>
/// <param name="IsHeld">Whether all of its content is on this machine.</param>
/// <param name="Other">The other end of a rename.</param>
/// <param name="IsDenied">It does not hold: its author might not make it. Its number is 0.</param>
/// <param name="IsSetAside">It belongs to a course of its author's history that the author does not acknowledge. Its number is 0.</param>
internal sealed record VersionStatus(
    EntryPath Path, int Number, Dot Dot, DateTimeOffset Time, string Author, VersionKind Kind, Entry Entry, long Growth, bool IsHeld, EntryPath? Other,
    bool IsDenied = false, bool IsSetAside = false);
