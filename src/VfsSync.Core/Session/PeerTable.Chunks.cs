using VfsSync.Core.History;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>Chunks that come over links: to those who wait for them; in a vault, into its store.</summary>
internal sealed partial class PeerTable
{
    public void Delivered(DeliveredInput input)
    {
        if (input.KeyId is { } keyId) context.SealKeys?.Asks(keyId);
        else if (!input.Good && input.Problem is null && _links.TryGetValue(input.Link, out var peer)) IsBad(peer, input);
        var stages = fetcher.Delivered(input.Problem is null ? input : input with { Good = true });
        if (keeping is not null)
        {
            keeping.Delivered(input.Id, input.Problem);
            return;
        }
        if (input.Problem is { } problem)
        {
            placing.Staging.Failed(stages, problem);
            NotTaken?.Invoke(stages, problem);
            return;
        }
        foreach (var stage in stages)
        {
            placing.Staging.Delivered(stage, input.Id);
            offers.Delivered(stage);
            Brought?.Invoke(stage, input.Id);
        }
    }

    // What a vault was given it cannot judge; it is told who deceived it.
    private void IsBad(PeerSession peer, DeliveredInput input)
    {
        if (input.Proof is { } proof && context.IsVouched(input.Id, proof.By, proof.SealedHash))
        {
            peer.Problem($"{context.Members.NameOf(new NodeId(proof.By.Signer))} gave {context.Members.NameOf(peer.Peer)} a chunk that is not what its name says. It is fetched elsewhere.");
            context.Send(peer.Link, new SpoiledMessage(input.Id, proof));
        }
        else peer.Problem($"{context.Members.NameOf(peer.Peer)} sent a chunk that is not what its name says. It is fetched elsewhere.");
    }

    /// <summary>A long file is being read: those who can open chunks may have them already.</summary>
    public void Offer(ReadingInput reading) => offers.Reading(reading, Live.Where(l => !l.IsVault));

    private void TakeChunks(PeerSession peer, ChunksMessage message)
    {
        if (keeping is not null)
        {
            keeping.Came(peer, message.Chunks);
            return;
        }
        var ahead = message.Chunks.Where(c => !fetcher.Arrived(peer.Link, c) && !context.View.HasChunk(c.Id)).ToList();
        if (ahead.Count > 0) context.Emit(new KeepEffect(ahead));
    }
}
