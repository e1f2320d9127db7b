using System.Text;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Store;

/// <summary>
/// Paths as bytes whose order is that of <see cref="EntryPath.CompareTo"/>, so that all below a directory is one range of an index.
/// The key is the path's UTF-8 with three bytes renamed: '/' becomes 00, which no path contains and nothing sorts before; the lead bytes EE and EF
/// (U+E000 to U+FFFF) become F5 and F6, which UTF-8 never uses, because UTF-16 order puts these characters after the supplementary ones (F0 to F4).
/// All three occur only as whole characters or as lead bytes, so renaming single bytes is unambiguous.
/// </summary>
internal static class PathKey
{
    public static byte[] Of(EntryPath path)
    {
        var key = Encoding.UTF8.GetBytes(path.Text);
        foreach (ref var b in key.AsSpan())
            b = b switch { (byte)'/' => 0x00, 0xEE => 0xF5, 0xEF => 0xF6, _ => b };
        return key;
    }

    public static EntryPath Read(ReadOnlySpan<byte> key)
    {
        var text = key.Length <= 512 ? stackalloc byte[key.Length] : new byte[key.Length];
        for (var i = 0; i < key.Length; i++)
            text[i] = key[i] switch { 0x00 => (byte)'/', 0xF5 => 0xEE, 0xF6 => 0xEF, var b => b };
        return EntryPath.Parse(Encoding.UTF8.GetString(text));
    }

    /// <summary>All keys strictly below a directory lie after <c>After</c> and before <c>Before</c>.</summary>
    public static (byte[] After, byte[] Before) Below(EntryPath directory)
    {
        if (directory.IsRoot) return ([], [0xFF]);
        var key = Of(directory);
        return ([.. key, 0x00], [.. key, 0x01]);
    }
}
