using System.Management.Automation;

namespace VfsSync.Help;

/// <summary>
/// A page of docs/cmdlets: `# Name`, the synopsis below it; `## Description`; `## Parameters` with `### -Name`; `## Examples` with `### title`, a code block and
/// remarks; `## Errors`.
/// </summary>
internal sealed class HelpPage
{
    public string Synopsis { get; private set; } = "";

    public List<string> Description { get; } = [];

    public Dictionary<string, List<string>> Parameters { get; } = new(StringComparer.OrdinalIgnoreCase);

    public List<HelpExample> Examples { get; } = [];

    public List<string> Errors { get; } = [];

    public static HelpPage Read(string file)
    {
        var page = new HelpPage();
        foreach (var section in MarkdownSection.Read(File.ReadAllLines(file))) page.Take(section);
        return page;
    }

    /// <summary>What the page lacks, or has too much, for a cmdlet.</summary>
    public IEnumerable<string> FaultsFor(CmdletInfo command)
    {
        var own = Maml.ParametersOf(command).Select(p => p.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var name in own.Where(n => !Parameters.ContainsKey(n))) yield return $"-{name} is not described.";
        foreach (var name in Parameters.Keys.Where(n => !own.Contains(n))) yield return $"-{name} is described, but there is no such parameter.";
        if (Synopsis.Length == 0) yield return "There is no synopsis.";
        if (Description.Count == 0) yield return "There is no description.";
        if (Examples.Count < 3) yield return "There are fewer than three examples.";
    }

    private void Take(MarkdownSection section)
    {
        switch (section.Headings)
        {
            case [_]:
                Synopsis = string.Join(' ', section.Paragraphs);
                break;
            case [_, "Description"]:
                Description.AddRange(section.Paragraphs);
                break;
            case [_, "Errors"]:
                Errors.AddRange(section.Paragraphs);
                break;
            case [_, "Parameters", var name]:
                Parameters[name.TrimStart('-')] = section.Paragraphs;
                break;
            case [_, "Examples", var title]:
                Examples.Add(new HelpExample(title, section.Code, section.Paragraphs));
                break;
        }
    }
}

/// <summary>An example: its title, what to type, and what to say of it.</summary>
internal sealed record HelpExample(string Title, string Code, List<string> Remarks);
