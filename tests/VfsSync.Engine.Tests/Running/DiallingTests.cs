using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Engine.Net;
using VfsSync.Engine.Running;

namespace VfsSync.Engine.Tests.Running;

/// <summary>How often somebody is dialled who does not want a link.</summary>
public sealed class DiallingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vfssync-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_does_not_answer_or_shakes_hands_and_wants_no_link_is_dialled_ever_less_often(bool answers)
    {
        var book = new PeerBookFile(Path.Combine(_folder, "peers.json"), _ => { });
        book.Update(b => b.WithBare(new PeerAddress("somewhere", 1), AddressSource.Given));
        var transport = new Refusing { Answers = answers };
        using (var dialling = new Dialling(transport, book, _ => false, (link, _) => link.Dispose()))
        {
            dialling.Start();
            Poll.Until(() => transport.Dialled >= 3, "it is tried again");
            Poll.Pause(2500);
        }
        Assert.InRange(transport.Dialled, 3, 12); // 100 ms apart at first, then twice as long each time; without that, some thirty.
    }

    private sealed class Refusing : IPeerTransport
    {
        private int _dialled;

        public bool Answers { get; init; }

        public int Dialled => Volatile.Read(ref _dialled);

        public int Listen(int port, bool giveWay, Action<IPeerLink> accepted) => port;

        public Task<IPeerLink> ConnectAsync(string address, CancellationToken cancellation)
        {
            Interlocked.Increment(ref _dialled);
            return Answers ? Task.FromResult<IPeerLink>(new Ended()) : Task.FromException<IPeerLink>(new PeerException("nobody is there"));
        }

        public void Dispose()
        {
        }
    }

    private sealed class Ended : IPeerLink
    {
        public NodeId Peer => new(new Hash256(new byte[32]));

        public ReadOnlyMemory<byte> PeerKey => default;

        public bool Outgoing => true;

        public long Begun => 0;

        public string Address => "somewhere:1";

        public (long Sent, long Received) Traffic => default;

        public void FromMember()
        {
        }

        public void Send(ReadOnlySpan<byte> frames)
        {
        }

        public ReadOnlyMemory<byte>? Receive() => null;

        public void Dispose()
        {
        }
    }
}
