using System.Runtime.Versioning;
using VfsSync.NodeHost;

namespace VfsSync.Engine.Tests.Running;

/// <summary>A node that runs as a user like any other, on a disk where it may not do everything: each trouble is a problem of its path, goes with its cause, and holds up nothing else.</summary>
[SupportedOSPlatform("linux")]
public sealed class PermissionTests : IDisposable
{
    private readonly string _base = Directory.CreateTempSubdirectory("vfs-rights-").FullName;
    private HostedNode? _a, _b;

    public void Dispose()
    {
        _a?.Dispose();
        _b?.Dispose();
        Directory.Delete(_base, true);
    }

    [Fact]
    public void A_file_that_may_not_be_read_is_a_problem_until_it_may()
    {
        Start();
        File.WriteAllText(At("b", "f"), "at first");
        Shell.Run("chown nobody \"$1\"", At("b", "f"));
        Arrives("a", "f", "at first");
        Shell.Run("chown root \"$1\" && chmod 600 \"$1\" && printf changed > \"$1\"", At("b", "f"));
        HasProblem("f (Unreadable)");
        File.WriteAllText(At("a", "g"), "goes on");
        Arrives("b", "g", "goes on");
        Shell.Run("chmod 644 \"$1\"", At("b", "f"));
        Arrives("a", "f", "changed");
        HasNoProblem();
    }

    [Fact]
    public void A_directory_that_may_not_be_written_holds_up_only_what_belongs_into_it()
    {
        Start();
        Directory.CreateDirectory(At("a", "d"));
        File.WriteAllText(At("a", "d/f"), "at first");
        File.WriteAllText(At("a", "d/gone"), "at first");
        Arrives("b", "d/f", "at first");
        Arrives("b", "d/gone", "at first");
        Shell.Run("chown root \"$1\"", At("b", "d"));
        File.WriteAllText(At("a", "d/f"), "changed");
        File.WriteAllText(At("a", "d/new"), "new");
        File.Delete(At("a", "d/gone"));
        foreach (var path in (string[])["d/f", "d/new", "d/gone"]) HasProblem($"{path} (Unwritable)");
        File.WriteAllText(At("a", "g"), "goes on");
        Arrives("b", "g", "goes on");
        Assert.Equal("at first", File.ReadAllText(At("b", "d/f")));
        Shell.Run("chown nobody \"$1\"", At("b", "d"));
        Arrives("b", "d/f", "changed");
        Arrives("b", "d/new", "new");
        Poll.Until(() => !File.Exists(At("b", "d/gone")), "what was removed goes, too");
        HasNoProblem();
    }

    // a runs as root, b as nobody.
    private void Start()
    {
        if (!Environment.IsPrivilegedProcess || !File.Exists("/usr/bin/setpriv")) Assert.Skip("It takes root, and setpriv.");
        Shell.Run("chmod 755 \"$1\" && mkdir \"$1/a\" \"$1/b\" && chown nobody \"$1/b\" && cp -r \"$2\" \"$1/host\" && chmod -R a+rX \"$1/host\"", _base, AppContext.BaseDirectory);
        _a = new HostedNode(Path.Combine(_base, "a"), HostedNode.FreePort(), "-");
        _b = HostedNode.AsNobody(Path.Combine(_base, "host"), Path.Combine(_base, "b"), HostedNode.FreePort(), _a.Token);
    }

    private string At(string node, string path) => Path.Combine(_base, node, path);

    private void Arrives(string node, string path, string text) => Poll.Until(() => File.Exists(At(node, path)) && File.ReadAllText(At(node, path)) == text, () => $"{path} says '{text}' at {node}\n{_b!.Status()?.Tell()}");

    private void HasProblem(string start) => Poll.Until(() => _b!.Status() is { } status && status.Problems.Any(p => p.StartsWith(start, StringComparison.Ordinal)), () => $"there is a problem {start}\n{_b!.Status()?.Tell()}");

    private void HasNoProblem() => Poll.Until(() => _b!.Status() is { Problems.Count: 0 }, () => $"there is no problem\n{_b!.Status()?.Tell()}");
}
