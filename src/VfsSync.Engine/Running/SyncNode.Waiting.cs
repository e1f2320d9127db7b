using VfsSync.Core.History;

namespace VfsSync.Engine.Running;

internal sealed partial class SyncNode
{
    private const int LookAgainMs = 1000;

    /// <summary>
    /// Completes when every member named (null: those connected now; with members but none connected it waits for one) has acknowledged as shown all that was
    /// recorded when the wait began, and this node shows all it has received. With no other member it completes at once.
    /// </summary>
    /// <param name="members">The members expected.</param>
    /// <param name="look">Gives up the comparison with the disk, by which the wait begins.</param>
    /// <param name="cancellation">Gives up the wait that follows; what holds then already completes all the same.</param>
    public async Task WaitSyncedAsync(IReadOnlyList<NodeId>? members, CancellationToken look, CancellationToken cancellation)
    {
        await LookAtAllAsync(look);
        var target = _store.Cursor;
        if (members is null && !HasOthers) return;
        await _waiting.UntilAsync(() => _lane.Ask(() => IsSynced(members, target)), Stopped, cancellation);
    }

    // What the store refuses is tried again: that is waited for as well.
    private async Task LookAtAllAsync(CancellationToken look)
    {
        for (var looking = true; looking;)
        {
            try
            {
                await SyncAsync([], whatIf: false, look);
                looking = false;
            }
            catch (NodeException e) when (e.Id == "VfsNotRecorded")
            {
                await Task.Delay(LookAgainMs, look);
            }
        }
    }

    /// <inheritdoc cref="WaitSyncedAsync(IReadOnlyList{NodeId}?, CancellationToken, CancellationToken)"/>
    public Task WaitSyncedAsync(IReadOnlyList<NodeId>? members, CancellationToken cancellation) => WaitSyncedAsync(members, cancellation, cancellation);

    /// <summary>Completes when the members named (null: any one) are connected.</summary>
    public Task WaitConnectedAsync(IReadOnlyList<NodeId>? members, CancellationToken cancellation) =>
        _waiting.UntilAsync(() =>
        {
            RefuseHalted();
            return members is null ? !_connected.IsEmpty : members.All(IsConnected);
        }, Stopped, cancellation);

    /// <summary>What a halted node is waited for does not come.</summary>
    /// <exception cref="NodeException">NodeHalted, with the reason.</exception>
    public void RefuseHalted()
    {
        if (State == NodeState.Halted) throw Stopped();
    }

    private bool IsSynced(IReadOnlyList<NodeId>? members, VersionVector target)
    {
        RefuseHalted();
        if (!_session.Shown.Includes(target) || _session.Behind > 0) return false;
        var expected = members ?? [.. _session.Peers.Live.Select(l => l.Peer).Distinct()];
        return (members is not null || expected.Count > 0) && expected.All(m => m == Id || _session.Peers.Shows(m, target));
    }
}
