namespace VfsSync.Help;

/// <summary>What stands between two headings.</summary>
/// <param name="Headings">The heading and those above it.</param>
/// <param name="Paragraphs">Each in one line; list items are paragraphs of their own.</param>
/// <param name="Code">The code blocks.</param>
internal sealed record MarkdownSection(string[] Headings, List<string> Paragraphs, string Code)
{
    public static IEnumerable<MarkdownSection> Read(IEnumerable<string> lines)
    {
        List<string> headings = [], paragraphs = [], code = [];
        var (inCode, open) = (false, false);
        foreach (var line in lines)
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) (inCode, open) = (!inCode, false);
            else if (inCode) code.Add(line);
            else if (line.StartsWith('#'))
            {
                if (headings.Count > 0) yield return new MarkdownSection([.. headings], [.. paragraphs], string.Join('\n', code));
                var depth = line.TakeWhile(c => c == '#').Count();
                headings = [.. headings.Take(depth - 1), line[depth..].Trim()];
                (paragraphs, code, open) = ([], [], false);
            }
            else if (line.Trim().Length == 0) open = false;
            else if (open && !line.StartsWith("- ", StringComparison.Ordinal)) paragraphs[^1] += " " + Plain(line);
            else
            {
                paragraphs.Add(Plain(line));
                open = true;
            }
        }
        yield return new MarkdownSection([.. headings], paragraphs, string.Join('\n', code));
    }

    private static string Plain(string line) => line.Trim().Replace("`", "", StringComparison.Ordinal).Replace("**", "", StringComparison.Ordinal);
}
