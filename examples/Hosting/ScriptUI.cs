using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace VfsSync.Hosting;

/// <summary>Text in, text out. Colours only where the output can show them; progress on one line of the error output, or not at all.</summary>
public sealed class ScriptUI(TextReader input, TextWriter output, TextWriter errors, bool colours, bool progress, int width) : PSHostUserInterface
{
    private bool _progressShown;

    /// <summary>The process's own console.</summary>
    public static ScriptUI Console { get; } = new(
        System.Console.In, System.Console.Out, System.Console.Error,
        colours: !System.Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null,
        progress: !System.Console.IsErrorRedirected,
        width: System.Console.IsOutputRedirected ? 120 : Math.Max(40, System.Console.WindowWidth));

    /// <inheritdoc/>
    public override PSHostRawUserInterface RawUI { get; } = new ScriptRawUI(width);

    /// <inheritdoc/>
    public override bool SupportsVirtualTerminal => colours;

    /// <summary>While set, what is written goes to the error output.</summary>
    internal bool AllToErrors { get; set; }

    /// <inheritdoc/>
    public override string ReadLine() => input.ReadLine() ?? "";

    /// <inheritdoc/>
    public override SecureString ReadLineAsSecureString()
    {
        var secret = new SecureString();
        foreach (var c in ReadLine()) secret.AppendChar(c);
        secret.MakeReadOnly();
        return secret;
    }

    /// <inheritdoc/>
    public override void Write(string value)
    {
        ClearProgress();
        var writer = AllToErrors ? errors : output;
        writer.Write(Shown(value));
        writer.Flush();
    }

    /// <inheritdoc/>
    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Write(value);

    /// <inheritdoc/>
    public override void WriteLine(string value) => Write(value + Environment.NewLine);

    /// <inheritdoc/>
    public override void WriteErrorLine(string value)
    {
        ClearProgress();
        errors.WriteLine(Shown(value));
        errors.Flush();
    }

    /// <inheritdoc/>
    public override void WriteDebugLine(string message) => WriteLine("DEBUG: " + message);

    /// <inheritdoc/>
    public override void WriteVerboseLine(string message) => WriteLine("VERBOSE: " + message);

    /// <inheritdoc/>
    public override void WriteWarningLine(string message) => WriteLine("WARNING: " + message);

    /// <inheritdoc/>
    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        ClearProgress();
        if (!progress || record.RecordType == ProgressRecordType.Completed) return;
        var line = $"{record.Activity}: {record.StatusDescription}";
        errors.Write("\r" + line[..Math.Min(line.Length, width - 1)]);
        _progressShown = true;
    }

    /// <inheritdoc/>
    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        ArgumentNullException.ThrowIfNull(choices);
        if (!string.IsNullOrEmpty(caption)) WriteLine(caption);
        if (!string.IsNullOrEmpty(message)) WriteLine(message);
        while (true)
        {
            Write(string.Join("  ", choices.Select(c => $"[{Letter(c)}] {c.Label.Replace("&", "", StringComparison.Ordinal)}")) + ": ");
            if (input.ReadLine() is not { } answer) throw new HostException("A question was asked, and there is nobody to answer it. Say -Confirm:$false to be asked nothing.");
            if (answer.Length == 0 && defaultChoice >= 0) return defaultChoice;
            for (var i = 0; i < choices.Count; i++)
                if (answer.Trim().Equals(Letter(choices[i]), StringComparison.OrdinalIgnoreCase) || answer.Trim().Equals(choices[i].Label.Replace("&", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)) return i;
        }
    }

    /// <inheritdoc/>
    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
    {
        ArgumentNullException.ThrowIfNull(descriptions);
        var answers = new Dictionary<string, PSObject>();
        foreach (var field in descriptions)
        {
            Write(field.Name + ": ");
            answers[field.Name] = PSObject.AsPSObject(input.ReadLine() ?? throw new HostException($"'{field.Name}' is needed, and there is nobody to ask for it."));
        }
        return answers;
    }

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) => throw new HostException("This host asks for no credentials.");

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
        throw new HostException("This host asks for no credentials.");

    private static string Letter(ChoiceDescription choice) =>
        choice.Label.IndexOf('&', StringComparison.Ordinal) is >= 0 and var mark && mark + 1 < choice.Label.Length ? choice.Label[mark + 1].ToString() : choice.Label;

    private string Shown(string? text) => text is null ? "" : colours ? text : new System.Management.Automation.Internal.StringDecorated(text).ToString(OutputRendering.PlainText);

    private void ClearProgress()
    {
        if (!_progressShown) return;
        errors.Write("\r\e[K");
        _progressShown = false;
    }
}
