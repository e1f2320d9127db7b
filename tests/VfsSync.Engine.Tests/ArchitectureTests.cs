using System.Reflection;
using System.Text.RegularExpressions;
using VfsSync.Core.Tree;
using VfsSync.Engine.Running;

namespace VfsSync.Engine.Tests;

/// <summary>The floors above Core, read from the sources, and the house measure. What Core itself may lean on is tested beside Core.</summary>
public sealed partial class ArchitectureTests
{
    private const int MaxLines = 350;

    /// <summary>Room by room: what else of the Engine it may name.</summary>
    private static readonly Dictionary<string, string[]> Rooms = new()
    {
        ["Store"] = [],
        ["Disk"] = [],
        ["Net"] = [],
        ["Running"] = ["Store", "Disk", "Net"],
    };

    private static readonly Assembly[] Built = [typeof(EntryPath).Assembly, typeof(SyncNode).Assembly];

    private static readonly string Source = Path.Combine(Root(), "src");

    [Fact]
    public void Every_room_of_the_engine_is_on_a_floor() =>
        Assert.Equal(Rooms.Keys.Order(), Directory.EnumerateDirectories(Path.Combine(Source, "VfsSync.Engine")).Select(d => Path.GetFileName(d)).Except(["bin", "obj"]).Order());

    [Fact]
    public void Store_Disk_and_Net_name_nothing_beside_them_and_Running_all_three() => Assert.Empty(
        from room in Rooms
        from file in Files(Path.Combine("VfsSync.Engine", room.Key))
        from other in Rooms.Keys.Where(o => o != room.Key && !room.Value.Contains(o) && Names(file, o))
        select $"{Path.GetRelativePath(Source, file)} names {other}");

    [Fact]
    public void Every_type_of_the_engine_lives_in_the_namespace_of_its_room() => Assert.Empty(
        from room in Rooms.Keys
        from file in Files(Path.Combine("VfsSync.Engine", room))
        where !Regex.IsMatch(Code(file), $@"^namespace VfsSync\.Engine\.{room}(\.\w+)*;", RegexOptions.Multiline)
        select Path.GetRelativePath(Source, file));

    [Fact]
    public void Cmdlets_name_Running_and_Core_never_Store_Disk_or_Net() => Assert.Empty(
        from file in Files("VfsSync.PowerShell")
        from room in Rooms.Keys.Where(r => r != "Running" && Names(file, r))
        select $"{Path.GetRelativePath(Source, file)} names {room}");

    [Fact]
    public void Nothing_below_knows_PowerShell() => Assert.Empty(
        from file in Files("VfsSync.Engine").Concat(Files("VfsSync.Core"))
        where Regex.IsMatch(Code(file), @"VfsSync\.PowerShell|System\.Management\.Automation")
        select Path.GetRelativePath(Source, file));

    // An import for a whole project would hide from what reads files one by one.
    [Fact]
    public void No_room_is_imported_for_a_whole_project()
    {
        var projects = Directory.EnumerateFiles(Source, "*.csproj", SearchOption.AllDirectories).Append(Path.Combine(Root(), "Directory.Build.props"));
        Assert.DoesNotContain(projects, p => File.ReadAllText(p).Contains("Using Include=\"VfsSync", StringComparison.Ordinal));
        Assert.DoesNotContain(Files(""), f => Code(f).Contains("global using", StringComparison.Ordinal));
    }

    [Fact]
    public void The_engine_leans_on_Core_on_SQLite_and_for_pictures_of_tokens_on_QRCoder_alone() => Assert.All(
        typeof(SyncNode).Assembly.GetReferencedAssemblies().Select(a => a.Name!),
        name => Assert.True(name is "VfsSync.Core" or "QRCoder" or "Microsoft.Data.Sqlite" or "SQLitePCLRaw.core" or "SQLitePCLRaw.provider.e_sqlite3" or "Microsoft.Win32.Primitives" || name.StartsWith("System.", StringComparison.Ordinal), name));

    [Fact]
    public void An_interface_has_two_implementations()
    {
        var types = Built.SelectMany(a => a.GetTypes()).ToList();
        var implementations = types.Where(t => t is { IsClass: true, IsAbstract: false }).ToList();
        Assert.All(types.Where(t => t.IsInterface), t => Assert.True(implementations.Count(t.IsAssignableFrom) >= 2, $"{t.Name} has fewer than two implementations"));
        Assert.DoesNotContain(Files("VfsSync.PowerShell"), f => Regex.IsMatch(Code(f), @"\binterface\s+I\w+"));
    }

    [Fact]
    public void No_source_file_is_too_long_to_read() =>
        Assert.All(Files(""), f => Assert.True(File.ReadLines(f).Count() <= MaxLines, $"{Path.GetRelativePath(Source, f)} has over {MaxLines} lines"));

    [Fact]
    public void Every_room_opens_with_a_sign_of_under_thirty_lines()
    {
        var rooms = Directory.EnumerateDirectories(Source).SelectMany(Directory.EnumerateDirectories)
            .Where(d => Path.GetFileName(d) is not ("bin" or "obj") && Directory.EnumerateFiles(d, "*.cs", SearchOption.AllDirectories).Any());
        Assert.All(rooms.Select(d => Path.Combine(d, "README.md")), sign =>
            Assert.True(File.Exists(sign) && File.ReadLines(sign).Count() < 30, $"{Path.GetRelativePath(Source, sign)} is missing or too long"));
    }

    // `using VfsSync.Engine.Disk;`, `VfsSync.Engine.Disk.Linux.X`, and `Disk.X` as seen from a namespace beside it.
    private static bool Names(string file, string room) => Regex.IsMatch(Code(file), $@"VfsSync\.Engine\.{room}\b|\bEngine\.{room}\b|(?<![.\w]){room}\.[A-Z]");

    private static IEnumerable<string> Files(string below) =>
        Directory.EnumerateFiles(Path.Combine(Source, below), "*.cs", SearchOption.AllDirectories).Where(f => !Built_by_tools().IsMatch(f));

    private static string Code(string file) => Comments().Replace(File.ReadAllText(file), "");

    [GeneratedRegex(@"[\\/](bin|obj)[\\/]")]
    private static partial Regex Built_by_tools();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comments();

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "VfsSync.slnx"))) directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("The sources are not above the tests.");
    }
}
