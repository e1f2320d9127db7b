using VfsSync.Engine.Running;

namespace VfsSync.PowerShell.Pipeline;

/// <summary>Exceptions into ErrorRecords with stable ids; the engine's exceptions bring theirs.</summary>
internal static class VfsErrors
{
    public static ErrorRecord Of(Exception e, object? target) => e switch
    {
        CommandException command => command.ToRecord(),
        NodeException node => new ErrorRecord(node, node.Id, CategoryOf(node.Id), target),
        UnauthorizedAccessException => new ErrorRecord(e, "VfsAccessDenied", ErrorCategory.PermissionDenied, target),
        FileNotFoundException or DirectoryNotFoundException => new ErrorRecord(e, "VfsNotFound", ErrorCategory.ObjectNotFound, target),
        IOException => new ErrorRecord(e, "VfsDiskFailed", ErrorCategory.DeviceError, target),
        FormatException => new ErrorRecord(e, "VfsPathInvalid", ErrorCategory.InvalidArgument, target),
        _ => new ErrorRecord(e, "VfsFailed", ErrorCategory.NotSpecified, target),
    };

    private static ErrorCategory CategoryOf(string id) => id switch
    {
        "VfsNotFound" or "VfsNoSuchFolder" or "VfsNoConflict" => ErrorCategory.ObjectNotFound,
        "VfsAlreadyExists" or "VfsNameTaken" => ErrorCategory.ResourceExists,
        "VfsContentMissing" or "VfsUnreachable" => ErrorCategory.ResourceUnavailable,
        "VfsFolderInUse" or "VfsPortInUse" or "VfsChangedMeanwhile" => ErrorCategory.ResourceBusy,
        "VfsDenied" or "VfsNotAdmin" or "VfsNotAMember" or "VfsUnreadable" => ErrorCategory.PermissionDenied,
        "VfsNotWritable" => ErrorCategory.WriteError,
        "VfsUnknownRole" or "VfsPolicyInvalid" or "VfsIsDirectory" or "VfsIsSymlink" or "VfsNotADirectory" or "VfsBadName" or "VfsBadAddress" or "VfsInvalidTarget" or "VfsNotAFolder" or "VfsNestedFolder" => ErrorCategory.InvalidArgument,
        "VfsDamaged" or "VfsNewerVersion" or "VfsVersionMismatch" => ErrorCategory.InvalidData,
        _ when id.StartsWith("VfsInvitation", StringComparison.Ordinal) => ErrorCategory.SecurityError,
        _ => ErrorCategory.InvalidOperation,
    };
}
