namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>What becomes of a conflict that all have seen.</summary>
internal static class SettledRows
{
    private const string Shown = "a=3 a!A=2";

    private static readonly Row s_conflict = new("S", "a=1", "a=2", "a=3", Shown);

    private static Row Settled(string rule, string shows, string a = "", string b = "", string c = "", string? steps = null) => (s_conflict with { Rule = rule }).Then(shows, a, b, c, steps);

    public static IReadOnlyList<Row> All { get; } =
    [
        // The next change of the winner.
        Settled("S1", "a=4 a!A=2", a: "a=4", steps: "put a"),
        Settled("S1", "a=4 a!A=2", b: "a=4"),
        Settled("S1", "a=34 a!A=2", b: "a+=4"),
        Settled("S1", "a=3:600 a!A=2", a: "chmod a 600"),
        Settled("S1", "a=4 a!A=2", a: "a=4").Then("a=5 a!A=2", b: "a=5"),
        Settled("S1", "a=4 a!A=2", a: "a=4").Then("a=4", b: "rm a!A"),
        Settled("S1", "a=4 a!A=2", a: "a=4").Then("a=4 a!A=5", b: "a!A=5"),
        Settled("S1", "a/x=4 a!A=2", a: "rm a, a/x=4"),
        Settled("S1", "a->q a!A=2", b: "rm a, a->q"),
        // Of the copy.
        Settled("S2", "a=3 a!A=4", a: "a!A=4"),
        Settled("S2", "a=3 a!A=24", b: "a!A+=4"),
        Settled("S2", "a=3 a!A=2:600", b: "chmod a!A 600"),
        Settled("S2", "a=3 a!A=4", a: "a!A=4").Then("a=5 a!A=4", b: "a=5"),
        // One of them goes.
        Settled("S3", "a=3", a: "rm a!A", steps: "remove a!A"),
        Settled("S3", "a=3", b: "rm a!A").Then("a=4", a: "a=4"),
        Settled("S3", "", b: "rm a!A, rm a"),
        Settled("S4", "a!A=2", a: "rm a", steps: "remove a"),
        Settled("S4", "a!A=2", b: "rm a").Then("", a: "rm a!A"),
        // Or gets another name.
        Settled("S5", "a!A=2 b=3", a: "mv a b"),
        Settled("S5", "a=3 b=2", b: "mv a!A b"),
        Settled("S5", "a=2", a: "mv a!A a"),
        Settled("S5", "a!A=2 b=4", a: "mv a b", b: "a=4"),
        // Two settle it alike.
        Settled("S6", "a=4 a!A=2", a: "a=4", b: "a=4"),
        Settled("S6", "a=3 a!A=4", a: "a!A=4", b: "a!A=4"),
        Settled("S6", "a=3", a: "rm a!A", b: "rm a!A"),
        Settled("S6", "a!A=2", a: "rm a", b: "rm a"),
        Settled("S6", "", a: "rm a, rm a!A", b: "rm a, rm a!A"),
        Settled("S6", "a=2", a: "mv a!A a", b: "mv a!A a"),
        Settled("S6", "a=4 a!A=2", a: "a=4", b: "a=4", c: "a=4"),
        // Or unlike: a conflict as any other.
        Settled("S7", "a=5 a!A=4 a!A=2", a: "a=4", b: "a=5"),
        Settled("S7", "a=3 a!A=7 a!A!A=6", a: "a!A=6", b: "a!A=7"),
        Settled("S7", "a=3 a!A=4 a!A=7 a!A!A=2", a: "a=4", b: "a!A=7"),
        Settled("S7", "a=4 a!A=2 a!A=3", a: "rm a!A", b: "a=4"),
        Settled("S7", "a=4 a!A=2", a: "a=4", b: "rm a"),
        Settled("S7", "a=3 a!A=2", a: "rm a!A", b: "rm a"),
        Settled("S7", "a=3 a!A=7", a: "rm a!A", b: "a!A=7"),
        Settled("S7", "a=3 a!A=7 a!A!A=2", a: "rm a", b: "a!A=7"),
        Settled("S7", "a=6 a!A=2 a!A=4 a!B=5", a: "a=4", b: "a=5", c: "a=6"),
        Settled("S7", "a=5 a!A=4 a!A=2", a: "a=4", b: "a=5").Then("a=6 a!A=4 a!A=2", a: "a=6"),
        // A copy has no history of its own yet: to rename it is to make a file, and to say what it holds is to make one, too.
        Settled("S7", "a=3 a!A=4 b=2", a: "mv a!A b", b: "a!A=4"),
        // A third goes on from what it had.
        (s_conflict with { Rule = "S8", C = "away" }).Then("a=5 a!A=2 a!B=4", b: "a=4", c: "a=5"),
        (s_conflict with { Rule = "S8", C = "away" }).Then("a=5 a!A=2 a!B=3", c: "a=5"),
        (s_conflict with { Rule = "S8", C = "away" }).Then("a=3 a!A=2", c: "rm a"),
        (s_conflict with { Rule = "S8", C = "away" }).Then("a=4 a!A=2", a: "a=4", c: "rm a"),
        (s_conflict with { Rule = "S8", C = "away" }).Then("a=2 a!B=3", c: "a=2"),
        (s_conflict with { Rule = "S8", C = "away" }).Then("b=3 b!A=2", c: "mv a b"),
        (s_conflict with { Rule = "S8", C = "away" }).Then("a=5 a!A=3", a: "rm a!A", c: "a=5"),

        // Conflicts of other kinds.
        new Row("S1", "", "a=1", "a/x=2", "a/x=2 a!A=1").Then("a/x=2 a/y=3 a!A=1", b: "a/y=3"),
        new Row("S2", "", "a=1", "a/x=2", "a/x=2 a!A=1").Then("a/x=2 a!A=5", a: "a!A=5"),
        new Row("S3", "", "a=1", "a/x=2", "a/x=2 a!A=1").Then("a/x=2", a: "rm a!A"),
        new Row("S4", "", "a=1", "a/x=2", "a/x=2 a!A=1").Then("a!A=1", b: "rm a"),
        new Row("S1", "a=1", "mv a b", "b=5", "b=5 b!A=1").Then("b=7 b!A=1", a: "b=7"),
        new Row("S3", "a=1", "mv a b", "b=5", "b=5 b!A=1").Then("b=5", a: "rm b!A"),
        new Row("S1", "a=1", "mv a b; b=2", "a=3", "b=3 b!A=2").Then("b=4 b!A=2", a: "b=4"),
        new Row("S2", "a=1", "mv a b; b=2", "a=3", "b=3 b!A=2").Then("b=3 b!A=4", b: "b!A=4"),
        new Row("S3", "a=1", "mv a b; b=2", "a=3", "b=3 b!A=2").Then("b=3", b: "rm b!A"),
        new Row("S4", "a=1", "mv a b; b=2", "a=3", "b=3 b!A=2").Then("b!A=2", b: "rm b"),
        new Row("S1", "a=1", "a=2", "a=3", "a=4 a!A=2 a!B=3", C: "a=4").Then("a=5 a!A=2 a!B=3", c: "a=5"),
        new Row("S3", "a=1", "a=2", "a=3", "a=4 a!A=2 a!B=3", C: "a=4").Then("a=4 a!B=3", c: "rm a!A").Then("a=4", a: "rm a!B"),
        // Of two that lost and are equal one copy stands for both.
        new Row("S3", "a=1", "a=2", "a=2", "a=3 a!B=2", C: "a=3").Then("a=3", c: "rm a!B"),
        new Row("S2", "a=1", "a=2", "a=2", "a=3 a!B=2", C: "a=3").Then("a=3 a!B=5", c: "a!B=5"),
        new Row("S1", "a=1", "a=2", "a=2", "a=3 a!B=2", C: "a=3").Then("a=4 a!B=2", c: "a=4"),
        new Row("S5", "a=1", "a=2", "a=2", "a=3 a!B=2", C: "a=3").Then("a=3 b=2", c: "mv a!B b"),
        // The directory in which they lie.
        new Row("S9", "d/a=1", "d/a=2", "d/a=3", "d/a=3 d/a!A=2").Then("", a: "rm d"),
        new Row("S9", "d/a=1", "d/a=2", "d/a=3", "d/a=3 d/a!A=2").Then("d/c=4", a: "rm d", b: "d/c=4"),
        new Row("S9", "d/a=1", "d/a=2", "d/a=3", "d/a=3 d/a!A=2").Then("e/a=3 e/a!A=2", a: "mv d e"),
        new Row("S9", "d/a=1", "d/a=2", "d/a=3", "d/a=3 d/a!A=2").Then("e/a=5 e/a!A=2", a: "mv d e", b: "d/a=5"),
        new Row("S9", "d/a=1", "d/a=2", "d/a=3", "d/a=3 d/a!A=2").Then("e/a=3 e/a!A=6 e/a!A!A=2", a: "mv d e", b: "d/a!A=6"),
        new Row("S9", "d/a=1", "d/a=2", "d/a=3", "d/a=3 d/a!A=2").Then("d/a=5 d/a!A=2", a: "rm d", b: "d/a=5"),
    ];
}
