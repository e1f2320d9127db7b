using System.Buffers;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Portable;

/// <summary>What Windows cannot hold, or would take for something else.</summary>
internal static class LocalNames
{
    private static readonly HashSet<string> s_devices = new(
        ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", .. Enumerable.Range(0, 10).SelectMany(i => new[] { $"COM{i}", $"LPT{i}" })],
        StringComparer.OrdinalIgnoreCase);

    private static readonly SearchValues<char> s_signs = SearchValues.Create("<>:\"|?*\\");

    /// <summary>Why a path cannot stand on a Windows disk; null if it can.</summary>
    public static Problem? WindowsObjection(EntryPath path)
    {
        foreach (var part in path.Text.Split('/'))
            if (Objection(part) is { } reason)
                return new(path, ProblemKind.NameNotHere, $"Windows cannot hold the name '{Names.Shown(part)}': {reason}. Rename it on another node.");
        return null;
    }

    private static string? Objection(string part)
    {
        if (part.AsSpan().IndexOfAny(s_signs) is >= 0 and var at) return $"it has a '{part[at]}'";
        if (part.Any(char.IsControl)) return "it has a control character";
        if (part[^1] is '.' or ' ') return "it ends with a dot or a space";
        return s_devices.Contains(part.Split('.')[0].TrimEnd()) ? "that is a device" : null;
    }
}
