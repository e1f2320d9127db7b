using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
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
/// `.vfs/aside`: what came out of the folder while a program may still write into it. Before anything leaves the folder a note says where it comes from, so that a
/// crash right after it loses nothing: in the moment of the exchange the old file lies in `.vfs/tmp` under the name of the one that replaces it.
/// </summary>
/// <param name="home">The `.vfs` directory.</param>
/// <param name="look">Looks at a file under it by its full path.</param>
/// <param name="writers">Tells whether a file under it is open for writing.</param>
internal sealed class AsideShelf(string home, Func<string, Sighting> look, Func<string, Writers> writers)
{
    private const string NoteEnding = ".note";
    private static readonly TimeSpan s_quiet = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<string, AsideFile> _files = new(StringComparer.Ordinal);

    public IReadOnlyList<AsideFile> Files => [.. _files.Values.OrderBy(f => f.Name, StringComparer.Ordinal)];

    public string PathOf(AsideFile file) => Path.Combine(home, "aside", file.Name);

    /// <summary>Notes that what stands at <paramref name="origin"/> is about to come out as `tmp/staged`, replaced by <paramref name="replacement"/> (0: removed).</summary>
    public AsideFile Announce(string staged, EntryPath origin, FileStamp recorded, ulong replacement)
    {
        // The inode is in the name: a name outlives a power cut, content that was not flushed may not.
        var file = new AsideFile($"{staged}.{replacement:x}", origin, recorded);
        using var note = File.OpenHandle(NoteOf(file), FileMode.CreateNew, FileAccess.Write);
        RandomAccess.Write(note, Encoding.UTF8.GetBytes(Format(file)), 0);
        return file;
    }

    /// <summary>Nothing came out, or nothing is left of it.</summary>
    public void Forget(AsideFile file) => File.Delete(NoteOf(file));

    /// <summary>What came out is as it was recorded: it goes, unless a program may still write into it.</summary>
    public void Settle(AsideFile file)
    {
        var path = StagedPathOf(file);
        // Writers first: what the last one wrote shows in the look after it.
        if (writers(path) != Writers.None || !look(path).IsMoved(file.Recorded))
        {
            Keep(file);
            return;
        }
        File.Delete(path);
        Forget(file);
    }

    /// <summary>Puts what came out on the shelf.</summary>
    public void Keep(AsideFile file)
    {
        LocalDisk.Move(StagedPathOf(file), PathOf(file));
        _files[file.Name] = file;
    }

    /// <summary>Drops what is certain to stay as recorded; returns what differs and will not change any more.</summary>
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
                File.Delete(path);
                Remove(file);
            }
        }
        return changed;
    }

    /// <summary>The file has left the shelf.</summary>
    public void Remove(AsideFile file)
    {
        Forget(file);
        _files.TryRemove(file.Name, out _);
    }

    /// <summary>After a crash: what came out goes on the shelf, what was only staged goes away.</summary>
    public void Recover()
    {
        foreach (var note in Directory.GetFiles(Path.Combine(home, "aside"), "*" + NoteEnding))
        {
            var file = Read(note);
            var staged = StagedPathOf(file);
            if (Path.Exists(staged) && !IsReplacement(file, staged)) Keep(file);
            else if (look(PathOf(file)).Kind != EntryKind.Absent) _files[file.Name] = file;
            else Forget(file);
        }
        foreach (var path in Directory.GetFileSystemEntries(Path.Combine(home, "tmp")))
            if (look(path).Kind == EntryKind.Directory) Directory.Delete(path);
            else File.Delete(path);
    }

    private bool IsReplacement(AsideFile file, string staged) =>
        ulong.TryParse(file.Name.AsSpan(file.Name.IndexOf('.', StringComparison.Ordinal) + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var inode)
        && look(staged).Stamp.Inode == inode;

    private bool IsAtRest(string path) => writers(path) switch
    {
        Writers.None => true,
        Writers.Some => false,
        _ => look(path).Stamp is var s && Stamps.NowNs - Math.Max(s.ModifiedNs, s.ChangedNs) > s_quiet.TotalNanoseconds,
    };

    private string StagedPathOf(AsideFile file) => Path.Combine(home, "tmp", file.Name[..file.Name.IndexOf('.', StringComparison.Ordinal)]);

    private string NoteOf(AsideFile file) => PathOf(file) + NoteEnding;


    // The path comes last and as it is: it may hold anything but a NUL.
    private static string Format(AsideFile f) =>
        string.Create(CultureInfo.InvariantCulture, $"{f.Recorded.Size} {f.Recorded.ModifiedNs} {f.Recorded.Inode} {f.Recorded.ChangedNs} {f.Recorded.Mode} {f.Origin.Text}");

    private static AsideFile Read(string note)
    {
        var name = Path.GetFileName(note)[..^NoteEnding.Length];
        var parts = File.ReadAllText(note).Split(' ', 6);
        if (parts.Length < 6 || !EntryPath.TryParse(parts[5], out var origin, out _)) return new(name, EntryPath.Root, default);
        long Number(int i) => long.Parse(parts[i], CultureInfo.InvariantCulture);
        return new(name, origin, new(Number(0), Number(1), ulong.Parse(parts[2], CultureInfo.InvariantCulture), Number(3), (int)Number(4)));
    }
}
