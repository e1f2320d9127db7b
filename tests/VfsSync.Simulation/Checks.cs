using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Rules;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;
using VfsSync.Engine.Running;

namespace VfsSync.Simulation;

/// <summary>What must be true once users have stopped, links have healed, and nothing happens any more.</summary>
internal sealed class Checks(World world)
{
    private readonly List<string> _found = [];
    private readonly Dictionary<Dot, RecordId> _ids = [];
    private readonly HashSet<NodeId> _rolledBack = [];

    /// <summary>Also while users are at work: cursors only grow, and no number is used twice.</summary>
    public void Committed(SimNode node, CommitBatch batch, VersionVector before)
    {
        if (batch.SetAside.Count == 0 && !node.Store.Cursor.Includes(before)) world.Failures.Add($"{node.Name}: the cursor went back from {before} to {node.Store.Cursor}");
        foreach (var (_, record) in batch.Records.Where(r => r.Opened.Header.Author == node.Session.Author))
            if (!_ids.TryAdd(record.Dot, record.Id) && _ids[record.Dot] != record.Id) world.Failures.Add($"{node.Name}: {record.Dot} is two records");
    }

    /// <summary>A disk went back as it was: its node cannot know what it had numbered since, and finds out from others; on another disk it begins an epoch of its own.</summary>
    public void RolledBack(SimNode node, bool otherDisk)
    {
        _rolledBack.Add(node.Id);
        if (otherDisk) return;
        foreach (var dot in _ids.Keys.Where(d => d.Author.Node == node.Id && !node.Store.Cursor.Contains(d)).ToList()) _ids.Remove(dot);
    }

    public IReadOnlyList<string> Run()
    {
        var honest = world.Nodes.Where(n => !n.IsHostile).ToList();
        foreach (var node in honest) Pending(node);
        foreach (var node in honest) Indexed(node);
        foreach (var node in honest) Modes(node);
        var trees = honest.ConvertAll(TreeOf);
        for (var i = 1; i < trees.Count; i++) Same(honest[0], trees[0], honest[i].Name, honest[i], trees[i]);
        for (var i = 0; i < trees.Count; i++) Same(honest[i], trees[i], "Fold", honest[i], Folded(honest[i]));
        foreach (var node in honest) Verdicts(node);
        foreach (var (node, tree) in honest.Zip(trees)) Contents(node, tree);
        return _found;
    }

    // Judged anew from the records alone.
    private Judge JudgeOf(SimNode node) =>
        new(world.Cluster.Members.Admitted, world.Cluster.Members.Closed, [.. Records(node).Select(PolicyVersion.Of).OfType<PolicyVersion>()], node.Store.RecordIdOf, world.Cluster.Members.Cuts);

    // What a node cannot read says nothing there.
    private List<ChangeRecord> Records(SimNode node)
    {
        var closed = node.Store.Closed(0, int.MaxValue).Select(c => RecordCodec.IdOf(c.Record)).ToHashSet();
        return [.. node.Store.AllRecords().Select(r => closed.Contains(RecordCodec.IdOf(r)) ? new ChangeRecord(RecordCodec.IdOf(r), RecordCodec.DecodeHeader(r.Header), [], []) : RecordCodec.Open(r, world.Ring))];
    }

    private bool IsHostile(NodeId node) => world.Nodes.Any(n => n.Id == node && n.IsHostile);

    private void Verdicts(SimNode node)
    {
        var judge = JudgeOf(node);
        foreach (var record in Records(node))
        {
            foreach (var version in Core.History.Version.Of(record))
            {
                var (holds, isDenied) = (judge.DenialOf(record.Header, version) is null, node.Store.Denied(version.Path).Any(v => v.Dot == version.Dot));
                if (holds == isDenied) _found.Add($"{node.Name}: {version.Dot} of {version.Path} {(holds ? "holds, but was denied" : "does not hold, but was taken for good")}");
            }
        }
    }

    // Where a node holds what it may not change, above and below it, its disk is its own.
    private static bool IsItsOwn(SimNode node, EntryPath path) => node.Session.IsMissingContent(path) || node.Store.OnDisk(path) is { } shown && shown.Origin != path && IsItsOwn(node, shown.Origin) || node.Store.LocalOnly().Any(row => row.Path == path || row.Path.IsBelow(path) || path.IsBelow(row.Path));

    private void Pending(SimNode node)
    {
        var behind = node.Session.BehindPaths.Where(p => !IsItsOwn(node, p)).ToList();
        if (behind.Count > 0) _found.Add($"{node.Name} is behind at {behind.Count} paths: {string.Join(", ", behind)}");
        if (node.Store.Cursor != world.Nodes[0].Store.Cursor) _found.Add($"{node.Name} has {Describe.Vector(node.Store.Cursor)}, {world.Nodes[0].Name} has {Describe.Vector(world.Nodes[0].Store.Cursor)}");
        if (node.Session.Shown != node.Store.Cursor && !node.Session.BehindPaths.Any(node.Session.IsMissingContent)) _found.Add($"{node.Name} shows {Describe.Vector(node.Session.Shown)}, has {Describe.Vector(node.Store.Cursor)}");
        foreach (var problem in node.Problems.All().Where(p => IsToClear(p) && !IsItsOwn(node, p.Path) && !node.Session.Pending.Contains(p.Path))) _found.Add($"{node.Name} has a problem: {problem.Path} {problem.Message}");
        foreach (var peer in node.Session.Peers.Live)
            if (peer.Shown != node.Store.Cursor && !world.Nodes.Any(n => n.Id == peer.Peer && (n.IsHostile || n.Session.Behind > 0))) _found.Add($"{node.Name} does not know that {peer.Address} shows everything");
        foreach (var (_, closed) in node.Store.Closed(0, int.MaxValue))
            if (RecordCodec.DecodeHeader(closed.Header).Dot is var dot && !IsHostile(dot.Author.Node)) _found.Add($"{node.Name} cannot read {dot}");
        if (node.Session.Peers.Live.Count() != world.Nodes.Count - 1) _found.Add($"{node.Name} has {node.Session.Peers.Live.Count()} links");
    }

    private bool HasPolicy => world.Options.Has(SimFaults.Policy) || world.Options.Has(SimFaults.Roles);

    // That it is a copy, or that a clock was wrong, a node goes on telling its user.
    private static bool IsToClear(Problem problem) => !problem.Message.Contains("no admin has shared", StringComparison.Ordinal) && problem.Kind is not (ProblemKind.ClockAhead or ProblemKind.Policy or ProblemKind.Denied) && !(problem.Kind == ProblemKind.Node && !problem.Message.Contains("two histories", StringComparison.Ordinal));

    private void Indexed(SimNode node)
    {
        var rows = node.Store.Rows().Where(r => !r.Entry.IsAbsent).ToDictionary(r => r.Path, r => r);
        foreach (var (path, _) in SimUsers.Tree(node.Folder, EntryPath.Root))
        {
            if (!rows.Remove(path, out var row)) _found.Add($"{node.Name}: {path} is on the disk but not in the index");
            else if (!row.Stamp.SameAs(node.Folder.Look(path).Stamp)) _found.Add($"{node.Name}: {path} has another stamp than the index says");
        }
        foreach (var path in rows.Keys) _found.Add($"{node.Name}: {path} is in the index but not on the disk");
    }

    private static SortedDictionary<EntryPath, string> TreeOf(SimNode node)
    {
        var tree = new SortedDictionary<EntryPath, string>();
        foreach (var (path, kind) in SimUsers.Tree(node.Folder, EntryPath.Root))
        {
            var stamp = node.Folder.Look(path).Stamp;
            tree[path] = kind switch
            {
                EntryKind.Directory => $"dir {stamp.Mode & 0x1FF}",
                EntryKind.Symlink => $"link {node.Folder.ReadSymlink(path)}",
                _ => File(node.Read(path)),
            };
        }
        return tree;
    }

    private static string File(Entry entry) => $"file {string.Join('+', entry.Content!.Chunks.Select(c => c.Id.Hash.Short(4)))} {entry.Mode} {entry.ModifiedNs / 1_000_000}";

    private SortedDictionary<EntryPath, string> Folded(SimNode node)
    {
        var (judge, fold) = (JudgeOf(node), new Fold());
        foreach (var record in Records(node))
            foreach (var version in Core.History.Version.Of(record).Where(v => judge.DenialOf(record.Header, v) is null)) fold.Add(version);
        var showing = new Showing(fold, NameOf, policyOf: node.Session.Policy.ConflictsAt);
        var tree = new SortedDictionary<EntryPath, string>();
        var paths = showing.AffectedBy(fold.Paths).Where(p => !p.IsRoot).ToHashSet();
        foreach (var placement in paths.SelectMany(p => showing.At(p)).OrderBy(p => p.IsCopy))
        {
            if (placement.Entry.IsAbsent || placement.IsCopy && tree.ContainsKey(placement.Path)) continue;
            tree[placement.Path] = placement.Entry.Kind switch
            {
                EntryKind.Directory => $"dir {placement.Entry.Mode}",
                EntryKind.Symlink => $"link {placement.Entry.Target}",
                _ => File(placement.Entry),
            };
        }
        return tree;
    }

    private static string NameOf(NodeId id)
    {
        for (var i = 0; i < 7; i++)
            if (SimCluster.Shared.Member(i).Membership.Node == id) return SimCluster.Shared.Member(i).Membership.Name;
        return id.Hash.Short();
    }

    private void Same(SimNode left, SortedDictionary<EntryPath, string> a, string name, SimNode right, SortedDictionary<EntryPath, string> b)
    {
        // Where nobody has the content, each disk keeps what it has.
        foreach (var path in a.Keys.Union(b.Keys).Where(p => !world.Nodes.Any(n => n.Session.Pending.Contains(p)) && !IsItsOwn(left, p) && !IsItsOwn(right, p)))
        {
            var (x, y) = (a.GetValueOrDefault(path, "nothing"), b.GetValueOrDefault(path, "nothing"));
            if (x != y) _found.Add($"{path} is {x} at {left.Name} but {y} at {name}");
        }
    }

    private void Modes(SimNode node)
    {
        foreach (var (path, kind) in SimUsers.Tree(node.Folder, EntryPath.Root))
            if (kind != EntryKind.Symlink && (node.Folder.Look(path).Stamp.Mode & 0x1FF) is var mode && !world.Users.Gave(mode)) _found.Add($"{node.Name}: {path} has mode {Convert.ToString(mode, 8)}, which nobody gave");
    }

    private void Contents(SimNode node, SortedDictionary<EntryPath, string> tree)
    {
        var held = new HashSet<Core.Content.Hash256>();
        foreach (var path in tree.Where(t => t.Value.StartsWith("file", StringComparison.Ordinal)).Select(t => t.Key))
        {
            var content = SimUsers.Hash(SimUsers.Read(node.Folder, path));
            held.Add(content);
            if (!world.Users.Wrote(content)) _found.Add($"{node.Name}: {path} holds what nobody wrote");
        }
        var missing = world.Users.Owed.Where(o => !held.Contains(o.Content) && !(HasPolicy && world.Users.IsLong(o.Content))).ToList();
        if (missing.Count == 0) return;
        held.UnionWith(WithoutPlace(node));
        if (world.Options.Has(SimFaults.Roles)) held.UnionWith(world.Nodes.SelectMany(n => n.Contents())); // What one may not spread is on its disk alone.
        foreach (var (content, written) in missing)
            if (!held.Contains(content)) _found.Add($"{node.Name} lost {written}");
    }

    // A user may make something at the very name of a copy: that stands, and the version is in history alone, until the conflict is settled. And of what a node
    // recorded before its disk went back, others may have got a part, such as half of a swap: what its disk holds now is newer, and that part, like what it replaced, is history.
    // By a policy that asks for the newest, any version but that one may be in history alone. What is in history alone is on the nodes that showed it; others fetch it when they are asked for it.
    private IEnumerable<Core.Content.Hash256> WithoutPlace(SimNode node)
    {
        var fold = Fold.Of(Records(node));
        var showing = new Showing(fold, NameOf, policyOf: node.Session.Policy.ConflictsAt);
        var copies = fold.Paths.SelectMany(showing.At).Where(p => p.IsCopy && p.Entry.Kind == EntryKind.File && fold.Heads(p.Path).Any(h => !h.Entry.IsAbsent));
        var past = fold.Paths.SelectMany(fold.Versions).Where(v => v.Entry.Kind == EntryKind.File && (HasPolicy || fold.Versions(v.Path).Any(w => w.Vector.Contains(v.Dot) && _rolledBack.Contains(w.Dot.Author.Node))));
        // What somebody's change passes for having seen, though that meant the record that another course has under the same number.
        var aside = world.Nodes.SelectMany(n => n.Store.SetAsideRecords().SelectMany(r => Core.History.Version.Of(Cluster.Opened(r, world.Ring)))).Where(v => v.Entry.Kind == EntryKind.File && fold.Versions(v.Path).Any(w => w.Vector.Contains(v.Dot)));
        return copies.Select(p => p.Entry).Concat(past.Select(v => v.Entry)).Concat(aside.Select(v => v.Entry)).SelectMany(e => world.Nodes.Select(n => Read(n, e))).OfType<byte[]>().Select(SimUsers.Hash);
    }

    private static byte[]? Read(SimNode node, Entry entry)
    {
        var chunks = node.Source.Expand(entry.Content!)?.Select(leaf => node.Source.Read(leaf.Id)).ToList();
        return chunks?.TrueForAll(c => c is not null) is true ? [.. chunks.SelectMany(c => c!.Value.ToArray())] : null;
    }
}
