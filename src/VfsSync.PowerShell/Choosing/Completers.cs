using System.Collections;
using System.Globalization;
using System.Management.Automation.Language;
using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Choosing;

/// <summary>Completes from a list of words.</summary>
public abstract class WordCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var start = wordToComplete?.Trim('\'', '"') ?? "";
        return Words(start, fakeBoundParameters).Where(w => w.StartsWith(start, StringComparison.OrdinalIgnoreCase)).Select(w => new CompletionResult(Quoted(w), w, CompletionResultType.ParameterValue, w));
    }

    private protected abstract IEnumerable<string> Words(string start, IDictionary bound);

    internal static string Quoted(string word) => word.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or '/') ? word : $"'{word.Replace("'", "''", StringComparison.Ordinal)}'";
}

/// <summary>The nodes of this session.</summary>
public sealed class NodeCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(string start, IDictionary bound) => RunningNodes.All.Select(n => n.Name);
}

/// <summary>The members that the nodes of this session know.</summary>
public sealed class MemberCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(string start, IDictionary bound) => RunningNodes.All.SelectMany(n => n.Sync.Members()).Select(m => m.Name).Distinct();
}

/// <summary>The invitations that the nodes of this session know: their names, else the first digits of what they are called inside.</summary>
public sealed class InvitationCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(string start, IDictionary bound) => RunningNodes.All.SelectMany(n => n.Sync.Invitations()).Select(i => i.Name ?? i.Id.ToString()[..8]).Distinct();
}

/// <summary>Those who write: the nodes of this session, and the members that they know.</summary>
public sealed class AuthorCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(string start, IDictionary bound) =>
        RunningNodes.All.Select(n => n.Name).Concat(RunningNodes.All.SelectMany(n => n.Sync.Members()).Select(m => m.Name)).Distinct();
}

/// <summary>The versions of the path that is named already, the newest first.</summary>
public sealed class VersionCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        if ((fakeBoundParameters?["Path"] ?? fakeBoundParameters?["LiteralPath"]) is not { } named || !EntryPath.TryParse(Text(named), out var path, out _)) return [];
        return from version in FileCompleter.NodeOf(fakeBoundParameters)?.Sync.History(path).Reverse() ?? []
               let number = version.Number.ToString(CultureInfo.InvariantCulture)
               where number.StartsWith(wordToComplete ?? "", StringComparison.Ordinal)
               select new CompletionResult(number, $"{number}  {version.Time.LocalDateTime:yyyy-MM-dd HH:mm:ss}  {version.Author}  {version.Kind}", CompletionResultType.ParameterValue, $"{version.Kind} by {version.Author} on {version.Time.LocalDateTime}");
    }

    private static string Text(object named) => (named as IEnumerable<object>)?.FirstOrDefault()?.ToString() ?? named.ToString() ?? "";
}

/// <summary>The roles.</summary>
public sealed class RoleCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(string start, IDictionary bound) => RoleChoice.Usable;
}

/// <summary>How a path may stand.</summary>
public sealed class StateCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(string start, IDictionary bound) => Enum.GetNames<FileState>();
}

/// <summary>The permissions.</summary>
public sealed class PermissionCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(string start, IDictionary bound) => ["read", "write", "delete", "admin"];
}

/// <summary>The kinds of activity.</summary>
public sealed class ActivityCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(string start, IDictionary bound) {
        var kinds = Enum.GetNames<SyncEventKind>();
        return kinds.Concat(kinds.Select(ViewText.ShownKind)).Distinct();
    }
}

/// <summary>Moments, as examples of what can be written.</summary>
public sealed class MomentCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(string start, IDictionary bound) => ["10m", "1h", "2h", "1d", "7d", "today", "yesterday"];
}

/// <summary>Lengths of time, as examples of what can be written.</summary>
public sealed class DurationCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(string start, IDictionary bound) => ["1h", "24h", "7d", "30d", "never"];
}

/// <summary>The addresses of members that are not connected.</summary>
public sealed class AddressCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(string start, IDictionary bound) =>
        RunningNodes.All.SelectMany(n => n.Sync.Members()).Where(m => m.State != MemberState.Connected).Select(m => m.Address).OfType<string>().Distinct();
}

/// <summary>Offers nothing, where the names of files would mislead.</summary>
public sealed class NothingCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(string start, IDictionary bound) => [];
}

/// <summary>The kinds of problem.</summary>
public sealed class ProblemCompleter : WordCompleter
{
    private protected override IEnumerable<string> Words(string start, IDictionary bound) => Enum.GetNames<ProblemKind>();
}
