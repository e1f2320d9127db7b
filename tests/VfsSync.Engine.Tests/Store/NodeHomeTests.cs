using System.Diagnostics;
using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Store;

public sealed class NodeHomeTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("vfs-home-").FullName;

    private string Root => Path.Join(_parent, "folder");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void The_identity_stays_the_same_over_restarts()
    {
        NodeId id;
        byte[] agreement;
        using (var home = NodeHome.Open(Root))
        {
            Assert.True(home.IsNew);
            Assert.Empty(home.Warnings);
            (id, agreement) = (home.Identity.Id, home.Identity.AgreementPublicKey);
        }
        using var again = NodeHome.Open(Root);
        Assert.False(again.IsNew);
        Assert.Equal(id, again.Identity.Id);
        Assert.Equal(agreement, again.Identity.AgreementPublicKey);
    }

    [Fact]
    public void The_cluster_stays_the_same_over_restarts()
    {
        var settings = Settings("laptop");
        using (var home = NodeHome.Open(Root))
        {
            Assert.Null(home.Cluster);
            Assert.Null(home.RootKeyPkcs8);
            home.SaveRootKey([1, 2, 3]);
            home.SaveCluster(settings);
        }
        using (var again = NodeHome.Open(Root))
        {
            Assert.Equivalent(settings, again.Cluster);
            Assert.Equal([1, 2, 3], again.RootKeyPkcs8);
            again.SaveCluster(settings with { Port = null, ClusterKey = [] });
        }
        using var vault = NodeHome.Open(Root);
        Assert.Empty(vault.Cluster!.ClusterKey);
        Assert.Null(vault.Cluster.Port);
    }

    [Fact]
    public void Only_the_owner_can_read_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix modes.");
        using var home = NodeHome.Open(Root);
        home.SaveRootKey([1]);
        home.SaveCluster(Settings("laptop"));
        Assert.Equal("700", Mode(home.Home));
        foreach (var name in new[] { "node.key", "agreement.key", "cluster.key", "root.key", "cluster.json" }) Assert.Equal("600", Mode(Path.Join(home.Home, name)));
    }

    [Fact]
    public void A_key_open_to_others_is_closed_with_a_warning()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix modes.");
        NodeHome.Open(Root).Dispose();
        Spoil("node.key", mode: "644");
        using var home = NodeHome.Open(Root);
        Assert.Contains("node.key", Assert.Single(home.Warnings), StringComparison.Ordinal);
        Assert.Equal("600", Mode(Path.Join(home.Home, "node.key")));
    }

    [Fact]
    public void A_second_node_of_this_process_is_told_who_holds_the_folder()
    {
        using var home = NodeHome.Open(Root);
        home.SaveCluster(Settings("laptop of Anna"));
        var error = Refused(Root, NodeHomeFault.FolderInUse);
        Assert.Contains("node 'laptop of Anna' of this process", error.Message, StringComparison.Ordinal);

        Directory.CreateSymbolicLink(Path.Join(_parent, "link"), Root);
        Refused(Path.Join(_parent, "link"), NodeHomeFault.FolderInUse);
        home.Dispose();
        NodeHome.Open(Path.Join(_parent, "link")).Dispose();
    }

    [Fact]
    public async Task A_node_of_another_process_is_named_and_when_killed_releases_the_folder()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "There is no flock here.");
        NodeHome.Open(Root).Dispose();
        var home = Path.Join(Root, ".vfs");
        using var other = Process.Start(new ProcessStartInfo("/usr/bin/flock", ["--no-fork", Path.Join(home, "lock"), "sh", "-c", "echo \"$$ desktop\" > holder; echo held; exec sleep 60"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = home,
        })!;
        Assert.Equal("held", await other.StandardOutput.ReadLineAsync());
        Assert.Contains($"node 'desktop' of process {other.Id}", Refused(Root, NodeHomeFault.FolderInUse).Message, StringComparison.Ordinal);
        other.Kill();
        await other.WaitForExitAsync();
        NodeHome.Open(Root).Dispose();
    }

    [Theory]
    [InlineData("version", "2\n", NodeHomeFault.NewerVersion)]
    [InlineData("version", "one", NodeHomeFault.Damaged)]
    [InlineData("version", "", NodeHomeFault.Damaged)]
    [InlineData("cluster.json", "", NodeHomeFault.Damaged)]
    [InlineData("cluster.json", "{", NodeHomeFault.Damaged)]
    [InlineData("cluster.json", "{}", NodeHomeFault.Damaged)]
    [InlineData("cluster.json", """{"cluster":"zz","name":"x","membership":""}""", NodeHomeFault.Damaged)]
    [InlineData("cluster.json", """{"cluster":"00","name":"x","membership":""}""", NodeHomeFault.Damaged)]
    [InlineData("cluster.json", """{"cluster":null,"name":"x","membership":""}""", NodeHomeFault.Damaged)]
    [InlineData("cluster.key", "short secret", NodeHomeFault.Damaged)]
    [InlineData("node.key", "short secret", NodeHomeFault.Damaged)]
    [InlineData("node.key", null, NodeHomeFault.Damaged)]
    [InlineData("agreement.key", "-----BEGIN PRIVATE KEY-----\nc2hvcnQgc2VjcmV0\n-----END PRIVATE KEY-----\n", NodeHomeFault.Damaged)]
    [InlineData("agreement.key", null, NodeHomeFault.Damaged)]
    internal void A_file_that_is_newer_or_damaged_stops_the_node_and_is_left_as_it_is(string name, string? content, NodeHomeFault expected)
    {
        using (var home = NodeHome.Open(Root)) home.SaveCluster(Settings("laptop"));
        Spoil(name, content);
        var error = Refused(Root, expected);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("c2hvcnQ", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(content, File.Exists(Path.Join(Root, ".vfs", name)) ? File.ReadAllText(Path.Join(Root, ".vfs", name)) : null);
    }

    [Fact]
    public void A_start_that_was_cut_before_the_keys_were_whole_goes_on()
    {
        NodeHome.Open(Root).Dispose();
        Spoil("node.key", null);
        File.WriteAllText(Path.Join(Root, ".vfs", "node.key.new"), "half");
        using var home = NodeHome.Open(Root);
        Assert.NotNull(home.Identity.Certificate);
    }

    [Fact]
    public void Nothing_prints_a_secret()
    {
        using var home = NodeHome.Open(Root);
        var settings = Settings("laptop");
        home.SaveCluster(settings);
        var pem = home.Identity.ToPem().Signing.Split('\n')[1];
        var printed = $"{home} {home.Identity} {home.Cluster} {home.Identity.Certificate}";
        Assert.DoesNotContain(pem, printed, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexString(settings.ClusterKey), printed, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Convert.ToBase64String(settings.ClusterKey), File.ReadAllText(Path.Join(home.Home, "cluster.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_certificate_shows_the_signing_key_for_both_ends_and_never_expires()
    {
        using var identity = NodeIdentity.Create();
        Assert.Equal(identity.PublicKey, identity.Certificate.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(new NodeId(SHA256.HashData(identity.PublicKey)), identity.Id);
        Assert.True(identity.Certificate.HasPrivateKey);
        Assert.Equal("CN=vfssync", identity.Certificate.Subject);
        Assert.Equal(9999, identity.Certificate.NotAfter.ToUniversalTime().Year);
    }

    private static NodeHomeException Refused(string path, NodeHomeFault expected)
    {
        var error = Assert.Throws<NodeHomeException>(() => NodeHome.Open(path));
        Assert.Equal(expected, error.Id);
        return error;
    }

    private static ClusterSettings Settings(string name) =>
        new(new ClusterId(new Hash256(SHA256.HashData("cluster"u8))), name, SHA256.HashData("key"u8), [9, 8, 7], 22000);

    private static string Mode(string path) => OperatingSystem.IsWindows() ? "" : Convert.ToString((int)File.GetUnixFileMode(path), 8);

    /// <summary>Changes a file behind the node's back; null content removes it, no content leaves it.</summary>
    private void Spoil(string name, string? content = "\0", string? mode = null)
    {
        var path = Path.Join(Root, ".vfs", name);
        if (content is null) File.Delete(path);
        else if (content != "\0") File.WriteAllText(path, content);
        if (mode is not null && !OperatingSystem.IsWindows()) File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
    }
}
