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

    private sealed class Reader(MemoryFolder folder, EntryPath path, ulong inode) : IReadableFile
    {
        public FileStamp Stamp()
        {
            lock (folder._gate) return folder.Sight(inode).Stamp;
        }

        public int Read(Span<byte> buffer, long offset)
        {
            lock (folder._gate)
            {
                folder.MayRead("read", path);
                return Copy(folder._disk.Body(inode).Data, buffer, offset);
            }
        }

        public void Dispose() { }
    }

    private sealed class Staged(MemoryFolder folder, ulong inode) : IStagedFile
    {
        public ulong Inode => inode;

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            lock (folder._gate)
            {
                folder.MayWrite("write");
                folder.Write(inode, bytes, offset);
            }
        }

        public int Read(Span<byte> buffer, long offset)
        {
            lock (folder._gate) return Copy(folder._disk.Body(inode).Data, buffer, offset);
        }

        public void Flush()
        {
            lock (folder._gate)
            {
                folder.MayWrite("flush");
                folder._disk.FlushBody(inode);
            }
        }

        public void Dispose() { }
    }
}
