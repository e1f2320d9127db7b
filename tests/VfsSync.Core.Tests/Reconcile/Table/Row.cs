namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>
/// One case. What stood on all nodes before; what the users of A, B and C then did, each unseen by the others, A's before B's before C's; what every node must show once
/// it has everything. <see cref="UserText"/> and <see cref="TreeText"/> say how to read it.
/// </summary>
/// <param name="Rule">The row of the table in docs/conflicts.md that it is an example of.</param>
/// <param name="Before">What A had written, and all had received.</param>
/// <param name="A">What A's user did.</param>
/// <param name="B">What B's user did.</param>
/// <param name="Shows">The tree on every disk afterwards.</param>
/// <param name="C">What C's user did; <c>away</c> if C neither told nor heard anything in this round.</param>
/// <param name="Steps">The steps on the disk of a node whose user did nothing, once it receives all at once.</param>
internal sealed record Row(string Rule, string Before, string A, string B, string Shows, string C = "", string? Steps = null)
{
    /// <summary>What the users did after that, round by round.</summary>
    public IReadOnlyList<Round> More { get; private init; } = [];

    public IEnumerable<Round> Rounds => More.Prepend(new(A, B, C, Shows, Steps));

    public string Name => $"{Rule}: {Before} | {string.Join(" | then ", Rounds.Select(r => r.Name))}";

    public Row Then(string shows, string a = "", string b = "", string c = "", string? steps = null) => this with { More = [.. More, new(a, b, c, shows, steps)] };

    internal sealed record Round(string A, string B, string C, string Shows, string? Steps)
    {
        public string Name => $"{A} | {B}{(C.Length > 0 ? $" | {C}" : "")} -> {Shows}";
    }
}
