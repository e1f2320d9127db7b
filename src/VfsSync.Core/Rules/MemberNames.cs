using VfsSync.Core.History;

namespace VfsSync.Core.Rules;

/// <summary>How a policy's text names members: by name, or by how the id begins.</summary>
internal static class MemberNames
{
    /// <summary>Whom a word of the text means; null if nobody.</summary>
    /// <exception cref="PolicyException">It means more than one: nobody is to become what a line means by the name that he takes.</exception>
    public static NodeId? NodeOf(Named name, IReadOnlyCollection<(string Name, NodeId Node)> members)
    {
        var called = Called(name.Text, members);
        var begins = Beginning(name.Text, members);
        if (begins is [var whole] && name.Text.Length == whole.ToString().Length) return whole; // Else a name could stand in the way of any id.
        if (called.Count > 1) throw new PolicyException(name.Line, name.Column, $"{called.Count} nodes are called '{name.Text}'. Write the first {NodeId.ShortestBeginning} digits of the one's id (Get-VfsPermission | Select-Object Member, Id).");
        if (called is [var one] && begins.Exists(n => n != one)) throw new PolicyException(name.Line, name.Column, $"'{name.Text}' is what one node is called, and how the id of another begins. Write the whole id of the one that is meant (Get-VfsPermission | Select-Object Member, Id).");
        return called is [var only] ? only : begins is [var other] ? other : null;
    }

    /// <summary>What to write in the text for a member: its name, or as much of its id as no other one's shares where the name would not do.</summary>
    public static string WordFor(NodeId node, string name, IReadOnlyCollection<(string Name, NodeId Node)> members)
    {
        if (!NodeId.IsBeginning(name) && Called(name, members) is [var one] && one == node) return name;
        var id = node.ToString();
        var length = NodeId.ShortestBeginning;
        while (length < id.Length && (Beginning(id[..length], members).Count > 1 || Called(id[..length], members).Count > 0)) length++;
        return id[..length];
    }

    private static List<NodeId> Called(string text, IReadOnlyCollection<(string Name, NodeId Node)> members) =>
        [.. members.Where(m => string.Equals(m.Name, text, StringComparison.OrdinalIgnoreCase)).Select(m => m.Node).Distinct()];

    private static List<NodeId> Beginning(string text, IReadOnlyCollection<(string Name, NodeId Node)> members) => NodeId.IsBeginning(text)
        ? [.. members.Where(m => m.Node.ToString().StartsWith(text, StringComparison.OrdinalIgnoreCase)).Select(m => m.Node).Distinct()]
        : [];
}
