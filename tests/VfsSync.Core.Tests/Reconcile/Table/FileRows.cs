namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>One file at one path.</summary>
internal static class FileRows
{
    public static IReadOnlyList<Row> All { get; } =
    [
        // Only one side did anything.
        new("F1", "", "a=1", "", "a=1", Steps: "put a"),
        new("F1", "a=1", "a=2", "", "a=2", Steps: "put a"),
        new("F1", "a=1", "a+=2", "", "a=12", Steps: "put a"),
        new("F1", "a=1", "", "rm a", "", Steps: "remove a"),
        new("F1", "a=1", "chmod a 600", "", "a=1:600", Steps: "attributes a"),
        new("F1", "a=1", "touch a", "", "a=1~A", Steps: "attributes a"),
        new("F1", "a=1", "a=2; rm a; a=3", "", "a=3", Steps: "put a"),

        // Both wrote.
        new("F2", "", "a=1", "a=2", "a=2 a!A=1", Steps: "put a, put a!A"),
        new("F2", "a=1", "a=2", "a=3", "a=3 a!A=2", Steps: "put a, put a!A"),
        new("F2", "a=1", "a+=2", "a+=3", "a=13 a!A=12"),
        new("F2", "a=1", "a:=2", "a=3", "a=3 a!A=2"),
        new("F2", "a=1", "a=2; a=3; a=4", "a=5", "a=5 a!A=4"),
        new("F2", "a=1", "a=2", "a=3; a=4", "a=4 a!A=2"),
        new("F2", "a=1", "a=", "a=2", "a=2 a!A="),
        new("F2", "a=1", "a=2", "a=", "a= a!A=2"),
        new("F2", "a.txt=1", "a.txt=2", "a.txt=3", "a.txt=3 a!A.txt=2"),
        new("F2", "a.tar.gz=1", "a.tar.gz=2", "a.tar.gz=3", "a.tar.gz=3 a.tar!A.gz=2"),
        new("F2", ".env=1", ".env=2", ".env=3", ".env=3 .env!A=2"),
        new("F2", "d/e/a=1", "d/e/a=2", "d/e/a=3", "d/e/a=3 d/e/a!A=2"),
        new("F2", "a=1, b=2", "a=3, b=4", "a=5, b=6", "a=5 a!A=3 b=6 b!A=4"),
        new("F2", "a=1", "a=2", "a=3", "a=4 a!A=2 a!B=3", C: "a=4"),
        new("F2", "", "a=2", "a=3", "a=4 a!A=2 a!B=3", C: "a=4"),
        new("F2", "a=1", "a=2", "a=3", "a=2 a!B=3", C: "a=2"),
        // To go back to what stood there before, or to make it anew, is an edit like another.
        new("F2", "a=1", "a=2; a=1", "a=3", "a=3 a!A=1"),
        new("F2", "a=1", "rm a; a=1", "a=2", "a=2 a!A=1"),
        new("F2", "a=1", "rm a; a=2", "rm a; a=3", "a=3 a!A=2"),

        // Both wrote the same.
        new("F3", "", "a=1", "a=1", "a=1", Steps: "put a"),
        new("F3", "a=1", "a=2", "a=2", "a=2", Steps: "put a"),
        new("F3", "a=1", "a+=2", "a=12", "a=12"),
        new("F3", "a=1", "a=", "a=", "a="),
        new("F3", "a=1", "a=2", "a=2", "a=2", C: "a=2"),
        new("F3", "a=1", "a=2, chmod a 600", "a=2", "a=2"),
        new("F3", "a=1", "a=2", "a=2, chmod a 600", "a=2:600"),
        new("F3", "a=1", "rm a; a=2", "a=2", "a=2"),

        // Work beats its absence.
        new("F4", "a=1", "a=2", "rm a", "a=2", Steps: "put a"),
        new("F4", "a=1", "rm a", "a=2", "a=2", Steps: "put a"),
        new("F4", "a=1", "rm a", "a+=2", "a=12"),
        new("F4", "a=1", "a=", "rm a", "a="),
        new("F4", "a=1", "chmod a 600", "rm a", "a=1:600"),
        new("F4", "a=1", "rm a", "touch a", "a=1~B"),
        new("F4", "a=1", "a=2; a=1", "rm a", "a=1"),
        new("F4", "a=1", "rm a; a=1", "rm a", "a=1"),
        new("F4", "a=1", "rm a; a=2", "rm a", "a=2"),
        new("F4", "a=1", "a=2", "rm a", "a=3 a!A=2", C: "a=3"),
        new("F5", "a=1", "rm a", "rm a", "", Steps: "remove a"),
        new("F5", "a=1", "a=2; rm a", "rm a", ""),
        new("F5", "a=1", "rm a", "a=2; rm a", "", C: "rm a"),

        // Mode and time are a version of the file.
        new("F6", "a=1", "chmod a 600", "a=2", "a=2 a!A=1:600"),
        new("F6", "a=1", "a=2", "chmod a 600", "a=1:600 a!A=2"),
        new("F6", "a=1", "touch a", "a=2", "a=2 a!A=1~A"),
        new("F6", "a=1", "a=2", "touch a", "a=1~B a!A=2"),
        new("F7", "a=1", "chmod a 600", "chmod a 640", "a=1:640", Steps: "attributes a"),
        new("F7", "a=1", "touch a", "touch a", "a=1~B"),
        new("F7", "a=1", "chmod a 600", "touch a", "a=1~B"),
        new("F7", "a=1", "touch a", "chmod a 600", "a=1:600"),
        new("F6", "a=1", "a=2", "chmod a 600", "a=1~C a!A=2", C: "touch a"),

        // What nobody has stands in nobody's way.
        new("W1", "", "a=1; lose a", "a=2", "a=2"),
        new("W1", "", "a=2", "a=1; lose a", "a=2"),
        new("W1", "a=5", "a=1; lose a", "rm a", ""),
        new("W1", "a=5", "a=1; lose a", "mv a b", "b=5"),
        new("W1", "a=5", "a=1; lose a", "chmod a 600", "a=5:600"),
        new("W1", "a=5", "a=1; lose a", "a=2", "a=3 a!B=2", C: "a=3"),
    ];
}
