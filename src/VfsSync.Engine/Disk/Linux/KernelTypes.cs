using System.Runtime.InteropServices;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>struct statx: one layout on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct Statx
{
    [FieldOffset(16)] public uint Links;
    [FieldOffset(20)] public uint Owner;
    [FieldOffset(28)] public ushort Mode;
    [FieldOffset(32)] public ulong Inode;
    [FieldOffset(40)] public ulong Size;
    [FieldOffset(80)] public StatxTime Born;
    [FieldOffset(96)] public StatxTime Changed;
    [FieldOffset(112)] public StatxTime Modified;
    [FieldOffset(136)] public ulong Device;
}

[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct StatxTime
{
    public long Seconds;
    public uint Nanoseconds;

    public readonly long Ns => unchecked(Seconds * 1_000_000_000 + Nanoseconds);
}

internal readonly record struct Timespec(long Seconds, long Nanoseconds)
{
    public static Timespec Of(long ns)
    {
        var seconds = Math.DivRem(ns, 1_000_000_000, out var rest);
        return rest < 0 ? new(seconds - 1, rest + 1_000_000_000) : new(seconds, rest);
    }
}

/// <summary>struct open_how of openat2(2).</summary>
internal struct OpenHow
{
    public ulong Flags;
    public ulong Mode;
    public ulong Resolve;
}

/// <summary>struct statfs as 64-bit Linux lays it out.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct StatFsBuffer
{
    [FieldOffset(0)] public long Type;
    [FieldOffset(8)] public long BlockSize;
    [FieldOffset(32)] public ulong BlocksForUsers;
    [FieldOffset(56)] public ulong Id;

    public readonly long Available => (long)UInt128.Min((UInt128)BlocksForUsers * (ulong)BlockSize, long.MaxValue);
}

/// <summary>The errors that mean something to us.</summary>
internal static class Errno
{
    public const int NotPermitted = 1, NoEntry = 2, Interrupted = 4, NoDevice = 6, Again = 11, Access = 13, Busy = 16, Exists = 17, OtherDevice = 18, NotDirectory = 20,
        IsDirectory = 21, Invalid = 22, TableFull = 23, TooManyOpen = 24, TextBusy = 26, NoSpace = 28, ReadOnly = 30, NameTooLong = 36, NoCall = 38,
        NotEmpty = 39, Loop = 40, BadSequence = 84, NotSupported = 95, Quota = 122;
}
