namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>The rules of docs/conflicts.md, row by row, through all that decides.</summary>
public sealed class ConflictTableTests
{
    private static readonly Dictionary<string, Row> s_rows = ConflictRows.All.ToDictionary(r => r.Name);

    public static IEnumerable<TheoryDataRow<string>> Names => s_rows.Keys.Select(name => new TheoryDataRow<string>(name) { TestDisplayName = name });

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_node_shows_what_the_rule_says(string row) => RowRun.Check(s_rows[row]);
}
