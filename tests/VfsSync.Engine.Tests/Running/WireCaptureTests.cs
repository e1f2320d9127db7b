using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>What others' tools make of the traffic: tshark records a join and a sync, and finds TLS 1.3 and nothing else.</summary>
public sealed class WireCaptureTests : IDisposable
{
    private const string Name = "Quixotic-name-of-a-file", Directory = "Quixotic-directory", Text = "PLAIN-TEXT-of-a-small-file", Long = "PLAIN-TEXT-of-a-long-file;";

    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void No_name_and_no_content_is_in_a_packet()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/usr/bin/tshark"), "There is no tshark here, or it may not capture.");
        var a = _nodes.Start("quixotic-a");
        var capture = _nodes.Outside("capture.pcapng");
        using (var tshark = Capture(capture, a.Port))
        {
            var token = a.CreateInvitation("editor", 1, null).Token;
            var b = _nodes.Start(new NodeOptions { Path = _nodes.Folder("b"), Name = "quixotic-b", Port = 0, InvitationToken = token });
            Connected(a, b);
            System.IO.Directory.CreateDirectory(At(a, Directory));
            File.WriteAllText(At(a, $"{Directory}/{Name}"), Text);
            File.WriteAllText(At(a, "long"), string.Concat(Enumerable.Repeat(Long, 20_000)));
            EventuallySettled(a, b);
            File.WriteAllText(At(b, $"{Directory}/{Name}"), Text + " changed by b");
            File.Move(At(b, "long"), At(b, $"{Directory}/moved-{Name}"));
            EventuallySettled(a, b);
            // What is in the kernel's buffers when it ends is lost: all that was sent before this is written when this is.
            Seen(capture, a.Port, "last-mark");
            End(tshark);

            var bytes = File.ReadAllBytes(capture);
            var key = File.ReadAllBytes(At(a, ".vfs/cluster.key"));
            // The server's hello says in the clear which version was agreed on; where packets were seen out of order, tshark may not tell of it.
            byte[] agreed = [0, 0x2B, 0, 2, 3, 4];
            Assert.True(bytes.AsSpan().IndexOf(agreed) > 0, "No server agreed on TLS 1.3.");
            byte[][] secrets = [.. new[] { Name, Directory, Text, Long, "moved-", "quixotic-a", "quixotic-b", "editor", token[^40..] }.Select(Encoding.UTF8.GetBytes), key];
            Assert.All(secrets, s => Assert.True(bytes.AsSpan().IndexOf(s) < 0, $"'{Encoding.UTF8.GetString(s)}' is in a packet."));
        }
        var hellos = Told(capture, a.Port, "tls.handshake.type == 2", "tls.handshake.extensions.supported_version");
        Assert.All(hellos, version => Assert.Equal("0x0304", version));
        Assert.Empty(Told(capture, a.Port, "tls.ignored_unknown_record", "frame.number"));
        Assert.NotEmpty(Told(capture, a.Port, "tls.record.opaque_type == 23", "frame.number"));
    }

    private static Process Capture(string file, int port)
    {
        var tshark = Process.Start(new ProcessStartInfo("/usr/bin/tshark", ["-q", "-i", "lo", "-B", "32", "-f", $"port {port}", "-w", file]) { RedirectStandardError = true })!;
        var said = new StringBuilder();
        while (!said.ToString().Contains("Capturing on", StringComparison.Ordinal) && tshark.StandardError.ReadLine() is { } line) said.AppendLine(line);
        Assert.False(tshark.HasExited, said.ToString());
        // It says so some time before it does.
        Seen(file, port, "first-mark");
        return tshark;
    }

    // The node does not speak UDP: the mark is in the capture and nowhere else.
    private static void Seen(string file, int port, string mark)
    {
        using var sender = new UdpClient();
        Poll.Until(() =>
        {
            sender.Send(Encoding.UTF8.GetBytes(mark), "127.0.0.1", port);
            return File.Exists(file) && File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(mark)) > 0;
        }, $"{mark} is captured");
    }

    private static void End(Process tshark)
    {
        Shell.Run("kill -INT \"$1\"", $"{tshark.Id}");
        Assert.True(tshark.WaitForExit(30_000), "tshark ends");
    }

    private static string[] Told(string file, int port, string filter, string field) =>
        Shell.Run("tshark -r \"$1\" -o tcp.reassemble_out_of_order:TRUE -d \"tcp.port==$2,tls\" -Y \"$3\" -T fields -e \"$4\" 2>&-", file, $"{port}", filter, field).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
