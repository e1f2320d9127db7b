namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>Files, directories and symlinks that want one name.</summary>
internal static class KindRows
{
    public static IReadOnlyList<Row> All { get; } =
    [
        new("F1", "a=1", "rm a, a/", "", "a/", Steps: "dir a"),
        new("F1", "d/a=1", "rm d, d=5", "", "d=5", Steps: "remove d/a, remove d, put d"),
        new("F1", "a=1", "", "rm a, a->q", "a->q", Steps: "link a"),
        new("F1", "l->x", "mv l m", "", "m->x", Steps: "rename l m"),

        // A directory against a file.
        new("K1", "", "a=1", "a/", "a/ a!A=1"),
        new("K1", "", "a/", "a=1", "a/ a!B=1"),
        new("K1", "", "a=1", "a/x=2", "a/x=2 a!A=1"),
        new("K1", "", "a/x=2", "a=1", "a/x=2 a!B=1"),
        new("K1", "b=1", "mv b a", "a/x=2", "a/x=2 a!A=1"),
        new("K1", "d/x=2", "a=1", "mv d a", "a/x=2 a!A=1"),
        new("K1", "", "a=1", "a=2", "a/ a!A=1 a!B=2", C: "a/"),
        new("K1", "", "a=1", "a/", "a/ a!A=1 a!C->q", C: "a->q"),
        new("K1", "d/a=1", "e->q", "mv d e", "e/a=1 e!A->q"),
        new("K1", "a=1", "rm a, a/", "rm a, a->q", "a/ a!B->q"),
        new("K2", "a=1", "a=2", "rm a, a/x=3", "a/x=3 a!A=2", Steps: "dir a, put a/x, put a!A"),
        new("K2", "a=1", "rm a, a/x=3", "a=2", "a/x=3 a!B=2"),
        new("K2", "a=1", "rm a, a/", "a=2", "a/ a!B=2"),
        new("K2", "a=1", "chmod a 600", "rm a, a/", "a/ a!A=1:600"),
        new("K2", "a=1, b=2", "mv a b", "rm b, b/x=3", "b/x=3 b!A=1"),
        new("K2", "d/a=1", "rm d, d=5", "d/c=3", "d/c=3 d!A=5"),
        new("K2", "d/a=1", "d/a=9", "rm d, d=5", "d/a=9 d!B=5"),
        new("K2", "d/a=1", "rm d, d->q", "d/c=3", "d/c=3 d!A->q"),
        new("K2", "d/a=1", "mv d/a x, rm d, mv x d", "d/b=2", "d/b=2 d!A=1"),
        new("K3", "a=1", "rm a, a/", "rm a", "a/"),
        new("K3", "a=1", "rm a, a/x=3", "rm a, a/y=4", "a/x=3 a/y=4"),
        new("K3", "d/a=1", "rm d, d=5", "rm d", "d=5"),
        new("K3", "d/a=1", "rm d, d=5", "rm d, d=6", "d=6 d!A=5"),
        new("K3", "a=1", "rm a, a->q", "rm a", "a->q"),

        // What was renamed goes; what took its place is something else.
        new("K4", "a=1", "rm a, a/x=3", "mv a b", "a/x=3 b=1"),
        new("K4", "a=1", "mv a b", "rm a, a/x=3", "a/x=3 b=1"),
        new("K4", "a=1", "mv a b", "rm a, a/", "a/ b=1"),
        new("K4", "d/a=1", "mv d e", "rm d, d=5", "d=5 e/a=1"),
        new("K4", "d/a=1", "rm d, d=5", "mv d e", "d=5 e/a=1"),
        new("K4", "a=1", "mv a b", "rm a, a->q", "a->q b=1"),
        new("K4", "d/a=1", "mv d e", "rm d, d->q", "d->q e/a=1"),
        new("K4", "a=1", "mv a b", "rm a, a/x=3", "a/x=3 b=2", C: "a=2"),
        new("K4", "d/a=1", "mv d e", "rm d, d=5", "d/c=3 d!B=5 e/a=1", C: "d/c=3"),
        new("K4", "l->x", "mv l m", "rm l, l=1", "l=1 m->x"),
        new("K4", "a=1", "mv a b; b=2", "rm a, a/x=3", "a/x=3 b=2"),
        new("K4", "a=1", "rm a, a/x=3", "a=2", "a/x=3 b=2", C: "mv a b"),
        new("K4", "a=1", "mv a b; a/x=3", "a=2", "a/x=3 a!B=2 b=1"),

        // Symlinks.
        new("K5", "", "l->x", "l=1", "l=1 l!A->x"),
        new("K5", "", "l=1", "l->x", "l->x l!A=1"),
        new("K5", "", "l->x", "l->y", "l->y l!A->x"),
        new("K5", "l->x", "rm l, l->y", "rm l, l->z", "l->z l!A->y"),
        new("K5", "l->x", "rm l, l->y", "rm l, l=1", "l=1 l!A->y"),
        new("K5", "a=1", "a=2", "rm a, a->q", "a->q a!A=2"),
        new("K5", "a=1", "rm a, a->q", "a=2", "a=2 a!A->q"),
        new("K5", "a=1", "rm a, a->q", "chmod a 600", "a=1:600 a!A->q"),
        new("K5", "a=1", "touch a", "rm a, a->q", "a->q a!A=1~A"),
        new("K5", "a=1, b=2", "mv a b", "rm b, b->q", "b->q b!A=1"),
        new("K6", "", "l->x", "l->x", "l->x"),
        new("K6", "a=1", "rm a, a->q", "rm a, a->q", "a->q"),
        new("K1", "", "l->x", "l/", "l/ l!A->x"),
        new("K1", "", "l/a=1", "l->x", "l/a=1 l!B->x"),
        new("F4", "l->x", "rm l, l->y", "rm l", "l->y"),
        new("R1", "l->x", "mv l m", "rm l, l->y", "m->y"),
        new("R3", "l->x", "mv l m", "mv l n", "m->x n->x"),
        new("R4", "l->x", "mv l m", "rm l", "m->x"),
    ];
}
