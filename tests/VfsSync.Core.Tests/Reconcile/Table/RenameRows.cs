namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>Renames of files.</summary>
internal static class RenameRows
{
    public static IReadOnlyList<Row> All { get; } =
    [
        new("F1", "a=1", "mv a b", "", "b=1", Steps: "rename a b"),
        new("F1", "a=1", "", "mv a d/b", "d/b=1", Steps: "dir d, rename a d/b"),
        new("F1", "a=1, b=2", "mv a b", "", "b=1", Steps: "remove a, put b"),
        new("F1", "a=1, b=2", "swap a b", "", "a=2 b=1", Steps: "put a, put b"),

        // The edit follows the file.
        new("R1", "a=1", "mv a b", "a=2", "b=2"),
        new("R1", "a=1", "a=2", "mv a b", "b=2"),
        new("R1", "a=1", "mv a b", "a+=2", "b=12"),
        new("R1", "a=1", "mv a b", "a:=2", "b=2"),
        new("R1", "a=1", "mv a b", "a=2; a=3", "b=3"),
        new("R1", "a=1", "mv a d/b", "a=2", "d/b=2"),
        new("R1", "a=1", "chmod a 600", "mv a b", "b=1:600"),
        new("R1", "a=1", "mv a b", "touch a", "b=1~B"),
        new("R1", "a=1", "mv a b", "rm a, a=2", "b=2"),
        new("R1", "a=1", "mv a b", "a=2", "b=3 b!B=2", C: "a=3"),
        new("R1", "a=1, b=2", "mv a c, mv b d", "a=3, b=4", "c=3 d=4"),
        new("R1", "a=1, b=2", "mv a b", "mv b c", "c=1"), // onto b is an edit of b
        new("R1", "a=1, b=2", "swap a b", "mv a c", "b=1 c=2"),

        // It was edited at the new name, too.
        new("R2", "a=1", "mv a b; b=2", "a=3", "b=3 b!A=2"),
        new("R2", "a=1", "a=3", "mv a b; b=2", "b=2 b!A=3"),
        new("R2", "a=1", "a=2; mv a b", "a=3", "b=3 b!A=2"),
        new("R2", "a=1", "mv a b; b=2", "a=2", "b=2"),
        new("R2", "a=1", "mv a b; chmod b 600", "a=2", "b=2 b!A=1:600"),

        new("R2", "a=1", "chmod a 600", "mv a b; b=2", "b=2 b!A=1:600"),
        new("R2", "a=1", "mv a b; b=2", "mv a b; b=3", "b=3 b!A=2"),

        // Two new names.
        new("R3", "a=1", "mv a b", "mv a c", "b=1 c=1", Steps: "rename a b, put c"),
        new("R3", "a=1", "mv a b", "mv a c", "b=1 c=3", C: "a=3"),
        new("R3", "a=1", "mv a b", "mv a c", "b=1 c=1", C: "rm a"),
        new("R3", "a=1", "mv a b", "mv a c", "b=1 c=1 d=1", C: "mv a d"),
        new("R3", "a=1", "mv a b", "mv a c; c=2", "b=1 c=2"),
        new("R3", "a=1", "mv a b", "mv a b; mv b a", "a=1 b=1"),
        new("R3", "a=1, b=2", "mv a b", "mv a c", "b=1 c=1"),
        new("R3", "a=1", "mv a b; b=2", "mv a c; c=3", "b=2 c=3"),
        new Row("R3", "a=1", "mv a b", "mv a c", "b=1 c=1").Then("b=2 c=1", a: "b=2").Then("b=2", b: "rm c"),
        new("R4", "a=1", "mv a b", "rm a", "b=1"),
        new("R4", "a=1", "rm a", "mv a b", "b=1"),
        new("R4", "a=1", "mv a b; b=2", "rm a", "b=2"),
        new("R4", "a=1", "mv a b", "a=2; rm a", "b=1"),
        new("R4", "a=1", "mv a b", "rm a", "b=1", C: "rm a"),
        new("R4", "a=1", "a=2", "mv a b", "b=2", C: "rm a"),
        new("R4", "a=1, b=2", "mv a b", "mv b a", "a=2 b=1"),
        new("R4", "a=1, b=2", "mv a b", "rm b", "b=1"),
        new("R4", "a=1, b=2", "mv a b", "rm a", "b=1"),

        // Two files want one name.
        new("R5", "a=1", "b=5", "mv a b", "b=1 b!A=5"),
        new("R5", "a=1", "mv a b", "b=5", "b=5 b!A=1"),
        new("R5", "a=1", "mv a b", "b=1", "b=1"),
        new("R5", "a=1, c=2", "mv a b", "mv c b", "b=2 b!A=1"),
        new("R5", "a=1, c=2", "mv a b", "mv c b", "b=3 b!B=2", C: "a=3"),
        new("R5", "a=1, b=2", "mv a b", "b=3", "b=3 b!A=1"),
        new("R5", "a=1, b=2, c=3", "mv a b", "mv c b", "b=3 b!A=1"),
        new("R5", "a=1", "mv a b", "mv a b; b=2", "b=2 b!A=1"),
        new("R5", "a=1, b=2", "mv b c; mv a b", "b=3", "b=3 b!A=1 c=2"),
        new("R5", "a=1, b=2", "mv b c, mv a b", "b=3", "b=3 b!A=1 c=2"),
        new("R5", "a=1", "b->q", "mv a b", "b=1 b!A->q"),
        new("R6", "a=1", "mv a b", "mv a b", "b=1", Steps: "rename a b"),
        new("R6", "a=1", "mv a b", "mv a b", "b=2", C: "a=2"),

        // What was made anew under the old name is another file.
        new("R7", "a=1", "mv a b", "rm a; a=9", "a=9 b=1"),
        new("R7", "a=1", "rm a; a=9", "mv a b", "a=9 b=1"),
        new("R7", "a=1", "mv a b; a=9", "a=2", "a=2 a!A=9 b=1"),

        // One hop: nothing follows to what was carried on, or removed, since.
        new("R8", "a=1", "mv a b; mv b c", "a=2", "a=2 c=1"),
        new("R8", "a=1", "a=2", "mv a b; mv b c", "a=2 c=1"),
        new("R8", "a=1", "mv a b; rm b", "a=2", "a=2"),
        new("F2", "a=1", "mv a b; mv b a", "a=2", "a=2 a!A=1"),
        new Row("R1", "a=1", "mv a b", "a=2", "b=2").Then("c=2", a: "mv b c").Then("c=3", b: "c=3"),
        new Row("R1", "a=1", "mv a b", "a=2", "b=2").Then("", b: "rm b"),
        new Row("R1", "a=1", "mv a b", "a=2", "b=2").Then("b=3", a: "b=3"),
        new Row("R10", "a=1", "mv a b", "a=2", "b=2").Then("a=5 b=2", a: "a=5"),
        new Row("R10", "a=1", "mv a b", "a=2", "b=2").Then("a=5 b=2", b: "a=5").Then("a=5 b=3", a: "b=3"),
        new Row("R10", "a=1", "mv a b", "a=2", "b=2").Then("a=1 b=2", c: "a=1").Then("b=2", a: "rm a"),
        new Row("R10", "a=1", "mv a b; b=3", "a=2", "b=2 b!A=3").Then("a=5 b=2 b!A=3", a: "a=5"),
        new Row("R10", "a=1", "a=2", "mv a b; b=3", "b=3 b!A=2").Then("a=5 b=3 b!A=2", b: "a=5"),
        new Row("S7", "a=1", "mv a b", "a=2", "b=2").Then("a=5 b=3 b!A=2", a: "a=5", b: "b=3"),

        // What one look sees as gone here and changed there is a removal and a new file; an exchange of two is two edits.
        new("R9", "a=1", "mv a b, b=2", "a=3", "a=3 b=2"),
        new("R9", "a=1", "a=2, mv a b", "a=3", "a=3 b=2"),
        new("R9", "a=1, b=2", "mv a b", "a=3", "a=3 b=1"),
        new("R9", "a=1, b=2", "swap a b", "a=3", "a=3 a!A=2 b=1"),
        new("R9", "a=1, b=2", "swap a b", "swap a b", "a=2 b=1"),
        new("R9", "a=1, b=2", "swap a b", "rm a", "a=2 b=1"),
        new("R9", "a=1, b=2", "swap a b", "chmod a 600", "a=1:600 a!A=2 b=1"),
        new("R9", "a=1, b=2", "swap a b", "rm a, a/x=3", "a/x=3 a!A=2 b=1"),
        new("R9", "a=1, b=2, c=3", "mv c t, mv b c, mv a b, mv t a", "b=4", "a=3 b=4 b!A=1 c=2"),
        new("R9", "a=1, b=2", "swap a b", "a=3, b=4", "a=3 a!A=2 b=4 b!A=1"),
    ];
}
