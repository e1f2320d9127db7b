namespace VfsSync.Core.Session;

/// <summary>Links over which records came of nodes that no record admits: they are asked for again when one does.</summary>
internal sealed partial class PeerTable
{
    private const long StrangersMs = 30_000;

    private readonly Dictionary<int, long> _strangers = []; // since when; never again, once that was told

    private void MetStranger(PeerSession peer)
    {
        if (!_strangers.TryAdd(peer.Link, context.NowMs)) return;
        context.Emit(new WakeEffect(context.NowMs + StrangersMs));
    }

    // Records of authors that were strangers when they came are asked for once more.
    private void MembersChanged()
    {
        foreach (var link in _strangers.Keys.ToList())
        {
            _strangers.Remove(link);
            if (_links.TryGetValue(link, out var peer) && peer.Phase == LinkPhase.Live) peer.SendCursor();
        }
    }

    // It is over in a moment, as a rule.
    private void TellOfStrangers()
    {
        foreach (var (link, since) in _strangers.ToList())
        {
            if (context.NowMs - since < StrangersMs) continue;
            _strangers[link] = long.MaxValue;
            if (_links.TryGetValue(link, out var peer))
                peer.Problem($"{context.Members.NameOf(peer.Peer)} ({peer.Address}) brings changes of a node that no record lets in, so they are not taken yet. Start the node that let it in; if that is lost, let it join anew (New-VfsInvitation).");
        }
    }
}
