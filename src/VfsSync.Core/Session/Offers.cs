using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>
/// Chunks that travel while their file is still being read. Own ones are told to every peer; those of peers are staged, bounded in number, and forgotten if no
/// record takes them over in time. Nothing is shown from an offer, so it may be dropped at any moment: what it held is then fetched as if it had never been.
/// </summary>
internal sealed class Offers(SessionContext context, Fetcher fetcher)
{
    private const int MostOfOneLink = 2, Most = 8;
    private const long KeptMs = 30_000;

    private readonly Dictionary<(int Link, long Number), Offer> _open = [];
    private readonly Dictionary<long, Offer> _byStage = [];
    private long _lastStage;

    /// <summary>More of a file that this node is reading.</summary>
    public void Reading(ReadingInput input, IEnumerable<PeerSession> peers)
    {
        foreach (var peer in peers) context.Send(peer.Link, new OfferMessage(input.Offer, input.Size, input.Chunks, input.Withdrawn));
    }

    /// <summary>A peer offers.</summary>
    public void Received(int link, OfferMessage message)
    {
        if (_open.GetValueOrDefault((link, message.Number)) is { } known)
        {
            if (known.Size != message.Size) throw new FormatException("An offer changed its size.");
            if (message.Withdrawn) Release(known);
            else Stage(known, message.Chunks);
            return;
        }
        if (message.Withdrawn || message.Chunks.IsEmpty || _open.Count >= Most || _open.Keys.Count(o => o.Link == link) >= MostOfOneLink) return;
        var offer = new Offer(link, message.Number, --_lastStage, message.Size);
        _open[(link, message.Number)] = _byStage[offer.Stage] = offer;
        context.Emit(new WakeEffect(context.NowMs + KeptMs));
        Stage(offer, message.Chunks);
    }

    public void Staged(OfferedInput input)
    {
        if (!_byStage.TryGetValue(input.Stage, out var offer)) return;
        if (input.Refused) Release(offer);
        else fetcher.Want(offer.Stage, input.Missing, keep: false, from: offer.Link);
    }

    public void Delivered(long stage)
    {
        if (_byStage.TryGetValue(stage, out var offer)) offer.TouchedMs = context.NowMs;
    }

    /// <summary>A stage goes on with what an offer began.</summary>
    public void TakenOver(long stage, long by)
    {
        if (!_byStage.TryGetValue(stage, out var offer)) return;
        fetcher.HandOver(stage, by);
        Forget(offer);
    }

    /// <summary>What has come stays for a while: the record may come over the next link.</summary>
    public void LinkDown(int link)
    {
        foreach (var offer in _open.Values.Where(o => o.Link == link)) fetcher.ForgetAll(offer.Stage);
    }

    public void Tick()
    {
        if (_open.Count == 0) return;
        foreach (var offer in _open.Values.Where(o => context.NowMs - o.TouchedMs >= KeptMs).ToList()) Release(offer);
        if (_open.Count > 0) context.Emit(new WakeEffect(_open.Values.Min(o => o.TouchedMs) + KeptMs));
    }

    private void Stage(Offer offer, ImmutableArray<OfferedChunk> chunks)
    {
        offer.TouchedMs = context.NowMs;
        context.Emit(new OfferEffect(offer.Stage, offer.Size, chunks));
    }

    private void Release(Offer offer)
    {
        fetcher.ForgetAll(offer.Stage);
        Forget(offer);
        context.Emit(new UnstageEffect(offer.Stage));
    }

    private void Forget(Offer offer)
    {
        _open.Remove((offer.Link, offer.Number));
        _byStage.Remove(offer.Stage);
    }

    private sealed class Offer(int link, long number, long stage, long size)
    {
        public int Link { get; } = link;

        public long Number { get; } = number;

        public long Stage { get; } = stage;

        public long Size { get; } = size;

        /// <summary>When something of it came last.</summary>
        public long TouchedMs { get; set; }
    }
}
