using System.Globalization;
using System.Management.Automation;

namespace VfsSync.Help;

/// <summary>
/// A page of docs/cmdlets: `# Name`, the synopsis below it; `## Description`; `## Parameters` with `### -Name` (a paragraph `Default: ...` is its default);
/// `## Inputs` with a list of `type: what it is taken for`; `## Examples` with `### title`, a code block and remarks; `## Errors`; `## Related links`, a list.
/// </summary>
internal sealed class HelpPage
{
    private const string Default = "Default: ";

    public string Synopsis { get; private set; } = "";

    public List<string> Description { get; } = [];

    public Dictionary<string, List<string>> Parameters { get; } = new(StringComparer.OrdinalIgnoreCase);

    public Dictionary<string, string> Defaults { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Types that come down the pipeline, and what for.</summary>
    public List<(string Type, string Text)> Inputs { get; } = [];

    public List<string> Links { get; } = [];

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
        if (Links.Count == 0) yield return "There are no related links.";
        if (Inputs.Count > 0 != Maml.ParametersOf(command).Any(p => Maml.PipelineInput(p) != "False")) yield return "Inputs and parameters that take them do not agree.";
        foreach (var (name, value) in InitialValues(command))
            if (!Defaults.TryGetValue(name, out var said)) yield return $"-{name} is {value} by default, which is not said.";
            else if (value.All(char.IsLetterOrDigit) && said != value) yield return $"-{name} is {value} by default, not {said}.";
    }

    // What an untouched cmdlet has in its properties, as far as it says anything.
    private static IEnumerable<(string Name, string Value)> InitialValues(CmdletInfo command)
    {
        var untouched = Activator.CreateInstance(command.ImplementingType);
        foreach (var parameter in Maml.ParametersOf(command).Where(p => !p.SwitchParameter))
        {
            var value = command.ImplementingType.GetProperty(parameter.Name)!.GetValue(untouched);
            var text = value is string[] several ? string.Join(", ", several) : Convert.ToString(value, CultureInfo.InvariantCulture);
            if (!string.IsNullOrEmpty(text) && text is not ("0" or "NaN") && value is not Array or string[] { Length: > 0 }) yield return (parameter.Name, text!);
        }
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
                Parameters[name.TrimStart('-')] = section.Paragraphs.FindAll(p => !p.StartsWith(Default, StringComparison.Ordinal));
                if (section.Paragraphs.Find(p => p.StartsWith(Default, StringComparison.Ordinal)) is { } said) Defaults[name.TrimStart('-')] = said[Default.Length..].TrimEnd('.');
                break;
            case [_, "Inputs"]:
                Inputs.AddRange(section.Paragraphs.Select(p => p.TrimStart('-', ' ').Split(": ", 2)).Select(p => (p[0], p.Length > 1 ? p[1] : "")));
                break;
            case [_, "Related links"]:
                Links.AddRange(section.Paragraphs.Select(p => p.TrimStart('-', ' ')));
                break;
            case [_, "Examples", var title]:
                Examples.Add(new HelpExample(title, section.Code, section.Paragraphs));
                break;
        }
    }
}

/// <summary>An example: its title, what to type, and what to say of it.</summary>
internal sealed record HelpExample(string Title, string Code, List<string> Remarks);
