using System.Collections.Immutable;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace VfsSync.Core.Rules;

/// <summary>A text that is no policy: where, and what to write instead.</summary>
internal sealed class PolicyException(long line, long column, string message, Exception? inner = null) : Exception($"line {line}, column {column}: {message}", inner)
{
    public long Line => line;

    public long Column => column;
}

/// <summary>
/// Reads <c>.vfspolicy.yaml</c> (YAML 1.2): at the top <c>conflicts:</c> and <c>history:</c>, each either one word for the whole folder or lines of a glob and a word;
/// and what members may do: <c>roles:</c>, <c>nodes:</c>, <c>rules:</c>.
/// </summary>
internal static partial class PolicyText
{
    /// <summary>Longest text that is read, bytes.</summary>
    public const int Most = 64 * 1024;

    private const int Deepest = 20;
    private const string Unclosed = "it is not YAML: something before or at this place is not closed.";

    private static readonly (string Word, ConflictPolicy Value)[] s_conflicts = [("keepBoth", ConflictPolicy.KeepBoth), ("merge", ConflictPolicy.Merge), ("newest", ConflictPolicy.Newest)];
    private static readonly (string Word, HistoryScope Value)[] s_history = [("all", HistoryScope.All), ("peers", HistoryScope.Peers), ("none", HistoryScope.None)];

    /// <exception cref="PolicyException">It is no policy.</exception>
    public static Policy Read(ReadOnlySpan<byte> utf8)
    {
        var policy = Policy.Default;
        if (Root(Decode(utf8)) is not { } root) return policy;
        foreach (var (key, value) in root.Children)
        {
            policy = Scalar(key, "a key such as 'conflicts'") switch
            {
                "conflicts" => policy with { Conflicts = Lines(value, "conflicts", s_conflicts) },
                "history" => policy with { History = Lines(value, "history", s_history) },
                "roles" => policy with { Rights = policy.Rights with { Roles = RolesOf(value) } },
                "nodes" => policy with { Rights = policy.Rights with { Nodes = NodesOf(value) } },
                "rules" => policy with { Rights = policy.Rights with { Rules = RulesOf(value) } },
                var other => throw At(key, $"'{other}' is no key of a policy. There are 'roles', 'nodes', 'rules', 'conflicts' and 'history'."),
            };
        }
        return policy;
    }

    /// <summary>The text that a file's bytes are.</summary>
    /// <exception cref="PolicyException">They are none, or too many.</exception>
    public static string Decode(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > Most) throw new PolicyException(1, 1, $"the policy is longer than {Most / 1024} KiB.");
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(utf8);
            return text.StartsWith('\uFEFF') ? text[1..] : text;
        }
        catch (DecoderFallbackException e)
        {
            throw new PolicyException(1, 1, "it is no UTF-8 text. Save it as UTF-8.", e);
        }
    }

    private static YamlMappingNode? Root(string text)
    {
        RefuseEndless(text);
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new PolicyException(e.Start.Line, e.Start.Column, $"it is not YAML: {e.InnerException?.Message ?? e.Message}", e);
        }
        catch (Exception e) when (IsLibraryFault(e))
        {
            throw new PolicyException(text.Count(c => c == '\n') + 1, 1, Unclosed, e);
        }
        return yaml.Documents switch
        {
            [] => null,
            [{ RootNode: YamlMappingNode root }] => root,
            [{ RootNode: YamlScalarNode { Value: "" or null } }] => null,
            [var one] => throw At(one.RootNode, "the policy must be keys and values, such as 'conflicts: keepBoth'."),
            [_, var second, ..] => throw At(second.RootNode, "the policy must be one document: remove the '---' above."),
        };
    }

    // The library builds its tree by recursion, and asks a key that names itself for its hash without end: neither depth nor a name of what stands elsewhere must end the process.
    private static void RefuseEndless(string text)
    {
        var parser = new Parser(new StringReader(text));
        var (depth, alias) = (0, (AnchorAlias?)null);
        try
        {
            while (parser.MoveNext())
            {
                if (parser.Current is not { } here) continue;
                alias ??= here as AnchorAlias; // What is no YAML at all is told before it.
                depth += here.NestingIncrease;
                if (depth > Deepest) throw new PolicyException(here.Start.Line, here.Start.Column, "it is nested too deeply for a policy.");
            }
        }
        catch (YamlException e)
        {
            var hint = text.Split('\n') is var lines && e.Start.Line <= lines.Length && lines[e.Start.Line - 1].TrimStart().StartsWith('*') ? " A pattern that begins with '*' must stand in quotes." : "";
            throw new PolicyException(e.Start.Line, e.Start.Column, $"it is not YAML: {e.Message.TrimEnd('.')}.{hint}", e);
        }
        catch (Exception e) when (IsLibraryFault(e))
        {
            throw new PolicyException(parser.Current?.End.Line ?? 1, parser.Current?.End.Column ?? 1, Unclosed, e);
        }
        if (alias is not null) throw new PolicyException(alias.Start.Line, alias.Start.Column, $"names of something written elsewhere (*{alias.Value}) are not used in a policy. Write it out; a pattern that begins with '*' must stand in quotes.");
    }

    // The library stumbles over some texts that are no YAML: those that end within something, or lists that run on.
    private static bool IsLibraryFault(Exception e) => e is ArgumentException or InvalidOperationException or FormatException or IndexOutOfRangeException or NullReferenceException;

    private static ImmutableArray<PolicyLine<T>> Lines<T>(YamlNode node, string key, (string Word, T Value)[] words)
    {
        if (node is YamlScalarNode) return [new(Glob.Parse("**"), Word(node, words))];
        if (node is not YamlMappingNode lines) throw At(node, $"'{key}' must be a word ({Words(words)}) or lines such as '\"*.md\": {words[1].Word}'.");
        return [.. lines.Children.Select(line => new PolicyLine<T>(Pattern(line.Key), Word(line.Value, words)))];
    }

    private static Glob Pattern(YamlNode node)
    {
        try
        {
            return Glob.Parse(Scalar(node, "a pattern such as \"*.md\""));
        }
        catch (FormatException e)
        {
            throw At(node, e.Message + ".");
        }
    }

    private static T Word<T>(YamlNode node, (string Word, T Value)[] words)
    {
        var text = Scalar(node, $"one of {Words(words)}");
        foreach (var (word, value) in words)
            if (word == text) return value;
        throw At(node, $"'{text}' is none of {Words(words)}.");
    }

    private static string Words<T>((string Word, T Value)[] words) => string.Join(", ", words.Select(w => w.Word));

    private static string Scalar(YamlNode node, string wanted) => node is YamlScalarNode { Value: { } text } ? text : throw At(node, $"here must be {wanted}.");

    private static PolicyException At(YamlNode node, string message) => new(node.Start.Line, node.Start.Column, message);
}
