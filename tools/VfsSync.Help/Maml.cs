using System.Management.Automation;
using System.Xml.Linq;

namespace VfsSync.Help;

/// <summary>Help as PowerShell reads it: what people wrote, and what the cmdlets say of themselves.</summary>
internal static class Maml
{
    private static readonly XNamespace Help = "http://msh", M = "http://schemas.microsoft.com/maml/2004/10", C = "http://schemas.microsoft.com/maml/dev/command/2004/10", D = "http://schemas.microsoft.com/maml/dev/2004/10";

    public static XDocument Document(IEnumerable<(CmdletInfo Command, HelpPage Page)> pages) =>
        new(new XElement(Help + "helpItems", new XAttribute("schema", "maml"), pages.Select(p => Command(p.Command, p.Page))));

    private static readonly Dictionary<string, string> OfShouldProcess = new()
    {
        ["WhatIf"] = "Shows what would happen. Nothing is done.",
        ["Confirm"] = "Asks before anything is done.",
    };

    /// <summary>The parameters that are the cmdlet's own.</summary>
    public static IEnumerable<ParameterMetadata> ParametersOf(CmdletInfo command) =>
        command.Parameters.Values.Where(p => !Cmdlet.CommonParameters.Contains(p.Name) && !Cmdlet.OptionalCommonParameters.Contains(p.Name)).OrderBy(p => p.Name, StringComparer.Ordinal);

    private static XElement Command(CmdletInfo command, HelpPage page) => new(C + "command",
        new XAttribute(XNamespace.Xmlns + "maml", M), new XAttribute(XNamespace.Xmlns + "command", C), new XAttribute(XNamespace.Xmlns + "dev", D),
        new XElement(C + "details",
            new XElement(C + "name", command.Name),
            new XElement(C + "verb", command.Verb),
            new XElement(C + "noun", command.Noun),
            Described([page.Synopsis])),
        Described(page.Description),
        new XElement(C + "syntax", command.ParameterSets.Select(set => Syntax(command, set, page))),
        new XElement(C + "parameters", Described(command).Select(p => Parameter(p, p.ParameterSets.Values.First(), page))),
        new XElement(C + "inputTypes", page.Inputs.Select(i => new XElement(C + "inputType", new XElement(D + "type", new XElement(M + "name", i.Type)), Described([i.Text])))),
        new XElement(C + "returnValues", command.OutputType.Select(t => new XElement(C + "returnValue", new XElement(D + "type", new XElement(M + "name", t.Name))))),
        new XElement(M + "alertSet", new XElement(M + "title", "Errors"), new XElement(M + "alert", Paragraphs(page.Errors))),
        new XElement(C + "examples", page.Examples.Select((e, i) => new XElement(C + "example",
            new XElement(M + "title", $"Example {i + 1}: {e.Title}"),
            new XElement(D + "code", e.Code),
            new XElement(D + "remarks", Paragraphs(e.Remarks))))),
        new XElement(M + "relatedLinks", page.Links.Select(l => new XElement(M + "navigationLink", new XElement(M + "linkText", l), new XElement(M + "uri")))));

    // The two of ShouldProcess are in every list that PowerShell makes of a cmdlet's parameters.
    private static IEnumerable<ParameterMetadata> Described(CmdletInfo command) =>
        ParametersOf(command).Concat(command.Parameters.Values.Where(p => OfShouldProcess.ContainsKey(p.Name)));

    private static XElement Syntax(CmdletInfo command, CommandParameterSetInfo set, HelpPage page) => new(C + "syntaxItem",
        new XElement(M + "name", command.Name),
        set.Parameters.Where(p => page.Parameters.ContainsKey(p.Name) || OfShouldProcess.ContainsKey(p.Name)).OrderBy(p => OfShouldProcess.ContainsKey(p.Name)).ThenBy(p => p.Position < 0 ? int.MaxValue : p.Position)
            .Select(p => Parameter(command.Parameters[p.Name], command.Parameters[p.Name].ParameterSets.GetValueOrDefault(set.Name) ?? command.Parameters[p.Name].ParameterSets[ParameterAttribute.AllParameterSets], page)));

    private static XElement Parameter(ParameterMetadata parameter, ParameterSetMetadata set, HelpPage page) => new(C + "parameter",
        new XAttribute("required", set.IsMandatory),
        new XAttribute("globbing", parameter.Name is "Path" && page.Parameters.ContainsKey("LiteralPath")),
        new XAttribute("pipelineInput", PipelineInput(parameter)),
        new XAttribute("position", set.Position < 0 ? "named" : set.Position),
        new XAttribute("aliases", parameter.Aliases.Count > 0 ? string.Join(", ", parameter.Aliases) : "none"),
        new XElement(M + "name", parameter.Name),
        Described(OfShouldProcess.TryGetValue(parameter.Name, out var standard) ? [standard] : page.Parameters[parameter.Name]),
        parameter.SwitchParameter ? null : new XElement(C + "parameterValue", new XAttribute("required", true), TypeName(parameter.ParameterType)),
        new XElement(D + "type", new XElement(M + "name", TypeName(parameter.ParameterType))),
        new XElement(D + "defaultValue", page.Defaults.GetValueOrDefault(parameter.Name) ?? (parameter.SwitchParameter ? "False" : "None")));

    public static string PipelineInput(ParameterMetadata parameter)
    {
        var sets = parameter.ParameterSets.Values;
        List<string> ways = [];
        if (sets.Any(s => s.ValueFromPipeline)) ways.Add("ByValue");
        if (sets.Any(s => s.ValueFromPipelineByPropertyName)) ways.Add("ByPropertyName");
        return ways.Count > 0 ? $"True ({string.Join(", ", ways)})" : "False";
    }

    private static string TypeName(Type type) => type.IsArray ? TypeName(type.GetElementType()!) + "[]" : (Nullable.GetUnderlyingType(type) ?? type).Name;

    private static XElement Described(IEnumerable<string> paragraphs) => new(M + "description", Paragraphs(paragraphs));

    private static IEnumerable<XElement> Paragraphs(IEnumerable<string> texts) => texts.Select(t => new XElement(M + "para", t));
}
