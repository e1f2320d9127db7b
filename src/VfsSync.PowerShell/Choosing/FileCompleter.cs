using System.Collections;
using System.Management.Automation.Language;
using VfsSync.Core.Tree;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;
using Script = System.Management.Automation.PowerShell;

namespace VfsSync.PowerShell.Choosing;

/// <summary>The paths in a node's folder; what is written as a path of the file system is completed as one.</summary>
public class FileCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var start = wordToComplete?.Trim('\'', '"') ?? "";
        if (start is ['/' or '~', ..] or ['.', '/' or '\\', ..] or ['.', '.', ..]) return CompletionCompleters.CompleteFilename(wordToComplete);
        var own = Own(start, fakeBoundParameters);
        return start.StartsWith('.') ? own.Concat(CompletionCompleters.CompleteFilename(wordToComplete).Where(c => c.ListItemText is not null && c.CompletionText.Contains('/', StringComparison.Ordinal))) : own;
    }

    private IEnumerable<CompletionResult> Own(string start, IDictionary bound)
    {
        return from path in Paths(WildcardPattern.Unescape(start), bound)
               let written = Written(path)
               where path.StartsWith(start, StringComparison.OrdinalIgnoreCase) || written.StartsWith(start, StringComparison.OrdinalIgnoreCase)
               select new CompletionResult(WordCompleter.Quoted(written), path, CompletionResultType.ParameterValue, path);
    }

    // The parameter takes wildcards: what is one in a name must not act as one.
    private protected virtual string Written(string path) => WildcardPattern.ContainsWildcardCharacters(path) ? WildcardPattern.Escape(path) : path;

    private static IEnumerable<string> Paths(string start, IDictionary bound)
    {
        var cut = start.LastIndexOf('/');
        if (!EntryPath.TryParse(cut > 0 ? start[..cut] : "x", out var directory, out _)) return [];
        if (cut <= 0) directory = EntryPath.Root;
        try
        {
            return [.. NodeOf(bound)?.Sync.Files(directory, recurse: false).Select(f => f.Kind == EntryKind.Directory ? f.Path.Text + "/" : f.Path.Text) ?? []];
        }
        catch (CommandException)
        {
            return [];
        }
    }

    /// <summary>The node that the command line is about; null if that is not clear.</summary>
    internal static RunningNode? NodeOf(IDictionary? bound)
    {
        try
        {
            var named = bound?["Node"] is { } node ? LanguagePrimitives.ConvertTo<NodeChoice>(node) : null;
            return new NodeChooser(RunningNodes.All, Here()).One(named);
        }
        catch (Exception e) when (e is CommandException or PSInvalidCastException)
        {
            return null;
        }
    }

    private static string? Here()
    {
        using var ask = Script.Create(RunspaceMode.CurrentRunspace);
        return ask.AddScript("$ExecutionContext.SessionState.Path.CurrentFileSystemLocation.ProviderPath").Invoke<string>().FirstOrDefault();
    }
}

/// <summary>The same, for a parameter without wildcards.</summary>
public sealed class LiteralFileCompleter : FileCompleter
{
    private protected override string Written(string path) => path;
}
