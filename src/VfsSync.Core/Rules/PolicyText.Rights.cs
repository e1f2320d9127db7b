using System.Collections.Immutable;
using System.Text;
using VfsSync.Core.History;
using YamlDotNet.RepresentationModel;

namespace VfsSync.Core.Rules;

internal static partial class PolicyText
{
    /// <summary>The word for a node that may do nothing, and for a rule that lets nobody.</summary>
    public const string None = "none";

    /// <summary>The words for permissions.</summary>
    public static IReadOnlyList<(string Word, Permissions Value)> PermissionWords => s_permissions;

    private static readonly (string Word, Permissions Value)[] s_permissions =
        [("read", Permissions.Read), ("write", Permissions.Write), ("delete", Permissions.Delete), ("admin", Permissions.Admin)];

    private static ImmutableArray<RoleRights> RolesOf(YamlNode node)
    {
        var roles = ImmutableArray.CreateBuilder<RoleRights>();
        foreach (var (key, value) in Mapping(node, "'roles' must be lines such as 'editor: [read, write]'.", PolicyStatement.MaxRoles))
        {
            var name = Name(key, "the name of a role");
            if (name is KnownRoles.Admin or KnownRoles.Vault) throw At(key, $"what the role '{name}' may do cannot be changed. Give the node another role, or a list.");
            if (name == None) throw At(key, $"'{None}' is no name for a role.");
            roles.Add(new RoleRights(name, List(value, orRole: false)));
        }
        return roles.ToImmutable();
    }

    private static ImmutableArray<NodeLine> NodesOf(YamlNode node)
    {
        var nodes = ImmutableArray.CreateBuilder<NodeLine>();
        foreach (var (key, value) in Mapping(node, "'nodes' must be lines such as 'laptop: reader'.", PolicyStatement.MaxNodes))
        {
            var name = Place(key, Name(key, "the name of a node"));
            if (value is YamlScalarNode { Value: None }) nodes.Add(new NodeLine(name, null, Permissions.None));
            else if (value is YamlScalarNode) nodes.Add(new NodeLine(name, Place(value, Name(value, "a role")), default));
            else nodes.Add(new NodeLine(name, null, List(value, orRole: true)));
        }
        return nodes.ToImmutable();
    }

    private static ImmutableArray<RuleLine> RulesOf(YamlNode node)
    {
        const string Example = "'rules' must be lines such as '\"legal/**\": { write: [alice], delete: none }'.";
        var rules = ImmutableArray.CreateBuilder<RuleLine>();
        foreach (var (key, value) in Mapping(node, Example, PathRule.Most))
        {
            var rule = new RuleLine(Pattern(key), default, default);
            foreach (var (verb, who) in Mapping(value, Example, PathRule.Most))
            {
                rule = Scalar(verb, "'write' or 'delete'") switch
                {
                    "write" => rule with { Write = Subjects(who) },
                    "delete" => rule with { Delete = Subjects(who) },
                    var other => throw At(verb, $"a rule says who may 'write' and who may 'delete', not '{other}'."),
                };
            }
            if (rule.Write.IsDefault && rule.Delete.IsDefault) throw At(key, "this rule says nothing: add 'write', 'delete' or both.");
            rules.Add(rule);
        }
        return rules.ToImmutable();
    }

    private static ImmutableArray<Named> Subjects(YamlNode node) => node switch
    {
        YamlScalarNode { Value: None } => [],
        YamlScalarNode => [Place(node, Name(node, "the name of a node or a role"))],
        YamlSequenceNode { Children.Count: <= PathRule.Most } all => [.. all.Children.Select(one => Place(one, Name(one, "the name of a node or a role")))],
        _ => throw At(node, $"here must be names of nodes and roles, such as [alice, admin], or '{None}'."),
    };

    private static Permissions List(YamlNode node, bool orRole)
    {
        if (node is not YamlSequenceNode list) throw At(node, $"here must be {(orRole ? $"a role, '{None}' or " : "")}a list such as [{Words(s_permissions)}].");
        var may = list.Children.Aggregate(Permissions.None, (sum, one) => sum | Word(one, s_permissions));
        if (may != Permissions.None && !may.HasFlag(Permissions.Read)) throw At(node, "who may do anything must be able to 'read': members share the keys of the folder.");
        return may;
    }

    private static IEnumerable<KeyValuePair<YamlNode, YamlNode>> Mapping(YamlNode node, string otherwise, int most)
    {
        if (node is YamlScalarNode { Value: "" or null }) return [];
        if (node is not YamlMappingNode lines) throw At(node, otherwise);
        return lines.Children.Count <= most ? lines.Children : throw At(node, $"there are more than {most} lines here.");
    }

    private static string Name(YamlNode node, string wanted)
    {
        var name = Scalar(node, wanted);
        if (name.Length == 0) throw At(node, $"here must be {wanted}.");
        return Encoding.UTF8.GetByteCount(name) <= PolicyStatement.MaxName && !name.Any(char.IsControl) ? name : throw At(node, $"'{name[..Math.Min(name.Length, 40)]}' is no name.");
    }

    private static Named Place(YamlNode node, string text) => new(text, node.Start.Line, node.Start.Column);
}
