using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace VfsSync.Engine.Store;

/// <summary>What the disk under the store refuses, and what the user can do about it.</summary>
internal static class StoreRefusals
{
    private const int NoSpace = 28, ReadOnly = 30, Quota = 122, WindowsWriteProtected = 19, WindowsFull = 112;

    public static IOException Of(IOException e) => (OperatingSystem.IsWindows(), e.HResult & 0xFFFF) switch
    {
        (false, NoSpace) or (true, WindowsFull) => Full(e),
        (false, Quota) => new("The disk quota is used up; free some space or raise the quota.", e),
        (false, ReadOnly) or (true, WindowsWriteProtected) => Locked(e),
        _ => e,
    };

    public static IOException Of(SqliteException e) => e.SqliteErrorCode switch
    {
        raw.SQLITE_FULL => Full(e),
        raw.SQLITE_READONLY => Locked(e),
        raw.SQLITE_IOERR => new($"The disk fails, or is read-only: remount it read-write, or look at it ({e.Message}).", e),
        _ => new(e.Message + ".", e),
    };

    /// <summary>Why a folder cannot hold a node, as the end of a sentence.</summary>
    public static string Why(Exception e) => e switch
    {
        UnauthorizedAccessException => "this user may not write there. Change its permissions, or choose another folder.",
        IOException io when Of(io) is var known && known != io => $"{char.ToLowerInvariant(known.Message[0])}{known.Message[1..^1]}, or choose another folder.",
        _ => $"{e.Message.TrimEnd('.')}. Check its permissions, or choose another folder.",
    };

    private static IOException Full(Exception e) => new("The disk is full; free some space.", e);

    private static IOException Locked(Exception e) => new("The disk is read-only; remount it read-write.", e);
}
