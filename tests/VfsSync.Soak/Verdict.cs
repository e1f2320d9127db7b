namespace VfsSync.Soak;

/// <summary>How a run ended.</summary>
/// <param name="Operations">Of all users.</param>
/// <param name="Kills">Of all nodes.</param>
/// <param name="EqualAfter">Seconds from the last operation until all trees were equal for good; null if they never were.</param>
/// <param name="Failures">The kinds of failure, and each in words.</param>
internal sealed record Verdict(int Operations, int Kills, double? EqualAfter, IReadOnlyList<(string Kind, string Text)> Failures)
{
    public bool IsGood => Failures.Count == 0;

    public string Kinds => string.Join(", ", Failures.Select(f => f.Kind).Distinct());

    public override string ToString()
    {
        var counts = $"{Operations} operations, {Kills} kills, {(EqualAfter is { } after ? $"equal after {after:F1} s" : "never equal")}";
        return IsGood ? counts : $"{string.Join("\n", Failures.Select(f => $"{f.Kind}: {f.Text}"))}\n{counts}: {Kinds}";
    }
}
