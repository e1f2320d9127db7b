namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>Renames of directories.</summary>
internal static class DirectoryRenameRows
{
    public static IReadOnlyList<Row> All { get; } =
    [
        new("F1", "d/a=1, d/b=2", "mv d e", "", "e/a=1 e/b=2", Steps: "rename d e"),
        new("F1", "d/a=1, e/", "", "mv d e/d", "e/d/a=1", Steps: "rename d e/d"),

        // What is new in it goes where it goes.
        new("M1", "d/a=1", "mv d e", "d/c=3", "e/a=1 e/c=3", Steps: "rename d e, put e/c"),
        new("M1", "d/a=1", "d/c=3", "mv d e", "e/a=1 e/c=3"),
        new("M1", "d/a=1", "mv d e", "d/s/c=3", "e/a=1 e/s/c=3"),
        new("M1", "d/a=1", "mv d e", "d/s/", "e/a=1 e/s/"),
        new("M1", "d/a=1", "mv d e", "d/l->q", "e/a=1 e/l->q"),
        new("M1", "d/a=1, x=5", "mv d e", "mv x d/x", "e/a=1 e/x=5"),
        new("M1", "p/d/a=1", "mv p q", "p/d/c=3", "q/d/a=1 q/d/c=3"),
        new("M1", "d/a=1, e/b=2", "mv d e/d", "d/c=3", "e/b=2 e/d/a=1 e/d/c=3"),
        new("M1", "d/a=1, e/b=2", "mv d e/d", "mv e f", "f/b=2 f/d/a=1"),
        new("M1", "d/", "mv d e", "d/c=3", "e/c=3"),
        new("M1", "d/a=1", "mv d e; e/c=4", "d/c=3", "e/a=1 e/c=3 e/c!A=4"),
        new("M1", "d/a=1", "mv d e", "d/c=2", "e/a=1 e/c=3 e/c!B=2", C: "d/c=3"),

        // So does what was edited.
        new("M2", "d/a=1", "mv d e", "d/a=9", "e/a=9"),
        new("M2", "d/a=1", "d/a=9", "mv d e", "e/a=9"),
        new("M2", "d/a=1", "mv d e; e/a=8", "d/a=9", "e/a=9 e/a!A=8"),
        new("M2", "d/a=1", "mv d e", "chmod d/a 600", "e/a=1:600"),
        new("M2", "d/a=1", "mv d e", "chmod d 700", "e/:700 e/a=1"),
        new("M2", "p/d/a=1", "mv p/d x", "p/d/a=2", "p/ x/a=2"),

        // Removed, all of it or a part.
        new("M3", "d/a=1", "mv d e", "rm d", "e/a=1"),
        new("M3", "d/a=1", "rm d", "mv d e", "e/a=1"),
        new("M3", "d/a=1, d/b=2", "mv d e", "rm d/a", "e/a=1 e/b=2"),
        new("M3", "d/a=1, e/b=2", "mv d e/d", "rm e", "e/d/a=1"),
        new("M3", "d/a=1, e/b=2", "rm e", "mv d e/d", "e/d/a=1"),

        // Two new names.
        new("M4", "d/a=1", "mv d e", "mv d f", "e/a=1 f/a=1"),
        new("M4", "d/a=1", "mv d e", "mv d f", "e/a=1 f/a=1 f/c=3", C: "d/c=3"),
        new("M4", "d/a=1", "mv d e", "mv d/a d/b", "e/a=1 e/b=1"),
        new("M4", "d/a=1", "mv d e", "mv d/a x", "e/a=1 x=1"),
        new("M4", "p/d/a=1", "mv p q", "mv p/d p/x", "q/d/a=1 q/x/a=1"),
        new("M4", "p/d/a=1", "mv p/d x", "mv p q", "q/d/a=1 x/a=1"),
        new("M5", "d/a=1", "mv d e", "mv d e", "e/a=1", Steps: "rename d e"),
        new("M5", "d/a=1", "mv d e", "mv d e", "e/a=1 e/c=3", C: "d/c=3"),

        // Two directories get one name: they are one.
        new("M6", "d/a=1", "mv d e", "e/b=2", "e/a=1 e/b=2"),
        new("M6", "d/a=1, e/b=2", "mv d x", "mv e x", "x/a=1 x/b=2"),
        new("M6", "d/a=1, e/a=2", "mv d x", "mv e x", "x/a=2 x/a!A=1"),
        new("M6", "d/a=1", "mv d e", "e/a=5", "e/a=5 e/a!A=1"),

        new Row("M4", "d/a=1", "mv d e", "mv d f", "e/a=1 f/a=1").Then("e/a=2 f/a=1", a: "e/a=2").Then("e/a=2", b: "rm f"),
        new Row("M1", "d/a=1", "mv d e", "d/c=3", "e/a=1 e/c=3").Then("e/a=1 e/c=4", a: "e/c=4").Then("f/a=1 f/c=4", b: "mv e f"),
        new Row("M1", "d/a=1", "mv d e", "d/c=3", "e/a=1 e/c=3").Then("", a: "rm e"),
        new Row("R10", "d/a=1", "mv d e", "d/c=3", "e/a=1 e/c=3").Then("d/x=5 e/a=1 e/c=3", b: "d/x=5"),
        new Row("R10", "d/a=1", "mv d e", "d/c=3", "e/a=1 e/c=3").Then("d/c=4 e/a=1 e/c=3", a: "d/c=4"),
        new Row("R10", "d/a=1", "mv d e", "d/s/c=3", "e/a=1 e/s/c=3").Then("d/ e/a=1 e/s/c=3", c: "d/"),
        new Row("R10", "d/a=1", "mv d e", "d/c=3", "e/a=1 e/c=3").Then("d=5 e/a=1 e/c=3", a: "d=5"),
        new("M9", "d/a=1, e/b=2", "swap d e", "d/c=3", "d/b=2 d/c=3 e/a=1"),
        new("M9", "d/a=1, e/b=2", "swap d e", "swap d e", "d/b=2 e/a=1"),

        // In a circle, or on and on.
        new("M7", "d/a=1, e/b=2", "mv d e/d", "mv e d/e", "d/e/b=2 e/d/a=1"),
        new("M7", "d/a=1, e/b=2", "mv d e/d", "mv e d/e", "d/c=3 d/e/b=2 e/d/a=1", C: "d/c=3"),
        new("M8", "d/a=1", "mv d e; mv e f", "d/c=3", "d/c=3 f/a=1"),
        new("M8", "d/a=1, e/b=2", "mv d e/d", "mv e f", "d/c=3 f/b=2 f/d/a=1", C: "d/c=3"),
        new("M8", "d/a=1", "mv d e; rm e", "d/c=3", "d/c=3"),
        new("M3", "d/a=1", "rm d", "d/c=3", "e/a=1 e/c=3", C: "mv d e"),
        new("M8", "d/a=1", "mv d e", "rm d; d/b=2", "d/b=2 e/a=1"),
        new("M1", "d/a=1", "mv d e", "rm d, d/b=2", "e/a=1 e/b=2"),
        new("M8", "d/a=1", "mv d e; d/b=2", "d/c=3", "d/b=2 d/c=3 e/a=1"),
    ];
}
