using System.Globalization;
using System.Management.Automation.Host;

namespace VfsSync.Hosting;

/// <summary>A PowerShell host that reads and writes text: a console's, or a test's.</summary>
public sealed class ScriptHost(ScriptUI ui) : PSHost
{
    /// <summary>What `exit` asked for; null while nothing did.</summary>
    public int? ExitCode { get; private set; }

    /// <inheritdoc/>
    public override string Name => "VfsSync.Hosting";

    /// <inheritdoc/>
    public override Version Version { get; } = typeof(ScriptHost).Assembly.GetName().Version!;

    /// <inheritdoc/>
    public override Guid InstanceId { get; } = Guid.NewGuid();

    /// <inheritdoc/>
    public override PSHostUserInterface UI => ui;

    /// <inheritdoc/>
    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    /// <inheritdoc/>
    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    /// <inheritdoc/>
    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    /// <inheritdoc/>
    public override void EnterNestedPrompt() => throw new NotSupportedException("This host has no nested prompt.");

    /// <inheritdoc/>
    public override void ExitNestedPrompt() => throw new NotSupportedException("This host has no nested prompt.");

    /// <inheritdoc/>
    public override void NotifyBeginApplication()
    {
        // Programs share the console as it is.
    }

    /// <inheritdoc/>
    public override void NotifyEndApplication()
    {
        // Programs share the console as it is.
    }
}
