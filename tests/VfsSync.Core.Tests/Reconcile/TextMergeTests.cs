using System.Diagnostics;
using System.Text;
using VfsSync.Core.Reconcile;

namespace VfsSync.Core.Tests.Reconcile;

/// <summary>Three-way merges; git merge-file judges.</summary>
public sealed class TextMergeTests
{
    [Theory]
    [InlineData("a\nb\nc\n", "a\nB\nc\n", "a\nb\nc\nd\n", "a\nB\nc\nd\n")]
    [InlineData("a\nb\nc\n", "a\nB\nc\n", "a\nX\nc\n", null)]
    [InlineData("a\nb\nc\n", "a\nB\nc\n", "a\nB\nc\n", "a\nB\nc\n")]
    [InlineData("a\nb\n", "A\nb\n", "a\nB\n", null)] // side by side
    [InlineData("a\r\nb\r\nc", "a\r\nb\r\nC", "A\r\nb\r\nc", "A\r\nb\r\nC")]
    [InlineData("", "a\n", "", "a\n")]
    [InlineData("", "a\n", "b\n", null)]
    [InlineData("a\nb\nc\nd\ne\n", "b\nc\nd\ne\n", "a\nb\nc\nd\n", "b\nc\nd\n")]
    [InlineData("p\nA\nA\nq\ns\nr\n", "P\nA\nq\nS\nr\n", "p\nA\nA\nQ\ns\nr\n", null)]
    [InlineData("d\ne\nd\n", "e\nd\nd\n", "e\nd\n", "e\nd\nd\n")]
    [InlineData("a\rb\n", "a\rB\n", "A\rb\n", null)] // one line
    public void What_only_one_side_changed_is_taken(string ancestor, string ours, string theirs, string? merged) => Assert.Equal(merged, Merge(ancestor, ours, theirs));

    [Fact]
    public void What_is_no_text_is_not_merged()
    {
        Assert.Null(TextMerge.Merge("a\n"u8, "a\nb\n"u8, [0xFF, 0xFE]));
        Assert.Null(TextMerge.Merge("a\0"u8, "a\n"u8, "a\n"u8));
        var lines = new byte[TextMerge.MostLines + 1];
        lines.AsSpan().Fill((byte)'\n');
        Assert.Null(TextMerge.Merge("a\n"u8, "a\n"u8, lines));
    }

    [Fact]
    public void Git_finds_a_conflict_where_it_does_and_merges_alike()
    {
        if (Environment.GetEnvironmentVariable("PATH")!.Split(':').All(d => !File.Exists(Path.Combine(d, "git")))) Assert.Skip("There is no git here.");
        var folder = Directory.CreateTempSubdirectory("vfs-merge-").FullName;
        var random = new Random(7);
        var cases = Enumerable.Range(0, 2400).Select(i => Case(random, (i % 3) switch { 0 => 1000, 1 => random.Next(2, 8), _ => random.Next(2, 60) }, i % 3 == 2 ? random.Next(300) : random.Next(3, 25))).ToList();
        var script = new StringBuilder();
        for (var i = 0; i < cases.Count; i++)
        {
            File.WriteAllText($"{folder}/{i}.a", cases[i].Base);
            File.WriteAllText($"{folder}/{i}.o", cases[i].Ours);
            File.WriteAllText($"{folder}/{i}.t", cases[i].Theirs);
        }
        script.Append("i=0; while [ $i -lt ").Append(cases.Count).Append(" ]; do git merge-file -p $i.o $i.a $i.t > $i.m 2>/dev/null || rm -f $i.m; i=$((i+1)); done");
        using (var git = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script.ToString()]) { WorkingDirectory = folder })!) git.WaitForExit();
        var merged = 0;
        for (var i = 0; i < cases.Count; i++)
        {
            var git = File.Exists($"{folder}/{i}.m") ? File.ReadAllText($"{folder}/{i}.m") : null;
            Assert.True(git == Merge(cases[i].Base, cases[i].Ours, cases[i].Theirs), $"case {i}\n--- base\n{cases[i].Base}--- ours\n{cases[i].Ours}--- theirs\n{cases[i].Theirs}--- git\n{git ?? "conflict\n"}--- here\n{Merge(cases[i].Base, cases[i].Ours, cases[i].Theirs)}");
            if (git is not null) merged++;
        }
        Assert.InRange(merged, cases.Count / 5, cases.Count * 4 / 5);
        Directory.Delete(folder, true);
    }

    private static string? Merge(string ancestor, string ours, string theirs) =>
        TextMerge.Merge(Encoding.UTF8.GetBytes(ancestor), Encoding.UTF8.GetBytes(ours), Encoding.UTF8.GetBytes(theirs)) is { } merged ? Encoding.UTF8.GetString(merged) : null;

    // Texts of so many lines, of so many different ones: where lines repeat it is open which of them was changed.
    private static (string Base, string Ours, string Theirs) Case(Random random, int different, int length)
    {
        var text = Enumerable.Range(0, length).Select(_ => Line(random, different)).ToList();
        var most = length > 60 && random.Next(2) == 0 ? 40 : 4;
        return (string.Concat(text), Edited(text, different, random, most), Edited(text, different, random, most));
    }

    private static string Line(Random random, int different) => $"line {random.Next(different)}\n";

    private static string Edited(List<string> text, int different, Random random, int most)
    {
        var lines = text.ToList();
        for (var edits = random.Next(1, most); edits > 0; edits--)
        {
            var at = random.Next(lines.Count + 1);
            switch (random.Next(4))
            {
                case 0: lines.Insert(at, Line(random, different)); break;
                case 1 when at < lines.Count: lines[at] = Line(random, different + 3); break;
                case 2 when at < lines.Count: lines.RemoveAt(at); break;
                case 3: lines.InsertRange(at, lines.Skip(random.Next(lines.Count)).Take(3).ToList()); break;
            }
        }
        return string.Concat(lines);
    }
}
