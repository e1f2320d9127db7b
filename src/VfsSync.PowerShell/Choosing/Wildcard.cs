namespace VfsSync.PowerShell.Choosing;

/// <summary>Patterns that a user writes.</summary>
internal static class Wildcard
{
    /// <summary>The pattern that a text is; null if it has no wildcards, or is malformed ('[' without ']').</summary>
    public static WildcardPattern? Of(string text) => WildcardPattern.ContainsWildcardCharacters(text) ? Parse(text) : null;

    /// <summary>The same for a text that may have none; null only if it is malformed.</summary>
    public static WildcardPattern? Parse(string text)
    {
        try
        {
            var pattern = new WildcardPattern(text, WildcardOptions.IgnoreCase);
            // It is read at its first use.
            _ = pattern.IsMatch("");
            return pattern;
        }
        catch (WildcardPatternException)
        {
            return null;
        }
    }
}
