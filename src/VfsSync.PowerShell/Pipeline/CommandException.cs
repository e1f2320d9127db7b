namespace VfsSync.PowerShell.Pipeline;

/// <summary>What a cmdlet cannot do, on its way to an ErrorRecord.</summary>
internal sealed class CommandException(string id, ErrorCategory category, object? target, string message, Exception? inner = null) : Exception(message, inner)
{
    public ErrorRecord ToRecord() => new(this, id, category, target);
}
