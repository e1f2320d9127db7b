using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Running;

/// <summary>What a conflict is between.</summary>
internal enum ConflictKind
{
    /// <summary>Two contents (or attributes) of one path.</summary>
    Edited,

    /// <summary>A file, a directory and a symlink want one name.</summary>
    Kinds,

    /// <summary>Two came to one name, at least one of them by a rename.</summary>
    Renamed,
}

/// <summary>One of two versions that stand against each other.</summary>
/// <param name="Author">The name of its author.</param>
/// <param name="IsOwn">Whether this node wrote it.</param>
/// <param name="Time">When, by its author's clock.</param>
/// <param name="Entry">What it is.</param>
/// <param name="At">Where it is shown.</param>
/// <param name="Of">The path whose version it is.</param>
/// <param name="Dot">The record that made it.</param>
/// <param name="Vector">All of that path that it has seen.</param>
internal sealed record ConflictSide(string Author, bool IsOwn, DateTimeOffset Time, Entry Entry, EntryPath At, EntryPath Of, Dot Dot, VersionVector Vector);

/// <summary>A path with two versions that did not know of each other; where there are more, each that lost makes one of these.</summary>
/// <param name="Path">The path that both want.</param>
/// <param name="Kind">What it is between.</param>
/// <param name="Winner">What stands at the path.</param>
/// <param name="Loser">What stands beside it.</param>
/// <param name="Policy">What the folder's policy says of conflicts there.</param>
internal sealed record ConflictStatus(EntryPath Path, ConflictKind Kind, ConflictSide Winner, ConflictSide Loser, ConflictPolicy Policy = ConflictPolicy.KeepBoth)
{
    /// <summary>This node's version; where both or neither are, the one that stands at the path.</summary>
    public ConflictSide Ours => Loser.IsOwn && !Winner.IsOwn ? Loser : Winner;

    public ConflictSide Theirs => Ours == Winner ? Loser : Winner;
}

/// <summary>How a conflict is closed.</summary>
internal enum ConflictChoice
{
    /// <summary>What stands at the path; the copy goes.</summary>
    Winner,

    /// <summary>The copy takes the path.</summary>
    Loser,

    /// <summary>Both, the copy as a file of its own.</summary>
    Both,
}
