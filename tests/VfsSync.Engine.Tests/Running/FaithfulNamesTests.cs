using System.Text;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>Every name that the disk takes arrives as it is.</summary>
public sealed class FaithfulNamesTests : IDisposable
{
    private readonly Nodes _nodes = new();
    private readonly SyncNode _a, _b;

    public FaithfulNamesTests() => (_a, _b) = _nodes.Pair();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void Names_with_all_that_people_and_programs_put_into_them()
    {
        string[] names =
        [
            "with space", " leading", "trailing ", "quote'quote\"", "comma,semicolon;", "line\nbreak", "tab\tbell\a", "back\\slash", "star*question?", "colon:pipe|less<",
            "percent%20", "dollar$HOME`id`", "-rf", "~", "...", "emoji 👩‍👩‍👧 🦊", "عربى", "日本語", "zero​width", "CON", "aux.txt", "nul", ".hidden", ".vfsx", "vfs", "x.conflict-a-1",
            "caf\u00e9", "cafe\u0301", "UPPER", "upper", new string('x', 255), string.Concat(Enumerable.Repeat("é", 127)), "😀" + new string('y', 251),
        ];
        foreach (var name in names) File.WriteAllText(At(_a, name), name);
        foreach (var name in names) Directory.CreateDirectory(At(_b, "dir " + name[..Math.Min(name.Length, 60)]));
        EventuallySame(_a, _b);
        foreach (var name in names) Assert.Equal(name, File.ReadAllText(At(_b, name)));
        foreach (var name in names) File.AppendAllText(At(_b, name), "!");
        EventuallySame(_a, _b);
        foreach (var name in names) File.Delete(At(_a, name));
        EventuallySame(_a, _b);
        Assert.Empty(Directory.GetFiles(_b.Root));
    }

    [Fact]
    public void NFC_and_NFD_forms_are_two_names()
    {
        File.WriteAllText(At(_a, "ne\u0301"), "decomposed");
        File.WriteAllText(At(_b, "n\u00e9"), "composed");
        EventuallySame(_a, _b);
        Assert.Equal("composed", File.ReadAllText(At(_a, "n\u00e9")));
        File.Delete(At(_a, "n\u00e9"));
        EventuallySame(_a, _b);
        Assert.Equal("decomposed", File.ReadAllText(At(_b, "ne\u0301")));
    }

    [Fact]
    public void A_path_of_four_thousand_bytes()
    {
        var path = new StringBuilder();
        while (path.Length < 3900) path.Append(path.Length > 0 ? "/" : "").Append('d', 48);
        Directory.CreateDirectory(At(_a, path.ToString()));
        path.Append('/').Append('f', 4000 - path.Length - 1);
        File.WriteAllText(At(_a, path.ToString()), "deep");
        EventuallySame(_a, _b);
        Assert.Equal("deep", File.ReadAllText(At(_b, path.ToString())));
    }

    [Fact]
    public void A_name_of_255_bytes_in_conflict_keeps_both()
    {
        var name = new string('ü', 125) + ".text";
        var (a, b) = (File.OpenWrite(At(_a, name)), File.OpenWrite(At(_b, name)));
        using (a) a.Write("from a"u8);
        using (b) b.Write("from b"u8);
        Poll.Until(() => Directory.GetFiles(_a.Root).Length == 2 && Directory.GetFiles(_b.Root).Length == 2 || Directory.GetFiles(_a.Root).Length == 1 && File.ReadAllText(At(_b, name)) == File.ReadAllText(At(_a, name)), "either took over or both are kept");
        EventuallySettled(_a, _b);
    }

    [Fact]
    public void Case_only_rename()
    {
        File.WriteAllText(At(_a, "Readme"), "text");
        EventuallySame(_a, _b);
        File.Move(At(_b, "Readme"), At(_b, "README"));
        EventuallySame(_a, _b);
        Assert.Equal(["README"], Directory.GetFiles(_a.Root).Select(Path.GetFileName));
    }

    [Fact]
    public void A_name_that_is_no_Unicode_is_left_alone_and_told()
    {
        Shell.Run("cd \"$1\" && printf x > \"$(printf 'bad\\377name')\" && mkdir ok && printf y > ok/file", _a.Root);
        Poll.Until(() => File.Exists(At(_b, "ok/file")), "the rest goes on");
        Poll.Until(() => _a.Problems().Any(p => p.Message.Contains("not Unicode", StringComparison.Ordinal)), "it is told");
    }

    [Fact]
    public void Names_of_the_nodes_own_folder_never_sync()
    {
        Directory.CreateDirectory(At(_a, "sub/.vfs"));
        File.WriteAllText(At(_a, "sub/.vfs/secret"), "x");
        Directory.CreateDirectory(At(_a, "sub/.VFS"));
        File.WriteAllText(At(_a, "sub/.VFS/secret"), "x");
        File.WriteAllText(At(_a, "sub/after"), "y");
        Poll.Until(() => File.Exists(At(_b, "sub/after")), "the rest goes on");
        Assert.Equal(["after"], Directory.GetFileSystemEntries(At(_b, "sub")).Select(Path.GetFileName));
    }
}
