using System.Text;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Wire;

/// <summary>What a change can be at all. Asked of our own changes before they are signed, and of everyone else's before they are believed.</summary>
internal static class ChangeRules
{
    public const int MaxTargetBytes = 4096;

    /// <summary>More authors than this in one vector are not believed.</summary>
    public const int MaxAuthors = 1024;

    /// <summary>What is wrong with the changes of one record; null if nothing is.</summary>
    public static string? Objection(IReadOnlyList<Change> changes)
    {
        var paths = new HashSet<(int, EntryPath)>(changes.Count);
        foreach (var change in changes)
        {
            if ((Objection(change) ?? Objection(change.Entry)) is { } reason) return reason;
            if (!paths.Add((change.Branch, change.Path)) || change.MovedFrom is { } from && !paths.Add((change.Branch, from)))
                return "A record says two things about one path; each path, also a rename's source, may be named once.";
        }
        return null;
    }

    private static string? Objection(Change change)
    {
        if (change.Branch < 0) return "A change has an impossible branch.";
        if (change.Path.IsRoot) return "A change is about the folder itself.";
        if (change.Parents.Dots.Length > MaxAuthors || change.FromParents.Dots.Length > MaxAuthors) return "A change has too many parents.";
        if (change.Withdrawn && (change.Entry.Kind != EntryKind.File || change.MovedFrom is not null || change.Parents.IsEmpty)) return "What is withdrawn was no file.";
        if (change.MovedFrom is not { } from) return change.FromParents.IsEmpty ? null : "A change that is no rename has parents of a source.";
        if (from.IsRoot || from == change.Path) return "A rename has an impossible source.";
        return change.Entry.IsAbsent ? "A rename leads to nothing." : null;
    }

    /// <summary>What is wrong with an entry; null if nothing is.</summary>
    public static string? Objection(Entry entry)
    {
        if (entry.Mode is < 0 or > 0x1FF) return "An entry has impossible permission bits.";
        if (entry.Kind != EntryKind.File && (entry.Size != 0 || entry.Content is not null)) return "An entry that is no file has content.";
        if (entry.Kind != EntryKind.Symlink && entry.Target is not null) return "An entry that is no symlink has a target.";
        return entry.Kind switch
        {
            EntryKind.Absent => entry == Entry.Absent ? null : "An absent entry has properties.",
            EntryKind.Directory => entry.ModifiedNs == 0 ? null : "A directory has a time.",
            EntryKind.Symlink => entry.Mode == 0 && IsTarget(entry.Target) ? null : "A symlink has an impossible target or mode.",
            EntryKind.File => Objection(entry.Content, entry.Size),
            _ => $"An entry has the unknown kind {(int)entry.Kind}.",
        };
    }

    private static string? Objection(Manifest? content, long size)
    {
        if (content is null || content.Size != size) return "A file has no content of its size.";
        try
        {
            ManifestReader.Check(content);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    private static bool IsTarget(string? target) =>
        !string.IsNullOrEmpty(target) && !target.Contains('\0', StringComparison.Ordinal) && Encoding.UTF8.GetByteCount(target) <= MaxTargetBytes;
}
