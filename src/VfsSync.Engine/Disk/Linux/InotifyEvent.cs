using System.Runtime.InteropServices;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>One event as inotify writes it: watch, mask, cookie, length, name.</summary>
internal readonly ref struct InotifyEvent
{
    public const uint Modify = 0x2, Attributes = 0x4, CloseWrite = 0x8, MovedFrom = 0x40, MovedTo = 0x80, Create = 0x100, Delete = 0x200, DeleteSelf = 0x400,
        MoveSelf = 0x800, Unmount = 0x2000, Overflow = 0x4000, Ignored = 0x8000, IsDirectory = 0x40000000, OnlyDirectories = 0x01000000, NotOfUnlinked = 0x04000000;

    public const uint Wanted = Modify | Attributes | CloseWrite | MovedFrom | MovedTo | Create | Delete | OnlyDirectories | NotOfUnlinked;
    public const uint WantedOfRoot = Wanted | DeleteSelf | MoveSelf;
    public const uint WantedOfParent = MovedFrom | Delete | OnlyDirectories;

    private const int HeaderSize = 16;

    /// <summary>Takes the first event off a buffer.</summary>
    public InotifyEvent(ref ReadOnlySpan<byte> buffer)
    {
        Watch = MemoryMarshal.Read<int>(buffer);
        Mask = MemoryMarshal.Read<uint>(buffer[4..]);
        Cookie = MemoryMarshal.Read<uint>(buffer[8..]);
        Name = buffer.Slice(HeaderSize, MemoryMarshal.Read<int>(buffer[12..]));
        buffer = buffer[(HeaderSize + Name.Length)..];
        if (Name.IndexOf((byte)0) is >= 0 and var end) Name = Name[..end];
    }

    public int Watch { get; }

    public uint Mask { get; }

    public uint Cookie { get; }

    /// <summary>The name in the watched directory; empty when the event is about the directory itself.</summary>
    public ReadOnlySpan<byte> Name { get; }

    public bool Is(uint bits) => (Mask & bits) != 0;
}
