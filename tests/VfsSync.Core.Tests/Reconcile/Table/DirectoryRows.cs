namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>Directories made, filled and removed.</summary>
internal static class DirectoryRows
{
    public static IReadOnlyList<Row> All { get; } =
    [
        new("F1", "", "d/", "", "d/", Steps: "dir d"),
        new("F1", "d/a=1", "rm d", "", "", Steps: "remove d/a, remove d"),
        new("F1", "d/a=1", "", "d/b=2", "d/a=1 d/b=2", Steps: "put d/b"),
        new("F1", "d/a=1", "rm d/a", "", "d/", Steps: "remove d/a"),
        new("F1", "d/", "chmod d 700", "", "d/:700", Steps: "attributes d"),

        // Both made it.
        new("D1", "", "d/", "d/", "d/", Steps: "dir d"),
        new("D1", "", "d/a=1", "d/b=2", "d/a=1 d/b=2"),
        new("D1", "", "d/a=1", "d/a=2", "d/a=2 d/a!A=1"),
        new("D1", "", "d/, chmod d 700", "d/", "d/"),
        new("D1", "", "d/", "d/, chmod d 700", "d/:700"),
        new("D1", "d/a=1", "chmod d 700", "chmod d 711", "d/:711 d/a=1"),
        new("D1", "d/a=1", "chmod d 700", "d/a=2", "d/:700 d/a=2"),

        // Removed here, filled there.
        new("D2", "d/a=1, d/b=2", "rm d", "d/c=3", "d/c=3", Steps: "remove d/b, remove d/a, put d/c"),
        new("D2", "d/a=1, d/b=2", "d/c=3", "rm d", "d/c=3"),
        new("D2", "d/a=1, d/b=2", "rm d", "d/a=9", "d/a=9"),
        new("D2", "d/a=1, d/b=2", "d/a=9", "rm d", "d/a=9"),
        new("D2", "d/a=1, d/b=2", "rm d", "chmod d/a 600", "d/a=1:600"),
        new("D2", "d/a=1", "rm d", "mv d/a d/z", "d/z=1"),
        new("D2", "d/a=1, x=5", "rm d", "mv x d/x", "d/x=5"),
        new("D2", "d/a=1", "rm d", "d/s/", "d/s/"),
        new("D2", "d/a=1", "rm d", "d/s/t=4", "d/s/t=4"),
        new("D2", "d/a=1", "d/l->q", "rm d", "d/l->q"),
        new("D2", "d/a=1", "rm d", "chmod d 700", "d/:700"),
        new("D2", "p/d/a=1, p/b=2", "rm p", "p/d/c=3", "p/d/c=3"),
        new("D2", "p/d/a=1, p/b=2", "rm p/d", "p/d/c=3", "p/b=2 p/d/c=3"),
        new("D2", "d/a=1", "rm d", "d/a=2", "d/a=3 d/a!B=2", C: "d/a=3"),
        new("D2", "d/a=1", "rm d", "rm d", "d/c=3", C: "d/c=3"),
        new("D2", "d/a=1", "rm d", "d/c=3; rm d/c", ""),
        new Row("D2", "d/a=1", "rm d", "d/c=3", "d/c=3").Then("", a: "rm d"),
        new Row("D2", "d/a=1", "rm d", "d/c=3", "d/c=3").Then("d/a=2 d/c=3", a: "d/a=2"),
        new("D3", "d/a=1", "rm d", "rm d", ""),
        new("D3", "d/a=1", "rm d", "rm d/a", ""),
        new("D3", "d/a=1, d/b=2", "rm d/a", "rm d/b", "d/"),

        // Moved out in time.
        new("D4", "d/a=1, d/b=2", "rm d", "mv d/a x", "x=1"),
        new("D4", "d/a=1, d/b=2", "mv d/a x", "rm d", "x=1"),
        new("D4", "d/s/a=1, d/b=2", "rm d", "mv d/s x", "x/a=1"),
        new("D4", "d/a=1", "rm d", "mv d/a x; x=2", "x=2"),

        // Removed and made anew.
        new("D5", "d/a=1", "rm d, d/b=2", "d/c=3", "d/b=2 d/c=3"),
        new("D5", "d/a=1", "rm d; d/b=2", "d/c=3", "d/b=2 d/c=3"),
        new("D5", "d/a=1", "rm d; d/a=5", "d/a=9", "d/a=9 d/a!A=5"),
        new("D5", "d/a=1", "rm d; d/b=2", "rm d", "d/b=2"),
        new("D5", "d/a=1", "rm d; d/b=2", "rm d; d/b=3", "d/b=3 d/b!A=2"),
    ];
}
