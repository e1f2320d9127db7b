using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Reconcile;

/// <summary>What a change of one path's heads makes others show: judged by looking at everything before and after.</summary>
public sealed class AffectedByTests
{
    private static readonly string[] _paths = ["a", "b", "d", "d/a", "d/b", "d/e", "d/e/a", "e", "e/a", "e/b", "e/d", "e/d/b"];

    [Fact]
    public void Renames_into_each_other_come_to_an_end()
    {
        var history = new RandomHistory(0);
        history.Add(1, new(0, P("d"), Entry.Directory(0x1ED), default));
        history.Add(2, new(0, P("e/q"), Entry.Directory(0x1ED), default));
        history.Add(1, new(0, P("e"), Entry.Directory(0x1ED), default, P("d"), VersionVector.Of(history.Dots[0])));
        history.Add(2, new(0, P("d"), Entry.Directory(0x1ED), default, P("e/q"), VersionVector.Of(history.Dots[1])));
        history.Add(3, new(0, P("e/q/new"), Samples.SmallFile(1), default));
        Assert.Contains(P("e/q/new"), new Showing(history.Fold, _ => "n").AffectedBy([P("e/q/new")]));
    }

    [Fact]
    public void Nothing_else_ever_changes()
    {
        for (var seed = 1; seed <= 300; seed++)
        {
            var history = new RandomHistory(seed);
            for (var i = 0; i < 25; i++)
            {
                var before = history.Fold;
                var changed = history.AddAny(_paths);
                var affected = new Showing(history.Fold, _ => "n").AffectedBy(changed);
                foreach (var path in Places(before).Union(Places(history.Fold)))
                    Assert.True(affected.Contains(path) || Text(before, path) == Text(history.Fold, path), $"seed {seed}, change {i} of {string.Join(", ", changed)}: {path} was {Text(before, path)} and is {Text(history.Fold, path)}");
            }
        }
    }

    [Fact]
    public void Whatever_is_shown_lies_in_directories_that_are_shown()
    {
        for (var seed = 1; seed <= 300; seed++)
        {
            var history = new RandomHistory(seed);
            for (var i = 0; i < 25; i++)
            {
                history.AddAny(_paths);
                var showing = new Showing(history.Fold, _ => "n");
                var live = history.Fold.Paths.SelectMany(p => history.Fold.Heads(p).Where(h => !h.Entry.IsAbsent).Select(showing.LandsAt)).Distinct()
                    .SelectMany(showing.At).Where(p => !p.Entry.IsAbsent).Select(p => p.Path);
                foreach (var (path, parent) in live.SelectMany(p => p.Ancestors().Select(a => (p, a))))
                    Assert.True(showing.At(parent)[0].Entry.Kind == EntryKind.Directory, $"seed {seed}, change {i}: {path} is shown, and {parent} is no directory");
            }
        }
    }

    [Fact]
    public void After_a_survey_the_same_is_shown_everywhere()
    {
        for (var seed = 1; seed <= 150; seed++)
        {
            var history = new RandomHistory(seed);
            for (var i = 0; i < 25; i++) history.AddAny(_paths);
            var surveyed = new Showing(history.Fold, _ => "n", remembers: true);
            surveyed.Survey();
            foreach (var path in Places(history.Fold))
                Assert.True(Text(history.Fold, path) == Text(surveyed, path), $"seed {seed}, {path}: {Text(history.Fold, path)} but, surveyed, {Text(surveyed, path)}");
        }
    }

    // Wherever something is shown, all that lies above, and what may be there at all.
    private static HashSet<EntryPath> Places(Fold fold)
    {
        var showing = new Showing(fold, _ => "n");
        var landings = fold.Paths.SelectMany(p => fold.Heads(p).Where(h => !h.Entry.IsAbsent).Select(showing.LandsAt)).Concat(_paths.Select(P)).ToList();
        return [.. landings, .. landings.SelectMany(l => l.Ancestors())];
    }

    private static string Text(Fold fold, EntryPath path) => Text(new Showing(fold, _ => "n"), path);

    private static string Text(Showing showing, EntryPath path) =>
        string.Join("; ", showing.At(path).Select(s => $"{s.Path} {s.Entry.Kind} {s.Shown.Number} {s.Vector}"));

    private static EntryPath P(string path) => Samples.Path(path);

    /// <summary>Records by three authors, each of which has seen a part of what the others did.</summary>
    private sealed class RandomHistory(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly List<ChangeRecord> _records = [];

        public Fold Fold { get; private set; } = new();

        public IReadOnlyList<Dot> Dots => [.. _records.Select(r => r.Dot)];

        public void Add(int by, Change change)
        {
            var number = _records.Count(r => r.Header.Author == Samples.Author(by)) + 1;
            var header = Samples.Header(by, number) with { Time = HybridTime.At(1_763_800_000_000 + _records.Count) };
            _records.Add(new(new RecordId(Samples.HashOf(by * 1000 + number)), header, [change], []));
            Fold = Fold.Of(_records);
        }

        /// <summary>The paths whose versions changed.</summary>
        public IReadOnlyList<EntryPath> AddAny(string[] paths)
        {
            var by = 1 + _random.Next(3);
            var path = P(paths[_random.Next(paths.Length)]);
            var from = P(paths[_random.Next(paths.Length)]);
            var seen = Seen(by, path);
            var source = Fold.Heads(from).FirstOrDefault(h => !h.Entry.IsAbsent);
            switch (_random.Next(5))
            {
                case 0: Add(by, new(0, path, Entry.Directory(0x1ED), seen)); return [path];
                case 1: Add(by, new(0, path, Entry.Absent, seen)); return [path];
                case 2 when source is not null && from != path && !path.IsBelow(from):
                    Add(by, new(0, path, source.Entry, seen, from, Seen(by, from).Join(source.Vector)));
                    return [path, from];
                default: Add(by, new(0, path, Samples.SmallFile(_records.Count), seen)); return [path];
            }
        }

        private VersionVector Seen(int by, EntryPath path) => Fold.Heads(path)
            .Where(h => h.Dot.Author == Samples.Author(by) || _random.Next(2) == 0).Aggregate(VersionVector.Empty, (v, h) => v.Join(h.Vector));
    }
}
