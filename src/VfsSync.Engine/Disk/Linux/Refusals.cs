using System.Runtime.InteropServices;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>What an errno means for a path, and what the user can do about it.</summary>
internal static class Refusals
{
    public static bool IsAbsence(int errno) => errno is Errno.NoEntry or Errno.NotDirectory or Errno.Loop;

    /// <summary>The disk is not as the plan assumed, or it refuses.</summary>
    public static PutOutcome Outcome(EntryPath path, int errno, Func<string>? owner = null) =>
        IsAbsence(errno) || errno is Errno.Exists or Errno.NotEmpty or Errno.IsDirectory
            ? new(PutResult.Surprise, default)
            : new(PutResult.Failed, default, Writing(path, errno, owner));

    public static Problem Writing(EntryPath path, int errno, Func<string>? owner = null) => errno switch
    {
        Errno.NameTooLong or Errno.BadSequence or Errno.Invalid =>
            new(path, ProblemKind.NameNotHere, $"This disk cannot hold the name '{Names.Shown(path.Name)}' ({Text(errno)}); rename it on another node."),
        Errno.NoSpace => Unwritable(path, "The disk is full; free some space, then it is tried again."),
        Errno.Quota => Unwritable(path, "The disk quota is used up; free some space or raise the quota, then it is tried again."),
        Errno.ReadOnly => Unwritable(path, "The file system is mounted read-only; remount it read-write."),
        Errno.OtherDevice => Unwritable(path, "It lies on another file system than the folder, where nothing can be put in one step; unmount that, or sync it as a folder of its own."),
        Errno.Access or Errno.NotPermitted => Unwritable(path, $"Not permitted{owner?.Invoke()}; give the user that runs the node write access (chown, or chmod u+rwx on its directory)."),
        Errno.Busy or Errno.TextBusy => Unwritable(path, "It is in use by the system; it is tried again."),
        Errno.TableFull or Errno.TooManyOpen => Unwritable(path, "Too many open files; raise the limit (ulimit -n)."),
        _ => Unwritable(path, $"The disk refuses: {Text(errno)}."),
    };

    public static DiskProblemException Reading(EntryPath path, int errno) => new(new(path, ProblemKind.Unreadable, errno switch
    {
        Errno.Access or Errno.NotPermitted => $"{Names.Subject(path)} may not be read; give the user that runs the node read access (chmod u+r, or chown).",
        Errno.TableFull or Errno.TooManyOpen => "Too many open files; raise the limit (ulimit -n).",
        _ when IsAbsence(errno) => $"{Names.Subject(path)} is not there any more.",
        _ => $"{Names.Subject(path)} cannot be read: {Text(errno)}.",
    }));

    public static DiskProblemException Staging(int errno) => new(Writing(EntryPath.Root, errno));

    private static Problem Unwritable(EntryPath path, string message) => new(path, ProblemKind.Unwritable, $"{Names.Subject(path)} cannot be written. {message}");

    private static string Text(int errno) => Marshal.GetPInvokeErrorMessage(errno);
}
