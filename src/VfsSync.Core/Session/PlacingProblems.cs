using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>What is said of paths that cannot be brought up to date.</summary>
internal static class PlacingProblems
{
    // Nothing changed between the looks, and still it does not go: most likely there is something in the way that is not looked at.
    public static Problem Stuck(PlanStep step) => new(step.Path, ProblemKind.Unwritable, step is RemoveStep { Expected.Entry.Kind: EntryKind.Directory }
        ? $"The directory '{step.Path}' was removed elsewhere, but holds something that is not synced, such as a pipe or a socket. Remove that by hand; everything else in it is gone."
        : $"'{step.Path}' cannot be {(step is RemoveStep ? "removed" : step is RenameStep rename ? $"renamed from '{rename.From}'" : "brought up to date")}: the disk is not as it was when it was looked at, time and again. Move away what another program does there; it is tried again by itself.");

    public static Problem Nowhere(Placement pending, MemberTable members) => new(pending.Path, ProblemKind.ContentMissing,
        $"Nobody has the content of '{pending.Path}' that {members.NameOf(pending.Shown.Author.Node)} wrote: it was replaced or removed there before another node had it. If it turns up at a node, it comes by itself. Otherwise write the file anew, or give it up with Remove-VfsFile.");

    public static string TooMuchGone(IReadOnlyList<RemoveStep> gone, string authors, long? limit) =>
        $"{authors} removed {gone.Count} files within a minute, such as '{gone[0].Path}': more than the limit of {limit}. They are all still here. If that was meant, Resume-VfsNode goes on, and they are removed here, too; if not, copy them out of the folder first.";
}
