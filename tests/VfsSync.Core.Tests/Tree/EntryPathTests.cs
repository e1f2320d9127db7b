using CsCheck;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Tree;

public class EntryPathTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("a/b c/d.txt")]
    [InlineData(".hidden")]
    [InlineData("...")]
    [InlineData("..a/b..")]
    [InlineData("vfs")]
    [InlineData("a.vfs")]
    [InlineData(".vfsx")]
    [InlineData(".vfspolicy.yaml")]
    [InlineData("vfs~")]
    [InlineData("vfs~a")]
    [InlineData("back\\slash")]
    [InlineData("con")]
    [InlineData("a:b")]
    [InlineData("日本語/😀")]
    [InlineData("\uFFFF\uFDD0")]
    public void Takes_what_is_a_path_somewhere(string text) => Assert.Equal(text, EntryPath.Parse(text).Text);

    [Theory]
    [InlineData("", "empty")]
    [InlineData("/", "absolute")]
    [InlineData("/etc/passwd", "absolute")]
    [InlineData("a//b", "empty part")]
    [InlineData("a/", "empty part")]
    [InlineData(".", "'.'")]
    [InlineData("a/./b", "'.'")]
    [InlineData("..", "'..'")]
    [InlineData("a/../b", "'..'")]
    [InlineData("a/..", "'..'")]
    [InlineData("a\0b", "NUL")]
    public void Refuses_what_is_a_path_nowhere(string text, string reason)
    {
        Assert.False(EntryPath.TryParse(text, out var path, out var why));
        Assert.True(path.IsRoot);
        Assert.Contains(reason, why, StringComparison.Ordinal);
        Assert.Contains(reason, Assert.Throws<FormatException>(() => EntryPath.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_half_a_character()
    {
        foreach (var text in new[] { "a\uD800", "\uDC00b", "\uD800\uD800", "\uDC00\uD800" }) Assert.False(EntryPath.TryParse(text, out _, out _));
    }

    [Fact]
    public void Refuses_what_is_too_long()
    {
        Assert.True(EntryPath.TryParse(new string('a', EntryPath.MaxBytes), out _, out _));
        Assert.False(EntryPath.TryParse(new string('a', EntryPath.MaxBytes + 1), out _, out _));
        Assert.False(EntryPath.TryParse(new string('語', EntryPath.MaxBytes / 3 + 1), out _, out _));
    }

    // The forms in which some file system would find the node's own folder: other case, what Windows drops at the end, 8.3 names, compatibility forms,
    // and the marks that HFS+ ignores, as many as anyone cares to put in.
    [Theory]
    [InlineData(".vfs")]
    [InlineData(".VFS")]
    [InlineData(".vFs")]
    [InlineData(".vfs.")]
    [InlineData(".vfs ")]
    [InlineData(".vfs. . .")]
    [InlineData(".vfs................................................")]
    [InlineData("VFS~1")]
    [InlineData("vfs~12")]
    [InlineData("vfs~1.")]
    [InlineData("\uFF0E\uFF56\uFF46\uFF53")]
    [InlineData(".\uFF36FS")]
    [InlineData("\u2024vfs")]
    [InlineData(".vf\u017F")]
    [InlineData(".v\u200Dfs")]
    [InlineData("\u200C.vfs")]
    [InlineData(".vfs\u200E")]
    [InlineData("\uFEFF.vfs")]
    [InlineData(".\u202Av\u206Ffs")]
    [InlineData("v\u200Dfs~1")]
    [InlineData(".vf\uFFFEs")]
    public void Refuses_the_nodes_own_folder(string name)
    {
        Assert.True(EntryPath.IsReserved(name));
        foreach (var text in new[] { name, $"a/{name}", $"{name}/b", $"a/{name}/b" }) Assert.False(EntryPath.TryParse(text, out _, out _), text);
    }

    [Fact]
    public void A_name_may_have_what_is_no_character() => Assert.True(EntryPath.TryParse("\uFFFEabc/v\uFFFFx\uFFFE", out _, out var why), why);

    [Fact]
    public void Refuses_it_behind_any_number_of_marks()
    {
        foreach (var name in new[] { $".v{new string('\u200D', 100)}fs", $"{new string('\u200C', 60)}.vfs", $".vfs{new string('.', 200)}", $".vfs{new string(' ', 40)}" })
            Assert.True(EntryPath.IsReserved(name));
    }

    [Fact]
    public void Parts_fit_together()
    {
        var path = Samples.Path("a/b/c.txt");
        Assert.Equal("c.txt", path.Name);
        Assert.Equal(Samples.Path("a/b"), path.Parent);
        Assert.True(Samples.Path("a").Parent.IsRoot);
        Assert.True(EntryPath.Root.Parent.IsRoot);
        Assert.Equal([Samples.Path("a/b"), Samples.Path("a")], path.Ancestors());
        Assert.Equal(path, EntryPath.Root.Child("a").Child("b").Child("c.txt"));
        Assert.Throws<FormatException>(() => path.Child(".."));
    }

    [Fact]
    public void Below_means_strictly_below()
    {
        Assert.True(Samples.Path("a/b").IsBelow(Samples.Path("a")));
        Assert.True(Samples.Path("a").IsBelow(EntryPath.Root));
        Assert.False(Samples.Path("a").IsBelow(Samples.Path("a")));
        Assert.False(Samples.Path("ab/c").IsBelow(Samples.Path("a")));
        Assert.False(EntryPath.Root.IsBelow(EntryPath.Root));
    }

    [Fact]
    public void Rebasing_and_back_is_the_same_path() =>
        Gen.Select(Samples.Paths, Samples.Paths, Samples.Paths).Sample((from, to, rest) =>
        {
            var path = EntryPath.Parse($"{from}/{rest}");
            return path.Rebase(from, to).Rebase(to, from) == path && from.Rebase(from, to) == to && path.Rebase(from, EntryPath.Root) == rest;
        });

    [Fact]
    public void A_directory_comes_right_before_what_lies_in_it()
    {
        string[] inOrder = ["a", "a/b", "a/b/c", "a/z", "a b", "a!", "a.txt", "b"];
        Assert.Equal(inOrder, inOrder.Reverse().Select(EntryPath.Parse).Order().Select(p => p.Text));
    }

    [Fact]
    public void Order_is_total_and_agrees_with_equality() =>
        Gen.Select(Samples.Paths, Samples.Paths, Samples.Paths).Sample((a, b, c) =>
            Math.Sign(a.CompareTo(b)) == -Math.Sign(b.CompareTo(a))
            && a.CompareTo(b) == 0 == (a == b)
            && !(a <= b && b <= c && a > c)
            && (a != b || a.GetHashCode() == b.GetHashCode()));
}
