namespace VfsSync.PowerShell.Running;

/// <summary>What this pwsh was started for.</summary>
internal static class CommandLine
{
    /// <summary>
    /// Whether it runs one command and ends, as in <c>pwsh -Command '...'</c>: it then ends with code 1 when Ctrl+C stopped that command, other than with -File.
    /// </summary>
    /// <param name="arguments">Its own, the program first.</param>
    public static bool IsOneCommand(IReadOnlyList<string> arguments)
    {
        foreach (var argument in arguments.Skip(1))
        {
            if (Is(argument, "noexit", 3) || Is(argument, "file", 1)) return false;
            if (Is(argument, "command", 1) || Is(argument, "commandwithargs", 15) || Is(argument, "cwa", 3) || Is(argument, "encodedcommand", 1) || Is(argument, "ec", 2)) return true;
        }
        return false;
    }

    // As pwsh reads them: one or two dashes, and as much of the name as it asks for.
    private static bool Is(string argument, string name, int least)
    {
        var given = argument.StartsWith('-') ? argument.AsSpan(argument.StartsWith("--", StringComparison.Ordinal) ? 2 : 1) : [];
        return given.Length >= least && name.AsSpan().StartsWith(given, StringComparison.OrdinalIgnoreCase);
    }
}
