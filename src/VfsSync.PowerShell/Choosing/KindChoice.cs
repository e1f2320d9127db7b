using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Choosing;

/// <summary>Which kinds are meant, by words with wildcards. A word that fits none is an error: it would be waited for in vain.</summary>
internal sealed class KindChoice
{
    private readonly HashSet<string> _meant = [];

    /// <param name="given">The words.</param>
    /// <param name="kinds">The kinds there are.</param>
    /// <param name="shown">The word for a kind in tables, which is as good.</param>
    /// <exception cref="CommandException">One of the words fits no kind.</exception>
    public KindChoice(IEnumerable<string> given, IReadOnlyList<string> kinds, Func<string, string> shown)
    {
        foreach (var word in given)
        {
            List<string> found = Wildcard.Parse(word) is { } pattern ? [.. kinds.Where(k => pattern.IsMatch(k) || pattern.IsMatch(shown(k)))] : [];
            if (found.Count == 0) throw new CommandException("VfsUnknownKind", ErrorCategory.InvalidArgument, word, $"There is no kind '{word}'. Choose among {string.Join(", ", kinds)}.");
            _meant.UnionWith(found);
        }
    }

    public bool Has(string kind) => _meant.Contains(kind);
}
