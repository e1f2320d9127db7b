using VfsSync.Core.History;

namespace VfsSync.Core.Session;

/// <summary>What of the log is put right afterwards.</summary>
internal sealed partial class PeerTable
{
    // Of a forked log, the course that its author acknowledges takes the place of the one here. Peers who were told of the numbers before are told anew.
    private void SetRight(PeerSession from)
    {
        if (_incoming.SetRight() is not var (result, place)) return;
        context.Commit(result.Batch, flushed: true, () => Replaced(from, result, place), error => Refused(from, result, error));
    }

    private void Replaced(PeerSession from, Incoming.Result result, Replacement place)
    {
        context.Members.Replaced();
        forks.Replaced(place.First.Author);
        placing.TookBack(place);
        _progress.TookBack(place.First);
        foreach (var path in place.Unknown) Forgot?.Invoke(path);
        foreach (var peer in Live) peer.TookBack(place.First);
        _followers.TookBack(place.First);
        keeping?.Begin();
        foreach (var peer in Live) peer.SendCursor();
        Taken(from, result, place.Affected);
        Review();
    }

    /// <summary>A course of this node's own log that nobody has is waited for no more: the one that is here is acknowledged.</summary>
    public void GiveUpLostCourse()
    {
        if (forks.Lost(authoring.Author.Node, [.. Live], AllAreHere) is not var (end, after)) return;
        authoring.Saw(after);
        authoring.BeginEpoch("this node was restored more than once, and nobody has what it acknowledged then", end);
    }

    /// <summary>Judges all of the log anew: what came of another course was not judged in the order in which it was written.</summary>
    public void Review() => Commit(context.Judgement.Review());

    /// <summary>The same of what is known to need it.</summary>
    public void ReviewOutdated() => Commit(context.Judgement.ReviewOutdated());

    private void Commit(CommitBatch? batch)
    {
        if (batch is null) return;
        context.Commit(batch, flushed: true, () => placing.HeadsChanged(batch.Heads.Keys, context.View.LastSequence), error => context.Halt($"What a change of the log leads to cannot be recorded: {error} Start the node again."));
    }
}
