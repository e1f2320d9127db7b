using System.Collections.Concurrent;
using System.Management.Automation.Runspaces;
using VfsSync.Core.Tree;
using VfsSync.Engine.Running;

namespace VfsSync.PowerShell.Running;

/// <summary>
/// The engine events <c>VfsSync.*</c>: raised in every runspace that imported the module and has a subscriber for them (without one they would pile up for
/// ever), at most one batch per 50 ms.
/// </summary>
internal static class SessionEvents
{
    private static readonly ConcurrentQueue<(RunningNode Node, SyncEvent Event)> Waiting = new();
    private static readonly Timer Beat = new(_ => Raise());
    private static int _beating;

    public static void Post(RunningNode node, SyncEvent happened)
    {
        if (SourceOf(happened) is null || !Sessions.All.Exists(r => Subscribed(r).Count > 0)) return;
        Waiting.Enqueue((node, happened));
        Arm();
    }

    /// <summary>Whether a runspace has subscribers whom what has just happened has not reached yet.</summary>
    public static bool Owes(Runspace? runspace) => runspace is not null && (RunningNodes.All.Exists(n => n.Sync.OwesEvents) || Volatile.Read(ref _beating) == 1 || !Waiting.IsEmpty) && Subscribed(runspace).Count > 0;

    /// <summary>The engine event that an event of a node is part of; null if of none.</summary>
    internal static string? SourceOf(SyncEvent happened) => happened.Kind switch
    {
        SyncEventKind.Received or SyncEventKind.Removed or SyncEventKind.Renamed when happened.Entry != EntryKind.Directory => "VfsSync.FileChanged",
        SyncEventKind.Conflict => "VfsSync.Conflict",
        SyncEventKind.Problem => "VfsSync.Problem",
        SyncEventKind.NodeJoined => "VfsSync.NodeJoined",
        SyncEventKind.NodeLost => "VfsSync.NodeLost",
        SyncEventKind.Synced => "VfsSync.Synced",
        _ => null,
    };

    private static void Arm()
    {
        if (Interlocked.Exchange(ref _beating, 1) == 0) Beat.Change(50, Timeout.Infinite);
    }

    private static void Raise()
    {
        Deliver();
        Volatile.Write(ref _beating, 0);
        if (!Waiting.IsEmpty) Arm();
    }

    private static void Deliver()
    {
        var batches = new Dictionary<(string Source, RunningNode Node), List<object>>();
        while (Waiting.TryDequeue(out var next))
        {
            var key = (SourceOf(next.Event)!, next.Node);
            if (!batches.TryGetValue(key, out var batch)) batches[key] = batch = [];
            batch.Add(new VfsActivity(next.Node.Name, next.Event));
        }
        foreach (var runspace in Sessions.All)
        {
            var subscribed = Subscribed(runspace);
            foreach (var ((source, node), batch) in batches)
                if (subscribed.Contains(source)) runspace.Events?.GenerateEvent(source, node.Name, [.. batch], PSObject.AsPSObject(batch.ToArray()));
        }
    }

    private static HashSet<string> Subscribed(Runspace runspace)
    {
        if (runspace.RunspaceStateInfo.State != RunspaceState.Opened) return [];
        // It may close meanwhile, and then has none.
        return (runspace.Events?.Subscribers ?? []).Select(s => s.SourceIdentifier).Where(id => id.StartsWith("VfsSync.", StringComparison.OrdinalIgnoreCase)).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }
}
