using System.Text.RegularExpressions;

namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>The rules as written for people, and the rows that hold them: one list.</summary>
public sealed partial class RulesTests
{
    private static readonly string[] s_rules =
        [.. File.ReadLines(Path.Combine(ArchitectureTests.Root(), "docs", "conflicts.md")).Select(l => RuleLine().Match(l)).Where(m => m.Success).Select(m => m.Groups[1].Value)];

    [Fact]
    public void Every_rule_has_a_sign_of_its_own() => Assert.Equal(s_rules.Distinct(), s_rules);

    [Fact]
    public void Every_rule_has_a_row() => Assert.Empty(s_rules.Except(ConflictRows.All.Select(r => r.Rule)));

    [Fact]
    public void Every_row_is_an_example_of_a_rule() => Assert.Empty(ConflictRows.All.Select(r => r.Rule).Except(s_rules));

    [Fact]
    public void No_row_stands_twice_and_there_are_many() => Assert.InRange(ConflictRows.All.Select(r => r.Name).Distinct().Count(), Math.Max(120, ConflictRows.All.Count()), int.MaxValue);

    [GeneratedRegex(@"^\| ([A-Z]\d+) \|")]
    private static partial Regex RuleLine();
}
