using System.Collections.Concurrent;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using VfsSync.Core.Content;
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
/// after a crash, whatever else has that name came out, and nothing of it is lost. What was open for writing when it came out is compared by its content, not its stamp: a write into a mapped
/// page that was dirty already moves no time.
/// </summary>
/// <param name="home">The `.vfs` directory.</param>
/// <param name="look">Looks at a file under it by its full path.</param>
/// <param name="open">Opens a file under it, as what stood at a path.</param>
/// <param name="writers">Tells whether a file under it is open for writing.</param>
/// <param name="kept">Takes what is long and at rest.</param>
internal sealed class AsideShelf(string home, Func<string, Sighting> look, Func<string, EntryPath, IReadableFile> open, Func<string, Writers> writers, KeptShelf kept) : IDisposable
{
    /// <summary>In place of an inode: what replaces it comes when it is out. Ends the node between the two, <see cref="Recover"/> puts it back.</summary>
    public const ulong Follows = ulong.MaxValue;

    private const string NotesName = "notes";
    private static readonly TimeSpan s_quiet = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<string, AsideFile> _files = new(StringComparer.Ordinal);
    private readonly AsideNotes _notes = new(Path.Combine(home, "aside", NotesName));
    private readonly ConcurrentDictionary<string, AsideFile> _underway = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, FileStamp> _differs = new(StringComparer.Ordinal); // read once, under which stamp

    public IReadOnlyList<AsideFile> Files => [.. _files.Values.OrderBy(f => f.Name, StringComparer.Ordinal)];

    public string PathOf(AsideFile file) => Path.Combine(home, "aside", file.Name);

    /// <summary>
    /// Notes that what stands at <paramref name="origin"/> is about to come out into `.vfs/tmp`, under the name that this returns, replaced by an inode (0: removed; or <see cref="Follows"/>).
    /// <see cref="Settle"/>, <see cref="Keep"/> or <see cref="Forget"/> must follow.
    /// </summary>
    public AsideFile Announce(string staged, EntryPath origin, Expected recorded, ulong replacement)
    {
        var file = new AsideFile($"{staged}.{replacement:x}", origin, recorded.Stamp, recorded.Content is { } content ? MarkOf(content) : null);
        _underway[file.Name] = file;
        try
        {
            _notes.Add(file, () => _underway.Values.Concat(_files.Values), flush: replacement == Follows);
        }
        catch
        {
            Forget(file);
            throw;
        }
        return file;
    }

    /// <summary>What tells one content from any other, in hexadecimal.</summary>
    public static string MarkOf(Manifest content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[Hash256.Length];
        BinaryPrimitives.WriteInt64LittleEndian(number, content.Size);
        BinaryPrimitives.WriteInt32LittleEndian(number[8..], content.Depth);
        hash.AppendData(number[..12]);
        foreach (var chunk in content.Chunks)
        {
            chunk.Id.Hash.CopyTo(number);
            hash.AppendData(number);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }

    /// <summary>Nothing came out, or nothing is left of it.</summary>
    public void Forget(AsideFile file) => _underway.TryRemove(file.Name, out _);

    /// <summary>What came out is as it was recorded: it goes, unless a program may still write into it. Returns its name where long files are kept.</summary>
    public string? Settle(AsideFile file)
    {
        var path = StagedPathOf(file);
        // Writers first: what the last one wrote shows in the look after it.
        var isOpen = writers(path) != Writers.None;
        if (isOpen || file.Recorded.Unsure || !look(path).IsMoved(file.Recorded))
        {
            Keep(isOpen ? file with { Recorded = file.Recorded with { Unsure = true } } : file);
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
    /// <param name="read">Reads a file: where stamps do not tell.</param>
    /// <exception cref="DiskProblemException">One cannot be read; the others were seen to, and what differs of them stays for the next time.</exception>
    public IReadOnlyList<AsideFile> Sweep(Func<IReadableFile, Manifest?> read)
    {
        var changed = new List<AsideFile>();
        DiskProblemException? trouble = null;
        foreach (var file in Files)
        {
            try
            {
                if (!IsAtRest(PathOf(file))) continue;
                if (!TryLetGo(file, read)) changed.Add(file);
            }
            catch (DiskProblemException e)
            {
                trouble = e;
            }
        }
        return changed.Count == 0 && trouble is not null ? throw trouble : changed;
    }

    private bool TryLetGo(AsideFile file, Func<IReadableFile, Manifest?> read)
    {
        var path = PathOf(file);
        var seen = look(path);
        if (!IsAsRecorded(path, seen, file, read)) return false;
        if (kept.Take(path, seen.Stamp.Size) is null) File.Delete(path);
        Remove(file);
        return true;
    }

    private bool IsAsRecorded(string path, Sighting seen, AsideFile file, Func<IReadableFile, Manifest?> read)
    {
        var isMoved = seen.IsMoved(file.Recorded);
        if (isMoved && !file.Recorded.Unsure || seen.Kind != EntryKind.File || file.Held is null) return isMoved;
        if (_differs.TryGetValue(file.Name, out var known) && known.SameAs(seen.Stamp)) return false;
        using var content = open(path, file.Origin);
        if (read(content) is { } holds && MarkOf(holds) == file.Held) return true;
        _differs[file.Name] = seen.Stamp;
        return false;
    }

    /// <summary>The file has left the shelf.</summary>
    public void Remove(AsideFile file)
    {
        _files.TryRemove(file.Name, out _);
        _differs.TryRemove(file.Name, out _);
    }

    /// <summary>After a crash: what came out goes on the shelf, what was only staged goes away.</summary>
    /// <param name="putBack">Puts a file under `.vfs/tmp` back at its origin, if nothing stands there.</param>
    public void Recover(Func<AsideFile, bool> putBack)
    {
        var notes = _notes.Read();
        AsideFile Known(string path) => notes.GetValueOrDefault(Path.GetFileName(path)) ?? new(Path.GetFileName(path), EntryPath.Root, default);
        foreach (var path in Directory.GetFileSystemEntries(Path.Combine(home, "aside")))
            if (Path.GetFileName(path) != NotesName) _files[Path.GetFileName(path)] = Known(path);
        var left = Directory.GetFileSystemEntries(Path.Combine(home, "tmp")).ToList();
        foreach (var path in left.ToList())
            if (notes.TryGetValue(Path.GetFileName(path), out var note) && IsFollowedByNothing(path) && putBack(note)) left.RemoveAll(p => p == path);
        foreach (var path in left)
            if (CameOut(path)) Keep(Known(path));
            else Clean(path);
        _notes.Restart(Files);
    }

    // What was to take its place still lies where it was made.
    private bool IsFollowedByNothing(string path) => ReplacementOf(path) == Follows
        && (string[])["tmp", "left"] is var places && Array.Exists(places, place => Path.Exists(Path.Combine(home, place, Path.GetFileNameWithoutExtension(path))));

    private void Clean(string path)
    {
        try
        {
            if (look(path).Kind == EntryKind.Directory) Directory.Delete(path);
            else File.Delete(path);
        }
        catch (IOException)
        {
            // Of NFS: as long as a program has it open, it cannot go.
        }
    }

    private bool CameOut(string path) => ReplacementOf(path) is { } replacement && (replacement is 0 or Follows || look(path).Stamp.Inode != replacement);

    private static ulong? ReplacementOf(string path) =>
        ulong.TryParse(Path.GetExtension(path.AsSpan()).TrimStart('.'), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var replacement) ? replacement : null;

    private bool IsAtRest(string path) => writers(path) switch
    {
        Writers.None => true,
        Writers.Some => false,
        _ => look(path).Stamp is var s && Stamps.NowNs - Math.Max(s.ModifiedNs, s.ChangedNs) > s_quiet.TotalNanoseconds,
    };

    private string StagedPathOf(AsideFile file) => Path.Combine(home, "tmp", file.Name);

    public void Dispose() => _notes.Dispose();
}
