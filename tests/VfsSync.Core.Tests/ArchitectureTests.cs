using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests;

/// <summary>What Core may lean on, read from the built assembly: the world outside, and the floors within.</summary>
public class ArchitectureTests
{
    private static readonly string[] AllowedAssemblies =
    [
        "System.Collections", "System.Collections.Immutable", "System.IO.Hashing", "System.Linq", "System.Memory", "System.Runtime", "System.Runtime.InteropServices",
        "System.Security.Cryptography", "System.Text.RegularExpressions", "System.Text.Encoding.Extensions", "System.Text.Encodings.Web", "System.Threading", "YamlDotNet", "ZstdSharp",
        "System.Numerics.Vectors", "System.ObjectModel", "System.Globalization", "System.Collections.Frozen", "System.Runtime.Intrinsics", "System.Runtime.Extensions",
    ];

    // System.Threading is there for Interlocked alone.
    private static readonly string[] ForbiddenTypes =
    [
        "System.IO.File", "System.IO.Directory", "System.IO.FileStream", "System.IO.FileInfo", "System.IO.Path", "System.IO.RandomAccess", "System.Net.", "System.Console",
        "System.Random", "System.Diagnostics.Stopwatch", "System.TimeProvider", "System.Security.Cryptography.RandomNumberGenerator", "System.Threading.Tasks.", "System.Threading.Thread", "System.Threading.Monitor",
        "System.Threading.Lock", "System.Threading.Timer", "System.Threading.SemaphoreSlim", "System.Threading.ReaderWriterLockSlim", "System.Diagnostics.Process",
    ];

    private static readonly string[] ForbiddenMembers = ["System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTimeOffset.get_Now", "System.DateTimeOffset.get_UtcNow", "System.Guid.NewGuid"];

    /// <summary>Floor by floor, lowest first: a floor imports only what is listed with it.</summary>
    private static readonly Dictionary<string, string[]> Floors = new()
    {
        ["Content"] = [],
        ["Tree"] = ["Content"],
        ["History"] = ["Tree", "Content"],
        ["Rules"] = ["History", "Tree", "Content"],
        ["Reconcile"] = ["Rules", "History", "Tree", "Content"],
        ["Crypto"] = ["History", "Tree", "Content", "Wire"],
        ["Wire"] = ["History", "Tree", "Content", "Crypto"],
        ["Session"] = ["Reconcile", "Rules", "History", "Tree", "Content", "Crypto", "Wire"],
    };

    private static readonly string Location = typeof(EntryPath).Assembly.Location;

    [Fact]
    public void Core_leans_on_nothing_that_reaches_the_world() =>
        Assert.Empty(typeof(EntryPath).Assembly.GetReferencedAssemblies().Select(a => a.Name).Except(AllowedAssemblies));

    [Fact]
    public void Core_names_no_disk_network_clock_chance_thread_or_task()
    {
        using var pe = new PEReader(File.OpenRead(Location));
        var metadata = pe.GetMetadataReader();
        var types = metadata.TypeReferences.Select(h => FullName(metadata, metadata.GetTypeReference(h))).ToList();
        Assert.DoesNotContain(types, t => ForbiddenTypes.Any(f => t == f || f.EndsWith('.') && t.StartsWith(f, StringComparison.Ordinal)));

        var members = metadata.MemberReferences.Select(metadata.GetMemberReference).Where(m => m.Parent.Kind == HandleKind.TypeReference)
            .Select(m => $"{FullName(metadata, metadata.GetTypeReference((TypeReferenceHandle)m.Parent))}.{metadata.GetString(m.Name)}");
        // Iterators that the compiler makes ask for the number of their thread.
        Assert.DoesNotContain(members, m => ForbiddenMembers.Contains(m) || m.StartsWith("System.Environment.", StringComparison.Ordinal) && m != "System.Environment.get_CurrentManagedThreadId");
    }

    private static string FullName(MetadataReader metadata, TypeReference type) => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";

    // From the sources, so that an import is seen also where the compiler leaves no trace of it (constants).
    [Fact]
    public void Imports_only_go_down()
    {
        var core = Path.Combine(Root(), "src", "VfsSync.Core");
        var wrong = Directory.EnumerateDirectories(core).Where(d => Path.GetFileName(d) is not ("bin" or "obj"))
            .SelectMany(room => Directory.EnumerateFiles(room, "*.cs", SearchOption.AllDirectories).SelectMany(file => Wrong(Path.GetFileName(room), file)));
        Assert.Empty(wrong);
    }

    private static IEnumerable<string> Wrong(string room, string file)
    {
        if (!Floors.TryGetValue(room, out var allowed)) return [$"{room} is no floor"];
        var text = File.ReadAllText(file);
        return Floors.Keys.Where(other => other != room && !allowed.Contains(other) && Regex.IsMatch(text, $@"VfsSync\.Core\.{other}[;.]|(?<![.\w]){other}\.[A-Z]"))
            .Select(other => $"{Path.GetFileName(file)} in {room} imports {other}");
    }

    [Fact]
    public void Every_type_lives_in_the_namespace_of_its_room()
    {
        var core = Path.Combine(Root(), "src", "VfsSync.Core");
        foreach (var room in Floors.Keys.Select(f => Path.Combine(core, f)).Where(Directory.Exists))
            foreach (var file in Directory.EnumerateFiles(room, "*.cs", SearchOption.AllDirectories))
                Assert.Contains($"namespace VfsSync.Core.{Path.GetFileName(room)};", File.ReadAllText(file), StringComparison.Ordinal);
    }

    internal static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "VfsSync.slnx"))) directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("The sources are not above the tests.");
    }
}
