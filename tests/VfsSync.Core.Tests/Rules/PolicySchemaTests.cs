using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using VfsSync.Core.Rules;
using YamlDotNet.RepresentationModel;

namespace VfsSync.Core.Tests.Rules;

/// <summary>The schema that editors complete and check by says of a policy what its reader says.</summary>
public sealed class PolicySchemaTests
{
    private static readonly Lazy<JsonSchema> s_schema = new(() => JsonSchema.FromText(File.ReadAllText(Path.Combine(ArchitectureTests.Root(), "docs", "vfspolicy.schema.json"))));

    [Theory]
    [InlineData(true, "")]
    [InlineData(true, "conflicts: merge")]
    [InlineData(true, "conflicts: { '*.md': merge, build/: newest }\nhistory: { '*.iso': peers }")]
    [InlineData(true, "history: none")]
    [InlineData(true, "roles: { editor: [read, write], auditor: [read], nobody: [] }")]
    [InlineData(true, "nodes: { a: writer, b: [read, write], c: auditor, d: none, e: [] }")]
    [InlineData(true, "rules: { 'legal/**': { write: [alice, admin], delete: none }, '*.lock': { delete: [editor] }, x: { write: alice } }")]
    [InlineData(true, "roles:\nnodes:\nrules:\n")]
    [InlineData(false, "conflict: merge")]
    [InlineData(false, "conflicts: keepboth")]
    [InlineData(false, "conflicts: [merge]")]
    [InlineData(false, "history: { '*': some }")]
    [InlineData(false, "history:\n  '*':\n    all: yes")]
    [InlineData(false, "- conflicts")]
    [InlineData(false, "merge")]
    [InlineData(false, "roles: { admin: [read] }")]
    [InlineData(false, "roles: { none: [read] }")]
    [InlineData(false, "roles: { editor: writer }")]
    [InlineData(false, "roles: { editor: [fly] }")]
    [InlineData(false, "nodes: { a: [write] }")]
    [InlineData(false, "nodes: { a: { role: writer } }")]
    [InlineData(false, "nodes: [a]")]
    [InlineData(false, "rules: { x: {} }")]
    [InlineData(false, "rules: { x: { read: [a] } }")]
    [InlineData(false, "rules: { x: [a] }")]
    [InlineData(false, "rules: { x: { write: { a: b } } }")]
    public void It_agrees_with_the_reader(bool isPolicy, string text)
    {
        Assert.Equal(isPolicy, Reads(text));
        using var json = JsonDocument.Parse(AsJson(text)?.ToJsonString() ?? "null");
        Assert.Equal(isPolicy, s_schema.Value.Evaluate(json.RootElement).IsValid);
    }

    private static bool Reads(string text)
    {
        try
        {
            _ = PolicyText.Read(Encoding.UTF8.GetBytes(text));
            return true;
        }
        catch (PolicyException)
        {
            return false;
        }
    }

    private static JsonNode? AsJson(string text)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        return yaml.Documents.Count == 0 ? null : Of(yaml.Documents[0].RootNode);
    }

    private static JsonNode? Of(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(c => KeyValuePair.Create(((YamlScalarNode)c.Key).Value!, Of(c.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Of)]),
        YamlScalarNode { Value: "" or null } => null,
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new ArgumentException("no node", nameof(node)),
    };
}
