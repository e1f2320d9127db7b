namespace VfsSync.Help;

/// <summary>An about topic as Get-Help shows it: headings in capitals, text indented.</summary>
internal static class AboutTopic
{
    public static string Text(IEnumerable<string> lines)
    {
        var inCode = false;
        List<string> text = [];
        foreach (var line in lines)
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) inCode = !inCode;
            else if (inCode) text.Add("        " + line);
            else if (line.StartsWith("# ", StringComparison.Ordinal)) text.AddRange(["TOPIC", "    " + line[2..]]);
            else if (line.StartsWith('#')) text.Add(line.TrimStart('#', ' ').ToUpperInvariant());
            else text.Add(line.Length == 0 ? "" : "    " + line);
        }
        return string.Join('\n', text) + "\n";
    }
}
