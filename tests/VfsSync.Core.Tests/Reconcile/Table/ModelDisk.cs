using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using VfsSync.Core.Content;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>
/// A disk as far as deciding knows one: what is where, under which inode. What no disk would do (remove a directory that is not empty, put a file into none) is refused,
/// and a step finds a surprise where a real disk's would.
/// </summary>
/// <param name="author">The last digit of a time that the user set: tells whose touch it is.</param>
/// <param name="oneNameOnly">It takes names for one that differ in case or Unicode form alone, as macOS and Windows do, and refuses a step under the second.</param>
internal sealed class ModelDisk(int author, bool oneNameOnly = false)
{
    private const int FileMode = 0x1A4, DirectoryMode = 0x1ED;

    private readonly SortedDictionary<EntryPath, Thing> _things = [];
    private ulong _lastInode;
    private long _clock = 10;

    public sealed record Thing(Entry Entry, ulong Inode, long ChangedNs)
    {
        public FileStamp Stamp => new(Entry.Size, Entry.ModifiedNs, Inode, ChangedNs, Entry.Mode);
    }

    public IReadOnlyDictionary<EntryPath, Thing> Things => _things;

    public Entry At(EntryPath path) => _things.TryGetValue(path, out var thing) ? thing.Entry : Entry.Absent;

    public static Entry Content(string text, long modifiedNs = 0, int mode = FileMode) => Entry.File(text.Length == 0 ? Manifest.Empty : new(text.Length, 0, [ChunkOf(text)]), modifiedNs, mode);

    private static ChunkRef ChunkOf(string text) => new(new ChunkId(new Hash256(SHA256.HashData(Encoding.UTF8.GetBytes(text)))), text.Length);

    // What the user does.

    /// <summary>Writes a file in place; a new one is made with its directories.</summary>
    public void Write(EntryPath path, string text)
    {
        Demand(At(path).Kind is EntryKind.File or EntryKind.Absent, path, "is no file");
        if (_things.TryGetValue(path, out var thing)) Change(path, Content(text, Now, thing.Entry.Mode));
        else Make(path, Content(text, Now));
    }

    /// <summary>Writes a new file and renames it over the old one, as careful programs do.</summary>
    public void Replace(EntryPath path, string text)
    {
        Demand(At(path).Kind is EntryKind.File, path, "is no file");
        _things[path] = new(Content(text, Now, At(path).Mode), ++_lastInode, Now);
    }

    public void Link(EntryPath path, string target) => Make(path, Entry.Symlink(target, Now));

    public void MakeDirectory(EntryPath path) => Make(path, Entry.Directory(DirectoryMode));

    public void Remove(EntryPath path)
    {
        Demand(_things.Remove(path), path, "is not there");
        foreach (var below in _things.Keys.Where(p => p.IsBelow(path)).ToList()) _things.Remove(below);
    }

    public void Move(EntryPath from, EntryPath to)
    {
        Demand(_things.TryGetValue(from, out var thing), from, "is not there");
        Demand(At(to).IsAbsent || At(to).Kind != EntryKind.Directory && thing!.Entry.Kind != EntryKind.Directory, to, "is in the way");
        MakeParents(to);
        foreach (var path in _things.Keys.Where(p => p == from || p.IsBelow(from)).ToList())
        {
            _things[path.Rebase(from, to)] = _things[path];
            _things.Remove(path);
        }
    }

    public void SetMode(EntryPath path, int mode) => Change(path, At(path) with { Mode = mode });

    public void Touch(EntryPath path) => Change(path, At(path) with { ModifiedNs = Now + author });

    // A directory's stamp has the time when it was made, which stays.
    private void Change(EntryPath path, Entry entry)
    {
        Demand(_things.TryGetValue(path, out var thing), path, "is not there");
        _things[path] = thing! with { Entry = entry, ChangedNs = entry.Kind == EntryKind.Directory ? thing.ChangedNs : Now };
    }

    private void Make(EntryPath path, Entry entry)
    {
        Demand(At(path).IsAbsent, path, "is there already");
        MakeParents(path);
        _things[path] = new(entry, ++_lastInode, Now);
    }

    private void MakeParents(EntryPath path)
    {
        foreach (var parent in path.Ancestors().Reverse())
            if (At(parent).Kind != EntryKind.Directory) Make(parent, Entry.Directory(DirectoryMode));
    }

    private long Now => _clock += 10;

    private static void Demand(bool holds, EntryPath path, string trouble)
    {
        if (!holds) throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"'{path}' {trouble}."));
    }

    // What a plan does.

    public StepOutcome Take(PlanStep step)
    {
        if (oneNameOnly && step is not AdoptStep && HasTwin(step.Path, (step as RenameStep)?.From))
            return new StepOutcome(step, StepResult.Failed, Problem: new Problem(step.Path, ProblemKind.NameNotHere, "This disk takes two names for one."));
        FileStamp? expected = step.Expected is { Placed: true, Entry.IsAbsent: false } row ? row.Stamp : null;
        var done = step switch
        {
            AdoptStep => true,
            RenameStep rename => TakeRename(rename),
            RemoveStep => Is(step.Path, expected) && expected is not null && !_things.Keys.Any(p => p.IsBelow(step.Path)) && _things.Remove(step.Path),
            AttributesStep => Is(step.Path, expected) && expected is not null && Put(step.Path, step.Wanted.Entry, _things[step.Path].Inode),
            DirectoryStep when At(step.Path).Kind == EntryKind.Directory => Put(step.Path, step.Wanted.Entry, _things[step.Path].Inode),
            _ => Is(step.Path, expected) && !_things.Keys.Any(p => p.IsBelow(step.Path)) && Put(step.Path, step.Wanted.Entry, ++_lastInode),
        };
        var stamp = step is AdoptStep ? step.Expected?.Stamp ?? default : _things.TryGetValue(step.Path, out var placed) ? placed.Stamp : default;
        return new StepOutcome(step, done ? StepResult.Done : StepResult.Surprise, done ? stamp : default);
    }

    private bool HasTwin(EntryPath path, EntryPath? from) => path.Ancestors().Prepend(path).Any(part =>
        _things.Keys.Any(other => other != part && other != from && other.Parent == part.Parent && string.Equals(other.Name.Normalize(), part.Name.Normalize(), StringComparison.OrdinalIgnoreCase)));

    private bool TakeRename(RenameStep rename)
    {
        if (!Is(rename.From, rename.Source.Stamp) || !At(rename.Path).IsAbsent || !ParentStands(rename.Path) || rename.Path.IsBelow(rename.From)) return false;
        Move(rename.From, rename.Path);
        return Put(rename.Path, rename.Wanted.Entry, _things[rename.Path].Inode);
    }

    private bool Put(EntryPath path, Entry entry, ulong inode)
    {
        if (!ParentStands(path)) return false;
        _things[path] = new(entry, inode, _things.TryGetValue(path, out var there) && entry.Kind == EntryKind.Directory ? there.ChangedNs : Now);
        return true;
    }

    private bool ParentStands(EntryPath path) => path.Parent.IsRoot || At(path.Parent).Kind == EntryKind.Directory;

    private bool Is(EntryPath path, FileStamp? expected) => !_things.TryGetValue(path, out var thing) ? expected is null
        : expected is { } stamp && (thing.Entry.Kind == EntryKind.Directory ? thing.Stamp.SameDirectoryAs(stamp) : thing.Stamp.SameAs(stamp));
}
