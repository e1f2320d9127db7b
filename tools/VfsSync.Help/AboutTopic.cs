namespace VfsSync.Help;

/// <summary>An about topic as Get-Help shows it: headings in capitals, text indented and broken for a window of 80 columns.</summary>
internal static class AboutTopic
{
    private const int Width = 76;

    public static string Text(IEnumerable<string> lines)
    {
        var inCode = false;
        List<string> text = [], paragraph = [];
        foreach (var line in lines.Append(""))
        {
            var fence = line.StartsWith("```", StringComparison.Ordinal);
            if (!inCode && !fence && line.Length > 0 && line[0] != '#')
            {
                paragraph.AddRange(line.Split(' '));
                continue;
            }
            text.AddRange(Broken(paragraph));
            paragraph.Clear();
            if (fence) inCode = !inCode;
            else if (inCode) text.Add("        " + line);
            else if (line.StartsWith("# ", StringComparison.Ordinal)) text.AddRange(["TOPIC", "    " + line[2..]]);
            else text.Add(line.TrimStart('#', ' ').ToUpperInvariant());
        }
        return string.Join('\n', text) + "\n";
    }

    private static IEnumerable<string> Broken(IEnumerable<string> words)
    {
        var line = "";
        foreach (var word in words)
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > Width)
            {
                yield return "    " + line;
                line = "";
            }
            line += line.Length > 0 ? " " + word : word;
        }
        if (line.Length > 0) yield return "    " + line;
    }
}
