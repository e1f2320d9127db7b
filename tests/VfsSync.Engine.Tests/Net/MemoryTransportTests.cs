using VfsSync.Core.History;
using VfsSync.Engine.Net;

namespace VfsSync.Engine.Tests.Net;

public sealed class MemoryTransportTests : PeerTransportContract
{
    private readonly MemoryNetwork _network = new();

    internal override (IPeerTransport, NodeId, string) Make(string host)
    {
        var id = new NodeId(Enumerable.Repeat((byte)host[0], 32).ToArray());
        return (_network.Join(host, id), id, host);
    }

    [Fact]
    public async Task A_cut_breaks_links_and_lets_no_new_one_through_until_it_heals()
    {
        var (near, far) = await ConnectAsync();
        var waiting = Task.Run(() => Assert.Throws<IOException>(() => near.Receive()));
        _network.Cut("b", "a");
        await waiting.WaitAsync(Soon);
        Assert.Throws<IOException>(() => far.Send(Frame(1)));

        using var b = _network.Join("b", default);
        await Assert.ThrowsAsync<PeerException>(() => b.ConnectAsync(near.Address, CancellationToken.None));
        _network.Heal("a", "b");
        using var again = await b.ConnectAsync(near.Address, CancellationToken.None);
    }
}
