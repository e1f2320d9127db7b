using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.InMemory;

/// <summary>Open files.</summary>
internal sealed partial class MemoryFolder
{
    private static int Copy(byte[] data, Span<byte> buffer, long offset)
    {
        if (offset >= data.Length) return 0;
        var part = data.AsSpan((int)offset, (int)Math.Min(buffer.Length, data.Length - offset));
        part.CopyTo(buffer);
        return part.Length;
    }

    // Whoever holds the old array keeps it.
    private void Write(ulong inode, ReadOnlySpan<byte> bytes, long offset)
    {
        var body = _disk.Body(inode);
        var data = new byte[Math.Max(body.Data.Length, offset + bytes.Length)];
        body.Data.CopyTo(data, 0);
        bytes.CopyTo(data.AsSpan((int)offset));
        _disk.Do(new BodyStep(inode, body with { Data = data, ModifiedNs = _nowNs(), ChangedNs = _nowNs() }));
    }

    private void Count(ulong inode, int by)
    {
        if ((_readers[inode] = _readers.GetValueOrDefault(inode) + by) == 0) _readers.Remove(inode);
    }

    private sealed class Reader : IReadableFile
    {
        private readonly MemoryFolder _folder;
        private readonly EntryPath _path;
        private readonly ulong _inode;

        public Reader(MemoryFolder folder, EntryPath path, ulong inode)
        {
            (_folder, _path, _inode) = (folder, path, inode);
            folder.Count(inode, 1);
        }

        public FileStamp Stamp()
        {
            lock (_folder._gate) return _folder.Sight(_inode).Stamp;
        }

        public int Read(Span<byte> buffer, long offset)
        {
            _folder.MayRead("read", _path);
            lock (_folder._gate)
            {
                return Copy(_folder._disk.Body(_inode).Data, buffer, offset);
            }
        }

        public void Dispose()
        {
            lock (_folder._gate) _folder.Count(_inode, -1);
        }
    }

    private sealed class Staged(MemoryFolder folder, ulong inode) : IStagedFile
    {
        public ulong Inode => inode;

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            folder.MayWrite("write");
            lock (folder._gate)
            {
                folder.Write(inode, bytes, offset);
            }
        }

        public int Read(Span<byte> buffer, long offset)
        {
            lock (folder._gate) return Copy(folder._disk.Body(inode).Data, buffer, offset);
        }

        public void Flush(Entry entry)
        {
            folder.MayWrite("flush");
            lock (folder._gate)
            {
                folder.Dress(inode, entry);
                folder._disk.FlushBody(inode);
            }
        }

        public void Dispose() { }
    }
}
