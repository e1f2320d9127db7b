using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Engine.Net.Mdns;
using VfsSync.Engine.Tests.Running;
using VfsSync.NodeHost;

namespace VfsSync.Engine.Tests.Net.Mdns;

/// <summary>Real nodes on real interfaces, with Avahi as the judge.</summary>
public sealed class MdnsNetworkTests : IDisposable
{
    private readonly string _base = Directory.CreateTempSubdirectory("vfssync-mdns-").FullName;
    private readonly List<HostedNode> _nodes = [];
    private Cable? _cable;

    private string Bus => $"unix:path={_base}/bus";

    public void Dispose()
    {
        _nodes.ForEach(n => n.Dispose());
        _cable?.Dispose();
        Directory.Delete(_base, recursive: true);
    }

    [Fact]
    public void Nodes_that_know_no_address_find_each_other_and_again_when_the_cable_is_back()
    {
        Assert.SkipUnless(Cable.MayBeMade, "No network namespaces can be made here.");
        _cable = new Cable();
        var a = Node(_cable.X, "a", 22001, "-", "--discover");
        // The invitation's address leads nowhere any more.
        Cable.Ip($"-n {_cable.X} addr del 10.77.0.1/24 dev i0");
        Cable.Ip($"-n {_cable.X} addr add 10.77.0.9/24 dev i0");
        var b = Node(_cable.Y, "b", 22002, a.Token, "--discover");
        Poll.Until(() => b.Status()?.Members is ["a Connected"], () => $"b finds a: {b.Status()?.Tell()}", seconds: 30);
        Assert.Equal(["mDNS"], b.Status()!.FoundBy);
        Cable.Ip($"-n {_cable.X} link set i0 down");
        Poll.Until(() => a.Status()?.Members is [not "b Connected"] && b.Status()?.Members is [not "a Connected"], () => "both see that the other is gone", seconds: 30);
        Cable.Ip($"-n {_cable.X} link set i0 up");
        Poll.Until(() => a.Status()?.Members is ["b Connected"], () => $"a finds b again: {a.Status()?.Tell()}", seconds: 30);
    }

    [Fact]
    public void Avahi_lists_our_nodes_and_what_it_announces_is_found()
    {
        Assert.SkipUnless(Cable.MayBeMade && File.Exists("/usr/sbin/avahi-daemon") && File.Exists("/usr/bin/avahi-browse") && File.Exists("/usr/bin/dbus-daemon"), "There is no Avahi here, or no network for it.");
        _cable = new Cable();
        StartAvahi();
        var a = Node(_cable.X, "a", 22001, "-", "--discover");
        var id = a.Status()!.Id;
        var listed = "";
        Poll.Until(() => (listed = Browse()).Contains($"=;i0;IPv4;a;_vfssync._tcp;local;vfs-{id[..16]}.local;10.77.0.1;22001;", StringComparison.Ordinal) && listed.Contains("=;i0;IPv6;a;", StringComparison.Ordinal), () => listed, seconds: 30);
        Assert.Contains($"\"id={id}\"", listed, StringComparison.Ordinal);
        Assert.DoesNotContain(a.Status()!.Cluster, listed, StringComparison.OrdinalIgnoreCase);

        // A node that neither looks nor is seen, and forgot where the others are: only Avahi says where it is.
        var b = Node(_cable.Y, "b", 22002, a.Token);
        Poll.Until(() => a.Status()?.Members is ["b Connected"], () => "b has joined", seconds: 30);
        var (node, cluster) = (b.Status()!.Id, b.Status()!.Cluster);
        b.Stop();
        foreach (var book in Directory.GetFiles(Path.Combine(b.Folder, ".vfs"), "peers.json*")) File.Delete(book);
        b = Node(_cable.Y, "b", 22003, "-");
        Assert.Equal(["a Offline"], b.Status()!.Members);
        var text = ClusterTag.TextOf(new ClusterId(Hash(cluster)), new NodeId(Hash(node)));
        _cable.Start(_cable.Y, Bus, ["avahi-publish", "-s", "somebody", "_vfssync._tcp", "22003", $"v={text.Value("v")}", $"id={text.Value("id")}", $"tag={text.Value("tag")}"]);
        Poll.Until(() => a.Status()?.Members is ["b Connected"], () => $"a finds what Avahi announces: {a.Status()?.Tell()}", seconds: 30);

        // Who stops takes leave.
        a.Stop();
        Poll.Until(() => !Browse().Contains(";a;", StringComparison.Ordinal), () => "a is gone", seconds: 30);
    }

    private static Hash256 Hash(string hex) => new(Convert.FromHexString(hex));

    private HostedNode Node(string network, string name, int port, string token, params string[] options)
    {
        var folder = Path.Combine(_base, name);
        Directory.CreateDirectory(folder);
        var node = HostedNode.In(network, folder, port, token, options);
        _nodes.Add(node);
        return node;
    }

    private string Browse() => _cable!.Say(_cable.Y, Bus, "timeout", "5", "avahi-browse", "-rtp", "_vfssync._tcp");

    private void StartAvahi()
    {
        File.WriteAllText(Path.Combine(_base, "dbus.conf"), $"""
            <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig><type>system</type><listen>{Bus}</listen><auth>EXTERNAL</auth><policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/><allow user="*"/></policy></busconfig>
            """);
        File.WriteAllText(Path.Combine(_base, "avahi.conf"), "[server]\nhost-name=judge\nuse-ipv4=yes\nuse-ipv6=yes\nallow-interfaces=i0\nenable-dbus=yes\n[publish]\npublish-workstation=no\n");
        _cable!.Start(_cable.Y, Bus, "dbus-daemon", $"--config-file={_base}/dbus.conf", "--nofork", "--nopidfile");
        Poll.Until(() => File.Exists(Path.Combine(_base, "bus")), () => "there is a bus");
        // With a /run of its own: there is one Avahi for each.
        _cable.Start(_cable.Y, Bus, "unshare", "--mount", "sh", "-c", $"mount -t tmpfs tmpfs /run && exec avahi-daemon -f {_base}/avahi.conf --no-drop-root --no-chroot");
        Poll.Until(() => !Browse().Contains("Failed", StringComparison.Ordinal) && _cable.Say(_cable.Y, Bus, "timeout", "5", "avahi-resolve", "-n4", "judge.local").Contains("10.77", StringComparison.Ordinal), () => "Avahi answers", seconds: 30);
    }
}
