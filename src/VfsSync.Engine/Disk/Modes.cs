using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk;

/// <summary>Modes on a disk that holds none (FAT, Windows): what it says of them is no news.</summary>
internal static class Modes
{
    private const int NewFile = 0x1A4, NewDirectory = 0x1ED; // 0644, 0755

    /// <summary>What was seen, with the mode that the version before had.</summary>
    public static Entry Held(IWorkingFolder folder, Entry seen, IndexRow? before) =>
        folder.HoldsModes || seen.Kind is not (EntryKind.File or EntryKind.Directory) ? seen
        : seen with { Mode = before?.Entry.Kind == seen.Kind ? before.Entry.Mode : seen.Kind == EntryKind.File ? NewFile : NewDirectory };
}
