using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Net;
using VfsSync.Engine.Net.Mdns;

namespace VfsSync.Engine.Running;

internal sealed partial class SyncNode
{
    private const string DiscoveryTrouble = "discovery";

    private MdnsFinder? _finder;

    // What a finder sees is dialled; who answers there must prove to be a member, as everywhere.
    private void Discover(NodeOptions options)
    {
        if (!options.Discovers) return;
        var finder = new MdnsFinder(Cluster, (Id, Name, Port));
        _finder = finder;
        finder.Start(_dialling.Found, FindsNothing);
        if (State != NodeState.Running) finder.Dispose(); // It halted, or was stopped, in this moment.
    }

    private void EndDiscovery() => _finder?.Dispose();

    private void FindsNothing(string? why)
    {
        if (why is not null) Trouble(new ProblemEffect(EntryPath.Root, new Problem(EntryPath.Root, ProblemKind.Peer, why, DiscoveryTrouble)));
        else if (_problems.Clear(DiscoveryTrouble)) _events.Add(new SyncEvent(DateTimeOffset.Now, SyncEventKind.ProblemCleared, Name));
    }

    // How an address at which a member was reached came to be known.
    private AddressSource SourceOf(PeerSession link, PeerAddress address)
    {
        var book = _book.Current;
        if (book.Of(link.Peer).Concat(book.Bare).FirstOrDefault(k => k.Address == address) is { } known) return known.Source;
        return _dialling.IsFound(link.Peer, address.ToString()) ? AddressSource.Finder : AddressSource.Given;
    }

    private string? FoundBy(PeerSession? link, NodeId member)
    {
        var known = _book.Current.Of(member);
        var at = AddressOf(link) ?? known.FirstOrDefault()?.Address.ToString();
        return known.FirstOrDefault(k => k.Address.ToString() == at)?.Source switch
        {
            AddressSource.Given => "Address",
            AddressSource.Invitation => "Invitation",
            AddressSource.Incoming => "Incoming",
            AddressSource.Finder => "mDNS",
            _ => link is { Outgoing: false } ? "Incoming" : null,
        };
    }
}
