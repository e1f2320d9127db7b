namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>All rows, theme by theme.</summary>
internal static class ConflictRows
{
    public static IEnumerable<Row> All =>
    [
        .. FileRows.All, .. RenameRows.All, .. DirectoryRows.All, .. DirectoryRenameRows.All, .. KindRows.All, .. NameRows.All, .. SettledRows.All,
    ];
}
