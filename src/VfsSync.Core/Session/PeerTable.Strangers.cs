using VfsSync.Core.History;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>Links over which records came of nodes that no record admits: they are asked for again when one does.</summary>
internal sealed partial class PeerTable
{
    private const long StrangersMs = 30_000;

    private readonly Dictionary<int, Awaited> _strangers = [];

    private void MetStrangers(PeerSession peer, IReadOnlyCollection<NodeId> authors)
    {
        if (!_strangers.TryGetValue(peer.Link, out var awaited))
        {
            _strangers[peer.Link] = awaited = new Awaited(context.NowMs);
            context.Emit(new WakeEffect(context.NowMs + StrangersMs));
        }
        awaited.Authors.UnionWith(authors);
    }

    private void MembersChanged()
    {
        foreach (var (link, awaited) in _strangers.ToList())
        {
            if (awaited.Authors.RemoveWhere(context.Members.IsAdmitted) == 0) continue;
            if (awaited.Authors.Count == 0) Settled(link, awaited);
            if (_links.TryGetValue(link, out var peer) && peer.Phase == LinkPhase.Live) peer.SendCursor();
        }
    }

    private void Settled(int link, Awaited awaited)
    {
        _strangers.Remove(link);
        if (awaited.Told is { } problem) context.Emit(new SettledEffect(problem));
    }

    // It is over in a moment, as a rule.
    private void TellOfStrangers()
    {
        foreach (var (link, awaited) in _strangers)
        {
            if (awaited.Told is not null || context.NowMs - awaited.SinceMs < StrangersMs || !_links.TryGetValue(link, out var peer)) continue;
            awaited.Told = new Problem(EntryPath.Root, ProblemKind.Peer,
                $"{context.Members.NameOf(peer.Peer)} ({peer.Address}) brings changes of a node that no record lets in, so they are not taken yet. Start the node that let it in; if that is lost, move .vfs out of the newcomer's folder, and start it there with a new invitation (New-VfsInvitation).",
                peer.Peer.ToString());
            context.Emit(new ProblemEffect(EntryPath.Root, awaited.Told));
        }
    }

    private sealed class Awaited(long sinceMs)
    {
        public long SinceMs => sinceMs;

        public HashSet<NodeId> Authors { get; } = [];

        public Problem? Told { get; set; }
    }
}
