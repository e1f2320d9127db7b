using VfsSync.Engine.Running;

namespace VfsSync.PowerShell.Pipeline;

/// <summary>Exceptions into ErrorRecords with stable ids. The engine's own ids get the prefix Vfs.</summary>
internal static class VfsErrors
{
    public static ErrorRecord Of(Exception e, object? target) => e switch
    {
        CommandException command => command.ToRecord(),
        NodeException node => new ErrorRecord(node, "Vfs" + node.Id, CategoryOf(node.Id), target),
        UnauthorizedAccessException => new ErrorRecord(e, "VfsAccessDenied", ErrorCategory.PermissionDenied, target),
        FileNotFoundException or DirectoryNotFoundException => new ErrorRecord(e, "VfsNotFound", ErrorCategory.ObjectNotFound, target),
        IOException => new ErrorRecord(e, "VfsDiskFailed", ErrorCategory.DeviceError, target),
        FormatException => new ErrorRecord(e, "VfsPathInvalid", ErrorCategory.InvalidArgument, target),
        _ => new ErrorRecord(e, "VfsFailed", ErrorCategory.NotSpecified, target),
    };

    private static ErrorCategory CategoryOf(string id) => id switch
    {
        "NotFound" or "FolderNotFound" => ErrorCategory.ObjectNotFound,
        "AlreadyExists" => ErrorCategory.ResourceExists,
        "ContentMissing" or "Unreachable" => ErrorCategory.ResourceUnavailable,
        "FolderInUse" or "PortInUse" => ErrorCategory.ResourceBusy,
        "NotAdmin" or "NotAMember" => ErrorCategory.PermissionDenied,
        "NotWritable" => ErrorCategory.WriteError,
        "UnknownRole" or "IsDirectory" => ErrorCategory.InvalidArgument,
        "Timeout" => ErrorCategory.OperationTimeout,
        _ when id.StartsWith("Invitation", StringComparison.Ordinal) => ErrorCategory.SecurityError,
        _ => ErrorCategory.InvalidOperation,
    };
}
