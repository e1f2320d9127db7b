using System.Globalization;
using System.Text;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk;

/// <summary>Names for messages, and the problems that names can be.</summary>
internal static class Names
{
    /// <summary>The folder of the node's own state, left out of every listing and watch.</summary>
    public const string Own = ".vfs";

    /// <summary>A name that is safe to print: control characters as \n or \u001b.</summary>
    public static string Shown(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var c in name) _ = char.IsControl(c) ? text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : text.Append(c);
        return text.ToString();
    }

    /// <summary>Bytes that are no Unicode text, as \xff.</summary>
    public static string Shown(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var b in name) _ = b is > 31 and < 127 ? text.Append((char)b) : text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
        return text.ToString();
    }

    /// <summary>A path at the beginning of a sentence; the root has no name of its own.</summary>
    public static string Subject(EntryPath path) => path.IsRoot ? "The folder" : $"'{Shown(path.Text)}'";

    private static string In(EntryPath directory) => directory.IsRoot ? "" : $" in '{Shown(directory.Text)}'";

    public static Problem NotUnicode(EntryPath directory, string shown) =>
        new(directory, ProblemKind.NameNotHere, $"The name '{shown}'{In(directory)} is not Unicode text and is left alone; rename it to sync it.");

    public static Problem NoPath(EntryPath directory, string name, string reason) =>
        new(directory, ProblemKind.NameNotHere, $"'{Shown(name)}'{In(directory)} is left alone: {reason}. Rename it to sync it.");

    public static Problem Special(EntryPath path) =>
        new(path, ProblemKind.Unsupported, $"'{Shown(path.Text)}' is neither file, directory nor symlink (a pipe, socket or device) and is left alone.");

    public static Problem Twin(EntryPath path, string twin) =>
        new(path, ProblemKind.NameNotHere, $"This disk takes '{Shown(path.Name)}' and '{Shown(twin)}' for one name; rename one of them on another node.");
}
