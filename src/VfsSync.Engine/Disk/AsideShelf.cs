using System.Collections.Concurrent;
using System.Globalization;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk;

/// <summary>Whether a program may still write into a file.</summary>
internal enum Writers
{
    /// <summary>None has it open for writing.</summary>
    None,

    /// <summary>At least one has.</summary>
    Some,

    /// <summary>The system does not tell.</summary>
    Unknown,
}

/// <summary>
/// `.vfs/aside`: what came out of the folder while a program may still write into it. What comes out lies in `.vfs/tmp` first, under a name that ends with the inode of what replaced it:
/// after a crash, whatever else has that name came out, and nothing of it is lost.
/// </summary>
/// <param name="home">The `.vfs` directory.</param>
/// <param name="look">Looks at a file under it by its full path.</param>
/// <param name="writers">Tells whether a file under it is open for writing.</param>
/// <param name="kept">Takes what is long and at rest.</param>
internal sealed class AsideShelf(string home, Func<string, Sighting> look, Func<string, Writers> writers, KeptShelf kept) : IDisposable
{
    private const string NotesName = "notes";
    private static readonly TimeSpan s_quiet = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<string, AsideFile> _files = new(StringComparer.Ordinal);
    private readonly AsideNotes _notes = new(Path.Combine(home, "aside", NotesName));
    private readonly ConcurrentDictionary<string, AsideFile> _underway = new(StringComparer.Ordinal);

    public IReadOnlyList<AsideFile> Files => [.. _files.Values.OrderBy(f => f.Name, StringComparer.Ordinal)];

    public string PathOf(AsideFile file) => Path.Combine(home, "aside", file.Name);

    /// <summary>
    /// Notes that what stands at <paramref name="origin"/> is about to come out into `.vfs/tmp`, under the name that this returns, replaced by an inode (0: removed).
    /// <see cref="Settle"/>, <see cref="Keep"/> or <see cref="Forget"/> must follow.
    /// </summary>
    public AsideFile Announce(string staged, EntryPath origin, FileStamp recorded, ulong replacement)
    {
        var file = new AsideFile($"{staged}.{replacement:x}", origin, recorded);
        _underway[file.Name] = file;
        _notes.Add(file, () => _underway.Values.Concat(_files.Values));
        return file;
    }

    /// <summary>Nothing came out, or nothing is left of it.</summary>
    public void Forget(AsideFile file) => _underway.TryRemove(file.Name, out _);

    /// <summary>What came out is as it was recorded: it goes, unless a program may still write into it. Returns its name where long files are kept.</summary>
    public string? Settle(AsideFile file)
    {
        var path = StagedPathOf(file);
        // Writers first: what the last one wrote shows in the look after it.
        if (writers(path) != Writers.None || !look(path).IsMoved(file.Recorded))
        {
            Keep(file);
            return null;
        }
        var name = kept.Take(path, file.Recorded.Size);
        if (name is null) File.Delete(path);
        Forget(file);
        return name;
    }

    /// <summary>Puts what came out on the shelf.</summary>
    public void Keep(AsideFile file)
    {
        LocalDisk.Move(StagedPathOf(file), PathOf(file));
        _files[file.Name] = file;
        Forget(file);
    }

    /// <summary>What is certain to stay as recorded goes, long files to where they are kept; returns what differs and will not change any more.</summary>
    public IReadOnlyList<AsideFile> Sweep()
    {
        var changed = new List<AsideFile>();
        foreach (var file in Files)
        {
            var path = PathOf(file);
            if (!IsAtRest(path)) continue;
            if (!look(path).IsMoved(file.Recorded)) changed.Add(file);
            else
            {
                if (kept.Take(path, file.Recorded.Size) is null) File.Delete(path);
                Remove(file);
            }
        }
        return changed;
    }

    /// <summary>The file has left the shelf.</summary>
    public void Remove(AsideFile file) => _files.TryRemove(file.Name, out _);

    /// <summary>After a crash: what came out goes on the shelf, what was only staged goes away.</summary>
    public void Recover()
    {
        var notes = _notes.Read();
        AsideFile Known(string path) => notes.GetValueOrDefault(Path.GetFileName(path)) ?? new(Path.GetFileName(path), EntryPath.Root, default);
        foreach (var path in Directory.GetFileSystemEntries(Path.Combine(home, "aside")))
            if (Path.GetFileName(path) != NotesName) _files[Path.GetFileName(path)] = Known(path);
        foreach (var path in Directory.GetFileSystemEntries(Path.Combine(home, "tmp")))
            if (CameOut(path)) Keep(Known(path));
            else if (look(path).Kind == EntryKind.Directory) Directory.Delete(path);
            else File.Delete(path);
        _notes.Restart(Files);
    }

    private bool CameOut(string path) =>
        ulong.TryParse(Path.GetExtension(path.AsSpan()).TrimStart('.'), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var replacement)
        && (replacement == 0 || look(path).Stamp.Inode != replacement);

    private bool IsAtRest(string path) => writers(path) switch
    {
        Writers.None => true,
        Writers.Some => false,
        _ => look(path).Stamp is var s && Stamps.NowNs - Math.Max(s.ModifiedNs, s.ChangedNs) > s_quiet.TotalNanoseconds,
    };

    private string StagedPathOf(AsideFile file) => Path.Combine(home, "tmp", file.Name);

    public void Dispose() => _notes.Dispose();
}
