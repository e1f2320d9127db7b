using System.Diagnostics;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Rules;

/// <summary>Patterns of paths; git check-ignore judges what it knows.</summary>
public sealed class GlobTests
{
    private static readonly string[] s_parts = ["a", "b", "ab", "a.md", "b.txt", "x-y", "A"];
    private static readonly string[] s_pieces = ["a", "b", "*", "?", "[ab]", "[!a]", "[a-c]", ".md", ".txt", "x-y", "*.md", @"\a", "[]a]"];

    [Theory]
    [InlineData("*.md", "a.md", true)]
    [InlineData("*.md", "d/e/a.md", true)]
    [InlineData("/*.md", "d/a.md", false)]
    [InlineData("build/", "build", false)]
    [InlineData("build/", "x/build/a", true)]
    [InlineData("docs/*.md", "docs/a.md", true)]
    [InlineData("docs/*.md", "x/docs/a.md", false)]
    [InlineData("a/**/b", "a/b", true)]
    [InlineData("a/**/b", "a/x/y/b", true)]
    [InlineData("**", "any/thing", true)]
    [InlineData("*.{md,txt}", "d/a.txt", true)]
    [InlineData("*.{md,txt}", "d/a.tx", false)]
    [InlineData("{docs,notes}/**", "notes/a/b", true)]
    [InlineData("[!a]", "a", false)]
    [InlineData(@"\*", "*", true)]
    [InlineData(@"\*", "a", false)]
    [InlineData("a.c", "abc", false)]
    [InlineData("*", "a\nb", true)]
    public void A_pattern_matches(string pattern, string path, bool matches) => Assert.Equal(matches, Glob.Parse(pattern).Matches(EntryPath.Parse(path)));

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("[a")]
    [InlineData("[")]
    [InlineData("{a,b")]
    [InlineData(@"a\")]
    [InlineData("[z-a]")]
    public void What_is_no_pattern_is_refused(string pattern) => Assert.Contains("pattern", Assert.Throws<FormatException>(() => Glob.Parse(pattern)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_hostile_pattern_takes_no_longer_than_any()
    {
        var glob = Glob.Parse(string.Concat(Enumerable.Repeat("*a", 30)) + "b");
        var clock = Stopwatch.StartNew();
        Assert.False(glob.Matches(EntryPath.Parse(new string('a', 200))));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"It took {clock.Elapsed}.");
    }

    [Fact]
    public void Git_matches_alike()
    {
        if (Environment.GetEnvironmentVariable("PATH")!.Split(':').All(d => !File.Exists(Path.Combine(d, "git")))) Assert.Skip("There is no git here.");
        var random = new Random(11);
        string Any(string[] of) => of[random.Next(of.Length)];
        var paths = Enumerable.Range(0, 60).Select(_ => string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Any(s_parts)))).Distinct().ToList();
        var patterns = Enumerable.Range(0, 150).Select(_ => (random.Next(4) == 0 ? "/" : "") + string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(6) == 0 ? "**" : string.Concat(Enumerable.Range(0, random.Next(1, 3)).Select(_ => Any(s_pieces))))) + (random.Next(5) == 0 ? "/" : "")).Distinct().ToList();
        var folder = Directory.CreateTempSubdirectory("vfs-glob-").FullName;
        File.WriteAllLines($"{folder}/paths", paths);
        for (var i = 0; i < patterns.Count; i++) File.WriteAllText($"{folder}/{i}.p", patterns[i] + "\n");
        var script = $"git init -q r && cd r && i=0; while [ $i -lt {patterns.Count} ]; do git -c core.excludesFile=../$i.p -c core.quotePath=false check-ignore --no-index --stdin < ../paths > ../$i.m; i=$((i+1)); done";
        using (var git = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]) { WorkingDirectory = folder })!) git.WaitForExit();
        var matched = 0;
        for (var i = 0; i < patterns.Count; i++)
        {
            var (git, glob) = (File.ReadAllLines($"{folder}/{i}.m").ToHashSet(), Glob.Parse(patterns[i]));
            foreach (var path in paths)
                Assert.True(git.Contains(path) == glob.Matches(EntryPath.Parse(path)), $"'{patterns[i]}' and '{path}': git says {git.Contains(path)}");
            matched += git.Count;
        }
        Assert.InRange(matched, patterns.Count, patterns.Count * paths.Count / 2);
        Directory.Delete(folder, true);
    }
}
