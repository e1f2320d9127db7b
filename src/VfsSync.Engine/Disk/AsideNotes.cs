using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk;

/// <summary>
/// `.vfs/aside/notes`: where what came out of the folder came from, written before it comes out. Appended to and hardly ever flushed: it serves a node that died while other programs live
/// on, and a power cut leaves none of those.
/// </summary>
internal sealed class AsideNotes(string path) : IDisposable
{
    private const long RestartFrom = 1 << 16;
    private readonly Lock _gate = new();
    private SafeFileHandle? _file;
    private long _length;
    private long _restartAt = RestartFrom;

    /// <summary>Adds a note; now and then all go but those that are still <paramref name="needed"/>.</summary>
    public void Add(AsideFile file, Func<IEnumerable<AsideFile>> needed, bool flush = false)
    {
        lock (_gate)
        {
            if (_file is null) Open();
            if (_length > _restartAt) Restart(needed());
            Append(file);
            if (flush) RandomAccess.FlushToDisk(_file!);
        }
    }

    /// <summary>All notes by name, their stamps <see cref="FileStamp.Unsure"/>: who wrote into these files meanwhile is not known. One that a power cut tore is left out.</summary>
    public IReadOnlyDictionary<string, AsideFile> Read()
    {
        var notes = new Dictionary<string, AsideFile>(StringComparer.Ordinal);
        if (!File.Exists(path)) return notes;
        foreach (var text in File.ReadAllText(path).Split('\0'))
            if (Parse(text) is { } file) notes[file.Name] = file;
        return notes;
    }

    /// <summary>Forgets all notes but these.</summary>
    public void Restart(IEnumerable<AsideFile> files)
    {
        lock (_gate)
        {
            if (_file is null) Open();
            RandomAccess.SetLength(_file!, _length = 0);
            foreach (var file in files) Append(file);
            _restartAt = Math.Max(RestartFrom, 2 * _length);
        }
    }

    private void Open()
    {
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        _length = RandomAccess.GetLength(_file);
    }

    // A NUL ends a note and the path comes last: it may hold anything else.
    private void Append(AsideFile f)
    {
        var s = f.Recorded;
        var bytes = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{f.Name} {s.Size} {s.ModifiedNs} {s.Inode} {s.ChangedNs} {s.Mode} {f.Held ?? "-"} {f.Origin.Text}\0"));
        RandomAccess.Write(_file!, bytes, _length);
        _length += bytes.Length;
    }

    private static AsideFile? Parse(string note)
    {
        var parts = note.Split(' ', 8);
        if (parts.Length < 8 || !EntryPath.TryParse(parts[7], out var origin, out _)) return null;
        return long.TryParse(parts[1], out var size) && long.TryParse(parts[2], out var modified) && ulong.TryParse(parts[3], out var inode)
            && long.TryParse(parts[4], out var changed) && int.TryParse(parts[5], out var mode) ? new(parts[0], origin, new(size, modified, inode, changed, mode, Unsure: true), parts[6] == "-" ? null : parts[6]) : null;
    }

    public void Dispose() => _file?.Dispose();
}
