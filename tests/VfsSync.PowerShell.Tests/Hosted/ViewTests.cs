using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using VfsSync.ShellTests.Units;

namespace VfsSync.ShellTests.Hosted;

/// <summary>The default views, to the letter of what was promised.</summary>
public sealed class ViewTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(new DateTime(2026, 7, 22, 13, 5, 11, 204, DateTimeKind.Local));
    private readonly Shell _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void Nodes()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        AssertShown("""
            Name       State      Role   Peers   Files     Size Behind    RTT  Where
            laptop     Running    admin      2   1,204 312.4 MB      0         ~/notes
            fly-ams    Connected  editor     1   1,204 312.4 MB      0  14 ms  [fdaa:0:1::3]:22000
            phone      Offline    reader         1,190 309.0 MB     14         seen 2 h ago
            desk       Offline    editor                                       seen 3 days ago
            nas        Offline    editor         1,204 312.4 MB      0         through fly-ams
            """,
            Node("laptop", "Running", "admin", 2, 1204, 312.4, 0, folder: Path.Combine(home, "notes")),
            Node("fly-ams", "Connected", "editor", 1, 1204, 312.4, 0, TimeSpan.FromMilliseconds(14), address: "[fdaa:0:1::3]:22000"),
            Node("phone", "Offline", "reader", null, 1190, 309, 14, seen: DateTime.Now.AddHours(-2)),
            Node("desk", "Offline", "editor", null, null, null, null, seen: DateTime.Now.AddDays(-3)),
            Node("nas", "Offline", "editor", null, 1204, 312.4, 0, seen: DateTime.Now.AddDays(-3), via: "fly-ams"));
    }

    [Fact]
    public void At_80_columns_no_node_s_place_is_cut()
    {
        using var narrow = new Shell(width: 80);
        narrow.Run("param($n) $global:n = $n", new object[] { (object[])[
            Node("fly-ams", "Connected", "editor", 1, 1204, 312.4, 0, TimeSpan.FromMilliseconds(14), address: "[fdaa:0:1::3]:22000"),
            Node("phone", "Offline", "reader", null, 1190, 309, 14, seen: DateTime.Now.AddHours(-2))] });
        var lines = Lines(narrow.Screen("$n"));
        Assert.DoesNotContain(lines, l => l.Contains('…', StringComparison.Ordinal) || l.Length > 80);
        Assert.EndsWith("seen 2 h ago", lines[^1], StringComparison.Ordinal);
        Assert.Equal("[fdaa:0:1::3]:22000", string.Concat(lines[2..^1].Select(l => l[67..].Trim())));
    }

    [Fact]
    public void Files() => AssertShown("""
            State      Modified                Size  Ver  Held  Name
            Synced     2026-07-22 13:05      1.2 KB   v8   3/3  hello.txt
            Remote     2026-07-21 09:14    841.0 MB   v1   1/3  video/cut.mp4
            """,
        File("hello.txt", 1229, Noon, FileState.Synced, 8, 3),
        File("video/cut.mp4", 881_852_416, new DateTimeOffset(new DateTime(2026, 7, 21, 9, 14, 0, DateTimeKind.Local)), FileState.Remote, 1, 1));

    [Fact]
    public void Activities() => AssertShown("""
            Time          Node        Kind         Size     Took  Name
            13:05:11.204  fly-ams     Received   1.2 KB   0.8 ms  hello.txt
            13:05:12.010  phone       Conflict                    plan.md (kept both)
            """,
        new VfsActivity("laptop", new SyncEvent(Noon, SyncEventKind.Received, "fly-ams", EntryPath.Parse("hello.txt"), EntryKind.File, 1229, TimeSpan.FromMilliseconds(0.8))),
        new VfsActivity("laptop", new SyncEvent(Noon.AddMilliseconds(806), SyncEventKind.Conflict, "phone", EntryPath.Parse("plan.md"), Message: "kept both")));

    [Fact]
    public void Changes() => AssertShown("""
            State    Kind           Size  From   To     Name
            Planned  Modify       1.1 KB  v8     v7     hello.txt
            Applied  Create       1.1 KB         v1     new.txt
            Applied  Remove          0 B  v3            old.txt
            """,
        Change("hello.txt", "Modify", 1126, true, 8, 7), Change("new.txt", "Create", 1126, false, null, 1), Change("old.txt", "Remove", 0, false, 3, null));

    [Fact]
    public void What_comes_after_another_type_shows_what_matters()
    {
        var shown = Shown(Node("a", "Running", "admin", 0, 0, 0, 0), File("hello.txt", 1229, Noon, FileState.Synced, 8, 3));
        Assert.Contains("Name     : hello.txt", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("PSPath", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void An_invitation_is_its_token_alone_on_one_line()
    {
        var token = "vfs-token-" + new string('x', 400);
        var invitation = new VfsInvitation(new InvitationStatus(default, token, null, "editor", 1, Noon, "laptop", ["[::1]:22000"], Noon, [], InvitationState.Open, false));
        Assert.Equal(token, Shown(invitation.ForPipeline()).Trim());
        Assert.Equal(token, _shell.One<string>("param($i) \"$i\"", invitation));
        Assert.Equal("editor", _shell.One<string>("param($i) $i.Role", invitation.ForPipeline()));
    }

    [Fact]
    public void Problems_are_never_cut()
    {
        var screen = Shown(new VfsProblem("laptop", new Core.Tree.Problem(EntryPath.Parse("a/" + new string('n', 60)), ProblemKind.Unreadable, "It cannot be read, for the disk says no. Change its mode, and it goes on by itself.")));
        Assert.Contains("goes on by", screen, StringComparison.Ordinal);
        Assert.True(screen.Count(c => c == 'n') > 60, screen);
        Assert.DoesNotContain("…", screen, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_name_is_cut()
    {
        var screen = Shown(File(new string('n', 120), 1, Noon, FileState.Synced, 1, 3));
        Assert.Contains("nnn…", screen, StringComparison.Ordinal);
    }

    [Fact]
    public void Colour_marks_the_state_alone()
    {
        using var colourful = new Shell(colours: true);
        colourful.Run("param($f) $global:f = $f; $PSStyle.OutputRendering = 'Ansi'", File("hello.txt", 1229, Noon, FileState.Synced, 8, 3));
        var screen = colourful.Screen("$f");
        colourful.Run("$PSStyle.OutputRendering = 'Host'"); // there is one $PSStyle in a process
        Assert.Contains("\e[32mSynced\e[0m", screen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("VfsFile")]
    [InlineData("VfsNode")]
    [InlineData("VfsActivity")]
    [InlineData("VfsProblem")]
    [InlineData("VfsChange")]
    public void Every_type_has_a_table_and_a_list(string type)
    {
        var xml = System.Xml.Linq.XDocument.Load(Path.Combine(VfsSync.Hosting.ModulePath.Root, "module", "VfsSync.Format.ps1xml"));
        var views = xml.Descendants("View").Where(v => v.Descendants("TypeName").Any(n => n.Value == "VfsSync." + type)).ToList();
        Assert.Single(views, v => v.Element("TableControl") is not null);
        Assert.Single(views, v => v.Element("ListControl") is not null);
        Assert.Empty(xml.Descendants("ScriptBlock"));
    }

    [Fact]
    public void A_file_has_no_property_Path() => Assert.Null(typeof(VfsFile).GetProperty("Path"));

    private void AssertShown(string expected, params object[] objects) => Assert.Equal(Lines(expected), Lines(Shown(objects)).Where(l => !l.StartsWith("--", StringComparison.Ordinal) && !l.StartsWith("  -", StringComparison.Ordinal)));

    private static List<string> Lines(string text) => [.. text.ReplaceLineEndings("\n").Split('\n').Select(l => l.TrimEnd()).Where(l => l.Length > 0)];

    private string Shown(params object[] objects)
    {
        _shell.Run("param($objects) $global:shown = $objects", [objects]);
        return _shell.Screen("$shown");
    }

    private static VfsNode Node(string name, string state, string role, int? peers, long? files, double? mb, long? behind, TimeSpan? rtt = null, string? folder = null, string? address = null, DateTime? seen = null, string? via = null)
    {
        var made = (VfsNode)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(typeof(VfsNode));
        void Set(string property, object? value) => typeof(VfsNode).GetProperty(property)!.SetValue(made, value);
        (string, object?)[] all = [("Name", name), ("State", state), ("Role", role), ("Peers", peers), ("Files", files), ("Size", (long?)(mb * 1024 * 1024)), ("Behind", behind), ("RoundTrip", rtt), ("Folder", folder), ("Address", address), ("LastSeen", seen), ("Via", via), ("SeenBy", "laptop")];
        foreach (var (property, value) in all) Set(property, value);
        return made;
    }

    private static VfsChange Change(string path, string kind, long size, bool planned, int? from, int? to) =>
        new(NodeChooserTests.Node("a", "/a"), new SyncChange(EntryPath.Parse(path), kind, size, planned, null)) { From = from, To = to };

    private static VfsFile File(string path, long size, DateTimeOffset modified, FileState state, int version, int held) => new("laptop", "id", "/data",
        new FileStatus(EntryPath.Parse(path), EntryKind.File, size, (modified.UtcTicks - DateTime.UnixEpoch.Ticks) * 100, 0b110_100_100, null, state, version, "laptop", held, 3, true));
}
