using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Reconcile;

/// <summary>
/// Plans as a table: what the index says the disk holds | what it should show | the steps, in order.
/// <c>a=1</c> is a file with content 1, <c>d/</c> a directory, <c>l>x</c> a symlink, <c>a-</c> an absence. Behind it: <c>'</c> other times or mode, <c>*</c> not on this disk,
/// <c>&lt;p</c> shown at p before, <c>@p</c> a copy for p. A step with <c>^p</c> is taken only if the rename to p was.
/// </summary>
public sealed class ReconcilerTests
{
    [Theory]
    // Files
    [InlineData("", "", "")]
    [InlineData("", "a=1", "put a")]
    [InlineData("a=1", "a=2", "put a")]
    [InlineData("a=1", "a=1", "adopt a")]
    [InlineData("a=1", "a=1'", "attributes a")]
    [InlineData("a=1", "a-", "remove a")]
    [InlineData("", "a-", "adopt a")]
    [InlineData("a-", "a-", "adopt a")]
    [InlineData("a-", "a=1", "put a")]
    [InlineData("a=1 b=2", "b=3", "put b")]
    [InlineData("", "b=1 a=2", "put a, put b")]
    // Names that this disk cannot hold
    [InlineData("a=1*", "a=1'", "adopt a")]
    [InlineData("a=1*", "a=2", "put a")]
    [InlineData("a=1*", "a-", "adopt a")]
    [InlineData("a=1*", "a- b=1<a", "adopt a, put b")]
    // Symlinks
    [InlineData("", "l>x", "link l")]
    [InlineData("l>x", "l>y", "link l")]
    [InlineData("l>x", "l>x", "adopt l")]
    [InlineData("l>x", "l>x'", "attributes l")]
    [InlineData("l>x", "l-", "remove l")]
    [InlineData("l>x", "l- m>x<l", "rename l m, adopt l^m")]
    // Directories
    [InlineData("", "d/", "dir d")]
    [InlineData("d/", "d/", "adopt d")]
    [InlineData("d/", "d/'", "attributes d")]
    [InlineData("d/", "d-", "remove d")]
    [InlineData("", "d/ d/a=1", "dir d, put d/a")]
    [InlineData("", "d/a=1", "dir d, put d/a")]
    [InlineData("", "a/b/c=1", "dir a, dir a/b, put a/b/c")]
    [InlineData("a/", "a/b/c=1", "dir a/b, put a/b/c")]
    [InlineData("", "a/b/c=1 a/b/d/", "dir a, dir a/b, dir a/b/d, put a/b/c")]
    [InlineData("d/ d/a=1", "d- d/a-", "remove d/a, remove d")]
    [InlineData("d/ d/e/ d/e/a=1 d/b=2", "d- d/e- d/e/a- d/b-", "remove d/e/a, remove d/e, remove d/b, remove d")]
    [InlineData("d/ d/a=1 d/b=2", "d/a-", "remove d/a")]
    [InlineData("d/*", "d/a=1", "put d/a")]
    // One kind takes the place of another
    [InlineData("a=1", "a/", "dir a")]
    [InlineData("a=1", "a/ a/b=2", "dir a, put a/b")]
    [InlineData("a=1", "a/b=2", "dir a, put a/b")]
    [InlineData("a=1", "a/b/c=2", "dir a, dir a/b, put a/b/c")]
    [InlineData("l>x", "l/", "dir l")]
    [InlineData("a=1", "a>x", "link a")]
    [InlineData("a>x", "a=1", "put a")]
    [InlineData("d/", "d=1", "remove d, put d")]
    [InlineData("d/", "d>x", "remove d, link d")]
    [InlineData("d/ d/a=1", "d=2 d/a-", "remove d/a, remove d, put d")]
    [InlineData("d/ d/a=1", "d=1<d/a d/a-", "remove d/a, remove d, put d")]
    [InlineData("a=1", "a/ a/b=1<a", "dir a, put a/b")]
    // Renames of files
    [InlineData("a=1", "a- b=1<a", "rename a b, adopt a^b")]
    [InlineData("a=1", "a- b=1'<a", "rename a b, adopt a^b")]
    [InlineData("a=1", "a- b=2<a", "remove a, put b")]
    [InlineData("a=1", "b=1<a", "put b")]
    [InlineData("a=1", "a=1 b=1<a", "adopt a, put b")]
    [InlineData("a=1", "a=2 b=1<a", "rename a b, put a^b")]
    [InlineData("a=1", "a>x b=1<a", "rename a b, link a^b")]
    [InlineData("a=1", "a/ b=1<a", "rename a b, dir a^b")]
    [InlineData("a-", "a- b=1<a", "adopt a, put b")]
    [InlineData("a>x", "a- b=1<a", "remove a, put b")]
    [InlineData("a=1 b=2", "a- b=1<a", "remove a, put b")]
    [InlineData("a=1 b-", "a- b=1<a", "rename a b, adopt a^b")]
    [InlineData("a=1", "a- d/ d/a=1<a", "dir d, rename a d/a, adopt a^d/a")]
    [InlineData("a=1", "a- d/a=1<a", "dir d, rename a d/a, adopt a^d/a")]
    [InlineData("a=1 d/", "a- d/a=1<a", "rename a d/a, adopt a^d/a")]
    [InlineData("d/ d/a=1", "d- d/a- a=1<d/a", "rename d/a a, adopt d/a^a, remove d")]
    [InlineData("a=1 b=2", "a- b=1<a c=2<b", "rename b c, rename a b, adopt a^b")]
    [InlineData("a=1 b=2", "a=2<b b=1<a", "put a, put b")]
    [InlineData("a=1 b=2 c=3", "a=3<c b=1<a c=2<b", "put a, put b, put c")]
    [InlineData("a=1", "a- b=1<a c=1<a", "rename a b, adopt a^b, put c")]
    // Copies of what lost
    [InlineData("a=1", "a=2 a.c=1@a", "put a, put a.c")]
    [InlineData("a=1", "a=2 a.c=1@a<a", "rename a a.c, put a^a.c")]
    [InlineData("a=2 a.c=1@a", "a=2 a.c-", "remove a.c, adopt a")]
    [InlineData("a=1 a.c=2@a", "a=2<a.c a.c- a.d=1@a<a", "rename a a.d, rename a.c a, adopt a.c^a")]
    [InlineData("a=1", "a/ a.c=1@a<a", "rename a a.c, dir a^a.c")]
    // Renames of directories
    [InlineData("d/", "d- e/<d", "rename d e, adopt d^e")]
    [InlineData("d/", "d- e/'<d", "rename d e, adopt d^e")]
    [InlineData("d/", "d/ e/<d", "dir e, adopt d")]
    [InlineData("d/", "d=1 e/<d", "rename d e, put d^e")]
    [InlineData("d/ e/", "d- e/<d", "remove d, adopt e")]
    [InlineData("d/*", "d- e/<d", "dir e, adopt d")]
    [InlineData("d/ p/", "d- p/d/<d", "rename d p/d, adopt d^p/d")]
    [InlineData("d/ d/a=1", "d- d/a- e/<d e/a=1<d/a", "rename d e, adopt d/a^e, adopt d^e, adopt e/a^e")]
    [InlineData("d/ d/a=1", "d- d/a- e/<d e/a=2<d/a", "rename d e, adopt d/a^e, adopt d^e, put e/a^e")]
    [InlineData("d/ d/a=1", "d- d/a- e/<d e/a=1'<d/a", "rename d e, adopt d/a^e, adopt d^e, attributes e/a^e")]
    [InlineData("d/ d/a=1", "d- d/a- e/<d", "rename d e, remove e/a^e, adopt d/a^e, adopt d^e")]
    [InlineData("d/ d/a=1", "d- d/a- e/<d e/b=1<d/a", "rename d e, remove e/a^e, adopt d/a^e, adopt d^e, put e/b")]
    [InlineData("d/ d/a=1 d/b=2", "d- d/a- d/b- e/<d e/a=1<d/a", "rename d e, remove e/b^e, adopt d/b^e, adopt d/a^e, adopt d^e, adopt e/a^e")]
    [InlineData("d/ d/s/ d/s/a=1", "d- d/s- d/s/a- e/<d e/s/<d/s e/s/a=1<d/s/a", "rename d e, adopt d/s/a^e, adopt d/s^e, adopt d^e, adopt e/s^e, adopt e/s/a^e")]
    [InlineData("d/ d/a=1", "d- d/a- e/<d e/a=1<d/a e/new=3", "rename d e, adopt d/a^e, adopt d^e, adopt e/a^e, put e/new")]
    [InlineData("d/ d/a=1*", "d- d/a- e/<d e/a=1<d/a", "rename d e, adopt d/a^e, adopt d^e, adopt e/a^e")]
    public void From_what_is_there_to_what_should_be(string disk, string wanted, string plan) => Assert.Equal(plan, Plan(disk, wanted));

    [Fact]
    public void Every_step_names_what_the_disk_must_hold_for_it()
    {
        var view = View("a=1 b=2 d/");
        var steps = Reconciler.Plan(Wanted("a=9 b- d=3 e=4"), view).Steps;
        Assert.Equal(["d: Directory", "b: 2", "a: 1", "d: -", "e: -"], steps.Select(s => $"{s.Path.Text}: {(s.Expected is not { } row ? "-" : row.Entry.Kind == EntryKind.File ? $"{ContentOf(row.Entry)}" : row.Entry.Kind)}"));
    }

    [Fact]
    public void A_plan_depends_on_neither_the_order_nor_the_rest_of_what_is_wanted()
    {
        string[] wanted = ["a-", "b=1<a", "d-", "d/x-", "e/<d", "e/x=5<d/x", "n/m/o=7", "z=9"];
        var plan = Plan("a=1 d/ d/x=5 z=8", string.Join(' ', wanted));
        for (var seed = 0; seed < 20; seed++)
        {
            new Random(seed).Shuffle(wanted);
            Assert.Equal(plan, Plan("a=1 d/ d/x=5 z=8", string.Join(' ', wanted)));
        }
    }

    internal static string Plan(string disk, string wanted) => string.Join(", ", Reconciler.Plan(Wanted(wanted), View(disk)).Steps.Select(Tell));

    internal static string Tell(PlanStep step)
    {
        var what = step switch
        {
            AdoptStep => "adopt",
            DirectoryStep => "dir",
            FileStep => "put",
            SymlinkStep => "link",
            AttributesStep => "attributes",
            RemoveStep => "remove",
            RenameStep rename => $"rename {rename.From.Text}",
            _ => "?",
        };
        return $"{what} {step.Path.Text}{(step.After is { } after ? $"^{after.Text}" : "")}";
    }

    [Fact]
    public void A_directory_in_which_a_path_would_become_longer_than_any_can_be_is_not_renamed_as_one()
    {
        var (deep, target) = ("d/" + string.Join('/', Enumerable.Repeat(new string('e', 200), 100)), string.Join('/', Enumerable.Repeat(new string('t', 200), 100)));
        var plan = Plan($"d/ {deep}=1", $"d- {target}/<d");
        Assert.DoesNotContain("rename", plan, StringComparison.Ordinal);
        Assert.Contains($"dir {target}", plan, StringComparison.Ordinal);
    }

    private static TableView View(string disk)
    {
        var view = new TableView();
        foreach (var (placement, placed) in Parse(disk))
            view.Rows[placement.Path] = new IndexRow(placement.Path, placement.Entry, default, placement.Vector, placement.Shown, placement.Origin, Placed: placed);
        return view;
    }

    private static Dictionary<EntryPath, Placement> Wanted(string text) => Parse(text).ToDictionary(p => p.Placement.Path, p => p.Placement);

    private static IEnumerable<(Placement Placement, bool Placed)> Parse(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Row);

    private static (Placement, bool) Row(string word)
    {
        var from = After('<', ref word);
        var origin = After('@', ref word);
        var placed = !Ends('*', ref word);
        var other = Ends('\'', ref word) ? 1 : 0;
        var (path, entry) = EntryOf(word, other);
        var dot = Samples.Dot(1, 1);
        return (new Placement(path, entry, VersionVector.Of(dot), dot, origin ?? path, from), placed);
    }

    private static (EntryPath, Entry) EntryOf(string word, int other)
    {
        if (word.EndsWith('-')) return (Samples.Path(word[..^1]), Entry.Absent);
        if (word.EndsWith('/')) return (Samples.Path(word[..^1]), Entry.Directory(0x1ED - other));
        if (word.Split('>') is [var link, var target]) return (Samples.Path(link), Entry.Symlink(target, other));
        var (name, content) = word.Split('=') is [var n, var c] ? (n, int.Parse(c, System.Globalization.CultureInfo.InvariantCulture)) : throw new FormatException(word);
        return (Samples.Path(name), Samples.SmallFile(content) with { ModifiedNs = other });
    }

    private static int ContentOf(Entry file) => Enumerable.Range(0, 10).Single(i => Samples.SmallFile(i).SameContent(file));

    private static EntryPath? After(char mark, ref string word)
    {
        if (word.Split(mark) is not [var head, var tail] || mark == '<' && tail.Length == 0) return null;
        word = head;
        return Samples.Path(tail);
    }

    private static bool Ends(char mark, ref string word)
    {
        if (!word.EndsWith(mark)) return false;
        word = word[..^1];
        return true;
    }
}
