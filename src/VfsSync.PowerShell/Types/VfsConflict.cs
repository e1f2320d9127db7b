using System.Globalization;
using VfsSync.Core.Rules;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Running;

namespace VfsSync;

/// <summary>
/// Two versions of one path that did not know of each other: one stands at the path, the other beside it, on every node. It is closed by Resolve-VfsConflict, or by
/// any change of one of the two. A path that more than two want has one of these for each copy.
/// </summary>
public sealed class VfsConflict
{
    internal VfsConflict(RunningNode node, ConflictStatus status)
    {
        Status = status;
        (Node, NodeId) = (node.Name, node.Id);
        (Ours, Theirs) = (new VfsConflictSide(status.Ours), new VfsConflictSide(status.Theirs));
        FullName = System.IO.Path.Combine(node.Root, Name.Replace('/', System.IO.Path.DirectorySeparatorChar));
    }

    /// <summary>The path that both want.</summary>
    public string Name => Status.Path.Text;

    /// <summary>Edited (two contents), Kinds (a file against a directory or a symlink) or Renamed (one came to the name by a rename).</summary>
    public string Kind => Status.Kind.ToString();

    /// <summary>When the later of the two was made, local time.</summary>
    public DateTime Since => Ours.Time > Theirs.Time ? Ours.Time : Theirs.Time;

    /// <summary>This node's version; where both or neither are, the one that stands at the path.</summary>
    public VfsConflictSide Ours { get; }

    /// <summary>The other.</summary>
    public VfsConflictSide Theirs { get; }

    /// <summary>Which of the two stands at the path: Ours or Theirs.</summary>
    public string Kept => Status.Winner == Status.Ours ? nameof(Ours) : nameof(Theirs);

    /// <summary>What the folder's policy says of conflicts there: keepBoth, merge (and they could not be merged), or newest (a file and a directory).</summary>
    public string Policy => Status.Policy switch { ConflictPolicy.Merge => "merge", ConflictPolicy.Newest => "newest", _ => "keepBoth" };

    /// <summary>The path of the copy beside it.</summary>
    public string Copy => Status.Loser.At.Text;

    /// <summary>The node that sees it.</summary>
    public string Node { get; }

    /// <summary>The path on this machine's disk.</summary>
    public string FullName { get; }

    internal string NodeId { get; }

    internal ConflictStatus Status { get; }

    /// <summary>What and between whom.</summary>
    public override string ToString() => $"{Name} ({Ours.Author}, {Theirs.Author})";
}

/// <summary>One of the two versions of a conflict.</summary>
public sealed class VfsConflictSide
{
    internal VfsConflictSide(ConflictSide side) =>
        (Author, Time, Kind, Size, Name) = (side.Author, side.Time.LocalDateTime, side.Entry.Kind.ToString(), side.Entry.Size, side.At.Text);

    /// <summary>The node that made it.</summary>
    public string Author { get; }

    /// <summary>When, by its author's clock, local time.</summary>
    public DateTime Time { get; }

    /// <summary>File, Directory or Symlink.</summary>
    public string Kind { get; }

    /// <summary>Bytes.</summary>
    public long Size { get; }

    /// <summary>Where it stands.</summary>
    public string Name { get; }

    /// <summary>Who and when.</summary>
    public override string ToString() => string.Create(CultureInfo.CurrentCulture, $"{Author} {Time:HH:mm:ss}");
}
