using System.Net;
using System.Net.Sockets;
using System.Text;
using VfsSync.Core.Crypto;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>What somebody on the way between two nodes sees.</summary>
public sealed class WireTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void Nothing_that_crosses_the_wire_tells_a_name_a_content_or_a_key()
    {
        var a = _nodes.Start("anna-laptop");
        using var tap = new Tap(a.Port);
        var token = InvitationToken.Encode(InvitationToken.Decode(a.CreateInvitation("editor", 1, null).Token) with { Addresses = [$"127.0.0.1:{tap.Port}"] });
        var b = _nodes.Start(new NodeOptions { Path = _nodes.Folder("b"), Name = "bernd-desktop", Port = 0, InvitationToken = token });
        Connected(a, b);
        Directory.CreateDirectory(At(a, "confidential-folder"));
        var words = string.Concat(Enumerable.Repeat("the quick brown fox signs the merger ", 4000));
        File.WriteAllText(At(a, "confidential-folder/salaries-of-all.txt"), words);
        File.WriteAllText(At(a, "small-note.md"), "a password: hunter2-hunter2");
        EventuallySame(a, b);
        File.Move(At(b, "small-note.md"), At(b, "moved-note.md"));
        EventuallySame(a, b);
        var seen = tap.Seen();
        Assert.True(seen.Length > 4000, $"only {seen.Length} bytes went this way");
        foreach (var secret in (byte[][])
        [
            .. ((string[])["anna-laptop", "bernd-desktop", "confidential", "salaries", "small-note", "moved-note", "quick brown", "merger", "hunter2", "editor", "admin"]).Select(Encoding.UTF8.GetBytes),
            a.Id.Hash.ToArray(), b.Id.Hash.ToArray(), a.Cluster.Hash.ToArray(), File.ReadAllBytes(At(a, ".vfs/cluster.key")),
        ])
            Assert.Equal(-1, seen.AsSpan().IndexOf(secret));
    }

    /// <summary>A cable that somebody listens to.</summary>
    private sealed class Tap : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly MemoryStream _seen = new();
        private readonly List<TcpClient> _ends = [];
        private readonly int _target;

        public Tap(int target)
        {
            _target = target;
            _listener.Start();
            new Thread(Accept) { IsBackground = true }.Start();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public byte[] Seen()
        {
            lock (_seen) return _seen.ToArray();
        }

        public void Dispose()
        {
            _listener.Dispose();
            lock (_ends) _ends.ForEach(e => e.Dispose());
        }

        private void Accept()
        {
            try
            {
                while (true)
                {
                    var (near, far) = (_listener.AcceptTcpClient(), new TcpClient { NoDelay = true });
                    lock (_ends) _ends.AddRange([near, far]);
                    near.NoDelay = true;
                    far.Connect(IPAddress.Loopback, _target);
                    new Thread(() => Copy(near, far)) { IsBackground = true }.Start();
                    new Thread(() => Copy(far, near)) { IsBackground = true }.Start();
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It is over.
            }
        }

        private void Copy(TcpClient from, TcpClient to)
        {
            try
            {
                var buffer = new byte[64 * 1024];
                for (int got; (got = from.GetStream().Read(buffer)) > 0;)
                {
                    lock (_seen) _seen.Write(buffer, 0, got);
                    to.GetStream().Write(buffer, 0, got);
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
            {
                // It is over.
            }
            from.Dispose();
            to.Dispose();
        }
    }
}
