using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.History;

namespace VfsSync.Core.Wire;

/// <summary>What a version of the policy says, as bytes: of members in a record's header, of paths in its body.</summary>
internal static class PolicyWire
{
    private const Permissions All = Permissions.Read | Permissions.Write | Permissions.Delete | Permissions.Admin;

    public static void Write(ref ProtoWriter w, int field, PolicyStatement policy)
    {
        var mark = w.Begin(field, 4096);
        foreach (var (role, may) in policy.Roles)
        {
            var line = w.Begin(1);
            w.Text(1, role);
            w.Int(2, (int)may);
            w.End(line);
        }
        foreach (var (node, role, may) in policy.Nodes)
        {
            var line = w.Begin(2);
            w.Hash(1, node.Hash);
            w.Text(2, role);
            w.Int(3, (int)may);
            w.End(line);
        }
        foreach (var seen in policy.Seen) WriteSeen(ref w, 3, seen);
        w.End(mark);
    }

    /// <exception cref="FormatException">It says something impossible.</exception>
    public static PolicyStatement ReadStatement(ProtoReader r)
    {
        var roles = ImmutableArray.CreateBuilder<RoleRights>();
        var nodes = ImmutableArray.CreateBuilder<NodeRights>();
        var seen = ImmutableArray.CreateBuilder<SeenRecord>();
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: roles.Add(ReadRole(r.Message())); break;
                case 2: nodes.Add(ReadNode(r.Message())); break;
                case 3: seen.Add(ReadSeen(r.Message())); break;
                default: r.Skip(); break;
            }
        }
        var policy = new PolicyStatement(roles.DrainToImmutable(), nodes.DrainToImmutable(), seen.DrainToImmutable());
        return Objection(policy) is { } reason ? throw new FormatException(reason) : policy;
    }

    /// <summary>What is wrong with a statement; null if nothing is.</summary>
    public static string? Objection(PolicyStatement policy)
    {
        if (policy.Roles.Length > PolicyStatement.MaxRoles || policy.Nodes.Length > PolicyStatement.MaxNodes) return "A policy names too many roles or nodes.";
        if (policy.Roles.Any(r => r.Role.Length == 0 || r.Role is KnownRoles.Admin or KnownRoles.Vault)) return "A policy changes a role that cannot be changed.";
        if (policy.Roles.Select(r => r.May).Concat(policy.Nodes.Select(n => n.May)).Any(may => (may & ~All) != 0)) return "A policy grants something that does not exist.";
        if (policy.Roles.DistinctBy(r => r.Role).Count() < policy.Roles.Length || policy.Nodes.DistinctBy(n => n.Node).Count() < policy.Nodes.Length) return "A policy names a role or a node twice.";
        return Objection(policy.Seen);
    }

    public static void Write(ref ProtoWriter w, int field, PathRule rule)
    {
        var mark = w.Begin(field, 128);
        w.Text(1, rule.Pattern);
        Write(ref w, 2, rule.Write);
        Write(ref w, 3, rule.Delete);
        w.End(mark);
    }

    /// <exception cref="FormatException">It says something impossible.</exception>
    public static PathRule ReadRule(ProtoReader r)
    {
        const int MaxPattern = 4096;
        var rule = new PathRule("", default, default);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: rule = rule with { Pattern = r.Text(MaxPattern) }; break;
                case 2: rule = rule with { Write = ReadSubjects(r.Message()) }; break;
                case 3: rule = rule with { Delete = ReadSubjects(r.Message()) }; break;
                default: r.Skip(); break;
            }
        }
        return rule;
    }

    // There, perhaps empty, if the rule says anything of it: nobody is not everybody.
    private static void Write(ref ProtoWriter w, int field, ImmutableArray<RuleSubject> subjects)
    {
        if (subjects.IsDefault) return;
        var mark = w.Begin(field);
        foreach (var subject in subjects)
        {
            if (subject.Role.Length == 0) w.Hash(1, subject.Node.Hash);
            else w.Text(2, subject.Role);
        }
        w.End(mark);
    }

    private static ImmutableArray<RuleSubject> ReadSubjects(ProtoReader r)
    {
        var subjects = ImmutableArray.CreateBuilder<RuleSubject>();
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: subjects.Add(RuleSubject.Of(new NodeId(r.Hash()))); break;
                case 2: subjects.Add(RuleSubject.Of(r.Text(PolicyStatement.MaxName))); break;
                default: r.Skip(); break;
            }
            if (subjects.Count > PathRule.Most) throw new FormatException("A rule names too many nodes and roles.");
        }
        return subjects.DrainToImmutable();
    }

    private static RoleRights ReadRole(ProtoReader r)
    {
        var rights = new RoleRights("", default);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: rights = rights with { Role = r.Text(PolicyStatement.MaxName) }; break;
                case 2: rights = rights with { May = (Permissions)r.Int32() }; break;
                default: r.Skip(); break;
            }
        }
        return rights;
    }

    private static NodeRights ReadNode(ProtoReader r)
    {
        var rights = new NodeRights(default, "", default);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: rights = rights with { Node = new NodeId(r.Hash()) }; break;
                case 2: rights = rights with { Role = r.Text(PolicyStatement.MaxName) }; break;
                case 3: rights = rights with { May = (Permissions)r.Int32() }; break;
                default: r.Skip(); break;
            }
        }
        return rights;
    }

    public static void WriteSeen(ref ProtoWriter w, int field, SeenRecord seen)
    {
        var line = w.Begin(field);
        w.Hash(1, seen.Dot.Author.Node.Hash);
        w.Fixed64(2, seen.Dot.Author.Epoch);
        w.Int(3, seen.Dot.Number);
        w.Hash(4, seen.Id.Hash);
        w.End(line);
    }

    /// <summary>What is wrong with a list of what was seen; null if nothing is.</summary>
    public static string? Objection(ImmutableArray<SeenRecord> seen) =>
        seen.Length > PolicyStatement.MaxSeen || seen.Any(s => s.Dot.Number < 1) || seen.DistinctBy(s => s.Dot.Author).Count() < seen.Length ? "Something impossible was seen." : null;

    public static SeenRecord ReadSeen(ProtoReader r)
    {
        var (node, epoch, number, id) = (default(Hash256), 0UL, 0L, default(Hash256));
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: node = r.Hash(); break;
                case 2: epoch = r.Fixed64(); break;
                case 3: number = r.Int(); break;
                case 4: id = r.Hash(); break;
                default: r.Skip(); break;
            }
        }
        return new SeenRecord(new Dot(new Author(new NodeId(node), epoch), number), new RecordId(id));
    }
}
