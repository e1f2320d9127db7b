namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>Names that some disks take for one. Here they are two; what a disk that cannot hold both does is its own affair, and no change (<see cref="TwinsTests"/>).</summary>
internal static class NameRows
{
    private const string Nfc = "\u00e9", Nfd = "e\u0301";

    public static IReadOnlyList<Row> All { get; } =
    [
        new("N1", "", "x=1", "X=2", "X=2 x=1"),
        new("N1", "", "x=1", "X=1", "X=1 x=1"),
        new("N1", "", $"{Nfc}=1", $"{Nfd}=2", $"{Nfc}=1 {Nfd}=2"),
        new("N1", "", "d/a=1", "D/a=2", "D/a=2 d/a=1"),
        new("N2", "x=1", "mv x X", "", "X=1", Steps: "rename x X"),
        new("N2", "x=1", "mv x X", "x=2", "X=2"),
        new("N2", "x=1", "mv x X", "x=2; y=3", "X=2 y=3"),
        new("N2", "x=1", "x=2", "mv x X", "X=2"),
        new("N2", "x=1", "mv x X", "rm x", "X=1"),
        new("N2", "x=1", "mv x X", "mv x X", "X=1"),
        new("N2", "x=1", "mv x X", "mv x y", "X=1 y=1"),
        new("R5", "x=1", "mv x X", "X=5", "X=5 X!A=1"),
        new("N2", "d/a=1", "mv d D", "d/c=3", "D/a=1 D/c=3", Steps: "rename d D, put D/c"),
        new("N2", $"{Nfc}=1", $"mv {Nfc} {Nfd}", "", $"{Nfd}=1", Steps: $"rename {Nfc} {Nfd}"),
        new("N2", $"{Nfc}=1", $"mv {Nfc} {Nfd}", $"{Nfc}=2", $"{Nfd}=2"),
        new("N2", $"{Nfc}=1", $"rm {Nfc}", $"mv {Nfc} {Nfd}", $"{Nfd}=1"),
        new("N2", $"{Nfd}/a=1", $"mv {Nfd} {Nfc}", $"{Nfd}/c=3", $"{Nfc}/a=1 {Nfc}/c=3"),
        new("N3", "x=1, X=2", "rm x", "", "X=2", Steps: "remove x"),
        new("N3", "x=1, X=2", "rm x", "X=3", "X=3"),
        new("N3", "x=1, X=2", "rm x", "rm X", ""),
        new("N3", "x=1, X=2", "x=3", "X=4", "X=4 x=3"),
        new("N3", "x=1, X=1", "rm x", "", "X=1"),
        new("N3", $"{Nfc}=1, {Nfd}=2", $"rm {Nfd}", $"{Nfc}=3", $"{Nfc}=3"),
    ];
}
