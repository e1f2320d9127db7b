using System.Globalization;
using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.Rules;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk.InMemory;

namespace VfsSync.Simulation;

/// <summary>What users do at their folders, and what they may expect: every content that one wrote and none overwrote or removed is there at the end.</summary>
internal sealed class SimUsers(World world)
{
    private static readonly string[] _directories = ["", "", "", "d", "d", "e", "d/x", "f"];
    private static readonly string[] _names = ["a", "b", "c.txt", "d", "e"];

    private readonly Dictionary<Hash256, string> _written = [];
    private readonly HashSet<Hash256> _released = [], _long = [];
    private readonly HashSet<int> _modes = [0b110_100_100, 0b111_101_101];
    private int _writes;

    /// <summary>Contents that must still be there, and where they were written.</summary>
    public IEnumerable<(Hash256 Content, string Written)> Owed => _written.Where(w => !_released.Contains(w.Key)).Select(w => (w.Key, w.Value));

    /// <summary>Whether anybody gave this mode to anything.</summary>
    public bool Gave(int mode) => _modes.Contains(mode);

    /// <summary>Whether a content is too long to be kept with its record: it is in history only if it was captured, which the simulation does not do.</summary>
    public bool IsLong(Hash256 content) => _long.Contains(content);

    public bool Wrote(Hash256 content) => _written.ContainsKey(content);

    public string Tell(Hash256 content) => _written.GetValueOrDefault(content, "a content nobody wrote");

    public void Do(SimOperation operation)
    {
        var node = world.Nodes[operation.Node];
        var random = new Random(operation.Seed);
        if (node.Runs || random.Next(2) == 0) Try(node, () => Act(node, random));
    }

    private void Try(SimNode node, Action act)
    {
        try
        {
            act();
        }
        catch (IOException e)
        {
            world.Note(node, $"USER cannot: {e.Message}");
        }
    }

    /// <summary>A node's disk went back to what it was: what nobody else has of what was written there since is gone by right.</summary>
    public void RolledBack() => Release([.. Owed.Select(o => o.Content).Except(world.Nodes.SelectMany(n => n.Contents()))]);

    private void Act(SimNode node, Random random)
    {
        var (folder, at) = (node.Folder, node.Disk.At);
        var path = random.Next(2) == 0 && at is { } touched ? touched : Choose(random);
        if (at is { } file && folder.Look(file).Kind == EntryKind.File && random.Next(2) == 0)
        {
            Put(node, file, Another(node, file, (int)folder.Look(file).Stamp.Size), save: false);
            return;
        }
        switch (random.Next(22))
        {
            case < 7: Write(node, path, random); break;
            case < 9: Write(node, Existing(folder, random, EntryKind.File) ?? path, random); break;
            case < 12: Delete(node, Existing(folder, random, null) ?? path); break;
            case < 15: Rename(node, Existing(folder, random, null) ?? path, Choose(random)); break;
            case < 16: Swap(node, Existing(folder, random, null), Existing(folder, random, null)); break;
            case < 18: Tell(node, $"mkdir {path}", () => folder.UserMkdir(path)); break;
            case < 20:
                var changed = Existing(folder, random, null) ?? path;
                var mode = folder.Look(changed).Kind == EntryKind.Directory ? 0b111_000_000 | random.Next(64) : 0b110_000_000 | random.Next(64);
                _modes.Add(mode);
                Tell(node, $"chmod {changed} {Convert.ToString(mode, 8)}", () => folder.UserChmod(changed, mode));
                break;
            case < 21: Copy(node, Existing(folder, random, EntryKind.File) ?? path, path); break;
            default: Tell(node, $"symlink {path}", () => folder.UserSymlink(path, $"target {random.Next(3)}")); break;
        }
    }

    /// <summary>Writes what becomes of conflicts, at times with a mistake.</summary>
    public void WritePolicy(SimNode node, Random random)
    {
        string[] words = ["newest", "newest", "newest", "keepBoth", "merge", "neither"];
        var word = words[random.Next(words.Length)];
        var text = random.Next(3) == 0 ? $"conflicts: {word}\n" : $"conflicts:\n  {(random.Next(2) == 0 ? "d/" : "a")}: {word}\n  {(random.Next(2) == 0 ? "e" : "c.txt")}: newest\n";
        Try(node, () => Put(node, PoliciesInForce.File, System.Text.Encoding.UTF8.GetBytes(text), save: random.Next(2) == 0));
    }

    /// <summary>Writes who may do what: of nodes, of roles, or at some paths.</summary>
    public void WriteRoles(SimNode node, Random random)
    {
        var text = new System.Text.StringBuilder();
        string[] rights = ["editor", "reader", "writer", "[read, delete]", "admin", "editor"];
        // Members that never run may be expelled: what is shown hangs on nothing that they do, but what comes later is sealed with another key.
        var idle = world.Cluster.Members.All.Select(m => m.Name).Except(world.Nodes.Select(n => n.Name)).Where(name => name.Length == 1 && random.Next(3) == 0).Order(StringComparer.Ordinal).ToList();
        if (random.Next(4) > 0 || idle.Count > 0)
        {
            text.Append("nodes:\n");
            foreach (var name in idle) text.Append(CultureInfo.InvariantCulture, $"  {name}: none\n");
            foreach (var other in world.Nodes.Where(_ => random.Next(2) == 0)) text.Append(CultureInfo.InvariantCulture, $"  {other.Name}: {rights[random.Next(rights.Length)]}\n");
        }
        if (random.Next(4) == 0) text.Append(CultureInfo.InvariantCulture, $"roles:\n  editor: [read{(random.Next(2) == 0 ? ", write" : "")}]\n");
        if (random.Next(3) == 0) text.Append(CultureInfo.InvariantCulture, $"rules:\n  \"{(random.Next(2) == 0 ? "d/**" : "a")}\": {{ {(random.Next(2) == 0 ? "write" : "delete")}: {(random.Next(2) == 0 ? "none" : "[A, editor]")} }}\n");
        if (random.Next(8) == 0) Try(node, () => Delete(node, PoliciesInForce.File));
        else Try(node, () => Put(node, PoliciesInForce.File, System.Text.Encoding.UTF8.GetBytes(text.ToString()), save: random.Next(2) == 0));
    }

    private static EntryPath Choose(Random random)
    {
        var directory = _directories[random.Next(_directories.Length)];
        var name = _names[random.Next(_names.Length)];
        return EntryPath.Parse(directory.Length == 0 ? name : $"{directory}/{name}");
    }

    private static EntryPath? Existing(MemoryFolder folder, Random random, EntryKind? kind)
    {
        var all = Tree(folder, EntryPath.Root).Where(e => kind is null || e.Kind == kind).ToList();
        return all.Count == 0 ? null : all[random.Next(all.Count)].Path;
    }

    public static IEnumerable<(EntryPath Path, EntryKind Kind)> Tree(MemoryFolder folder, EntryPath directory)
    {
        foreach (var (path, sighting) in folder.List(directory).Entries)
        {
            yield return (path, sighting.Kind);
            if (sighting.Kind != EntryKind.Directory) continue;
            foreach (var below in Tree(folder, path)) yield return below;
        }
    }

    private void Write(SimNode node, EntryPath path, Random random)
    {
        var bytes = Content(node, path, random);
        var save = random.Next(2) == 0;
        if (random.Next(5) == 0) world.After(random.Next(12), () => Try(node, () => Put(node, path, Another(node, path, bytes.Length), save: false)));
        Put(node, path, bytes, save);
    }

    // As long as before, and within the same tick of the disk's clock, perhaps.
    private byte[] Another(SimNode node, EntryPath path, int length)
    {
        var text = System.Text.Encoding.UTF8.GetBytes($"{++_writes} again by {node.Name} to {path}\n");
        var bytes = new byte[length];
        new Random(_writes).NextBytes(bytes);
        text.AsSpan(0, Math.Min(text.Length, length)).CopyTo(bytes);
        return bytes;
    }

    private void Put(SimNode node, EntryPath path, byte[] bytes, bool save)
    {
        Tell(node, $"{(save ? "save" : "write")} {path} = {Short(bytes)} ({bytes.Length} bytes)", () =>
        {
            var before = Held(node.Folder, path);
            if (save) node.Folder.UserSave(path, bytes);
            else node.Folder.UserWrite(path, bytes);
            Release(before);
            _written.TryAdd(Hash(bytes), $"{Short(bytes)}, written by {node.Name} to {path}");
            if (bytes.Length > Staging.SmallContent) _long.Add(Hash(bytes));
        });
    }

    private byte[] Content(SimNode node, EntryPath path, Random random)
    {
        var text = System.Text.Encoding.UTF8.GetBytes($"write {++_writes} by {node.Name} to {path}\n");
        var length = random.Next(40) switch { 0 => 0, < 4 => random.Next(70_000, 300_000), < 10 => random.Next(1000, 60_000), _ => text.Length };
        var bytes = new byte[length];
        random.NextBytes(bytes);
        text.AsSpan(0, Math.Min(text.Length, length)).CopyTo(bytes);
        return bytes;
    }

    private void Delete(SimNode node, EntryPath path) => Tell(node, $"delete {path}", () =>
    {
        var before = Held(node.Folder, path);
        node.Folder.UserDelete(path);
        Release(before);
    });

    private void Rename(SimNode node, EntryPath from, EntryPath to)
    {
        if (from == to) return;
        Tell(node, $"rename {from} to {to}", () =>
        {
            var before = Held(node.Folder, to);
            node.Folder.UserRename(from, to);
            Release(before);
        });
    }

    private void Swap(SimNode node, EntryPath? first, EntryPath? second)
    {
        if (first is not { } a || second is not { } b || a == b || a.IsBelow(b) || b.IsBelow(a)) return;
        var between = EntryPath.Parse("between");
        if (node.Folder.Look(between).Kind != EntryKind.Absent) return;
        Tell(node, $"swap {a} and {b}", () =>
        {
            node.Folder.UserRename(a, between);
            node.Folder.UserRename(b, a);
            node.Folder.UserRename(between, b);
        });
    }

    private void Copy(SimNode node, EntryPath from, EntryPath to)
    {
        if (from == to || node.Folder.Look(from).Kind != EntryKind.File) return;
        var bytes = Read(node.Folder, from);
        Tell(node, $"copy {from} to {to}", () =>
        {
            var before = Held(node.Folder, to);
            node.Folder.UserWrite(to, bytes);
            Release(before.Where(b => b != Hash(bytes)));
        });
    }

    private void Tell(SimNode node, string what, Action act)
    {
        world.Note(node, "USER " + what);
        act();
        node.Folder.UserSync(); // What a program does not flush may be lost or torn by right; that is not what is looked for.
    }

    private static List<Hash256> Held(MemoryFolder folder, EntryPath path) => folder.Look(path).Kind switch
    {
        EntryKind.File => [Hash(Read(folder, path))],
        EntryKind.Directory => [.. Tree(folder, path).Where(e => e.Kind == EntryKind.File).Select(e => Hash(Read(folder, e.Path)))],
        _ => [],
    };

    private void Release(IEnumerable<Hash256> contents) => _released.UnionWith(contents);

    public static byte[] Read(MemoryFolder folder, EntryPath path)
    {
        using var file = folder.OpenRead(path);
        var bytes = new byte[file.Stamp().Size];
        file.Read(bytes, 0);
        return bytes;
    }

    public static Hash256 Hash(byte[] bytes) => new(SHA256.HashData(bytes));

    private static string Short(byte[] bytes) => bytes.Length == 0 ? "empty" : SimCluster.Shared.Ring.IdOf(bytes).Hash.Short(4);
}
