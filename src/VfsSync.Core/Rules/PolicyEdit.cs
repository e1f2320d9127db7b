using System.Text;
using VfsSync.Core.History;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace VfsSync.Core.Rules;

/// <summary>Changes single lines of a policy's text and leaves all others as their author wrote them, remarks and order included.</summary>
internal static class PolicyEdit
{
    private const string Key = "nodes";

    /// <summary>The text with another line for one node under <c>nodes:</c>.</summary>
    /// <param name="text">A policy; empty where there is none yet.</param>
    /// <param name="isNode">Whether a name in the text is that of the node.</param>
    /// <param name="name">What the node is called where the text does not name it yet.</param>
    /// <param name="value">A role, 'none', or a list such as <c>[read, write]</c>.</param>
    /// <exception cref="PolicyException">The text is no policy, or its nodes stand in a form that only its author can change.</exception>
    public static string WithNode(string text, Func<string, bool> isNode, string name, string value)
    {
        var before = PolicyText.Read(Encoding.UTF8.GetBytes(text));
        var edited = Edited(text, isNode, name, value);
        return IsThat(before, edited, isNode, value) ? edited
            : throw new PolicyException(1, 1, $"a line for '{name}' cannot be put into this text as it stands. Write it by hand ({Quoted(name)}: {value}, under {Key}:), or remove what ends the text before its end (...).");
    }

    // Texts of other forms than those that are looked for here must not come out as something else.
    private static bool IsThat(Policy before, string edited, Func<string, bool> isNode, string value)
    {
        try
        {
            var (now, wanted) = (PolicyText.Read(Encoding.UTF8.GetBytes(edited)), PolicyText.Read(Encoding.UTF8.GetBytes($"{Key}: {{ x: {value} }}")).Rights.Nodes[0]);
            bool IsLine(NodeLine line) => isNode(line.Node.Text);
            return now.Conflicts.Length == before.Conflicts.Length && now.History.Length == before.History.Length && now.Rights.Roles.SequenceEqual(before.Rights.Roles) && now.Rights.Rules.Length == before.Rights.Rules.Length
                && now.Rights.Nodes.Count(n => !IsLine(n)) == before.Rights.Nodes.Count(n => !IsLine(n)) && now.Rights.Nodes.FirstOrDefault(IsLine) is { } line && (line.Role?.Text, line.May) == (wanted.Role?.Text, wanted.May);
        }
        catch (PolicyException)
        {
            return false;
        }
    }

    private static string Edited(string text, Func<string, bool> isNode, string name, string value)
    {
        var root = RootOf(text);
        var lines = root is null ? null : NodesOf(root);
        if (lines is null && root?.Style == YamlDotNet.Core.Events.MappingStyle.Flow) return text.Insert((int)root.Start.Index + 1, $" {Key}: {{ {Quoted(name)}: {value} }}{(root.Children.Count > 0 ? "," : " ")}");
        if (lines is null)
        {
            var margin = new string(' ', root is { Children.Count: > 0 } ? (int)root.Children.Keys.First().Start.Column - 1 : 0);
            return $"{EndOfLine(text)}{margin}{Key}:{Line(text)}{margin}  {Quoted(name)}: {value}{Line(text)}";
        }
        if (lines.Children.Keys.OfType<YamlScalarNode>().FirstOrDefault(k => isNode(k.Value!)) is { } known) return Replaced(text, lines.Children[known], value);
        if (lines.Style == YamlDotNet.Core.Events.MappingStyle.Flow) return text.Insert((int)lines.Start.Index + 1, $" {Quoted(name)}: {value}{(lines.Children.Count > 0 ? "," : " ")}");
        var first = lines.Children.Keys.First().Start;
        var indent = new string(' ', (int)first.Column - 1);
        var at = text.LastIndexOf('\n', Math.Max(0, (int)first.Index - 1)) + 1;
        return text.Insert(at, $"{indent}{Quoted(name)}: {value}{Line(text)}");
    }

    private static YamlMappingNode? RootOf(string text)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        return yaml.Documents is [{ RootNode: YamlMappingNode root }] ? root : null;
    }

    private static YamlMappingNode? NodesOf(YamlMappingNode root)
    {
        foreach (var (key, value) in root.Children)
        {
            if (key is not YamlScalarNode { Value: Key }) continue;
            return value is YamlMappingNode { Children.Count: > 0 } lines ? lines : throw new PolicyException(key.Start.Line, key.Start.Column, $"'{Key}' is empty here. Remove this line, or write a node below it.");
        }
        return null;
    }

    private static string Replaced(string text, YamlNode old, string value)
    {
        var (from, to) = ((int)old.Start.Index, (int)old.End.Index);
        // What a list in lines of its own takes up ends somewhere in what follows it.
        if (old is YamlSequenceNode { Style: not YamlDotNet.Core.Events.SequenceStyle.Flow }) throw new PolicyException(old.Start.Line, old.Start.Column, "this list stands in lines of its own. Write it as [read, write], or change it by hand.");
        if (old is YamlSequenceNode list && to <= from) to = text.IndexOf(']', list.Children.Count > 0 ? (int)list.Children[^1].End.Index : from) + 1;
        return text[..from] + value + text[to..];
    }

    private static string Quoted(string name) => name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.') && !name.All(char.IsDigit) ? name : $"\"{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static string EndOfLine(string text) => text.Length == 0 || text.EndsWith('\n') ? text : text + Line(text);

    private static string Line(string text) => text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";

    /// <summary>How a set of permissions is written in a policy.</summary>
    public static string ValueOf(Permissions may)
    {
        if (may == Permissions.None) return PolicyText.None;
        var words = PolicyText.PermissionWords.Where(w => may.HasFlag(w.Value)).Select(w => w.Word);
        return $"[{string.Join(", ", words)}]";
    }
}
