using System.Collections.Immutable;
using System.Management.Automation.Runspaces;

namespace VfsSync.PowerShell.Running;

/// <summary>The nodes of this process, in the order they were started.</summary>
internal static class RunningNodes
{
    private static ImmutableList<RunningNode> _all = [];

    public static ImmutableList<RunningNode> All => Volatile.Read(ref _all);

    public static void Add(RunningNode node) => ImmutableInterlocked.Update(ref _all, static (all, node) => all.Add(node), node);

    /// <summary>Stops one node. Only the first caller stops it; the others find it gone.</summary>
    /// <param name="node">Which.</param>
    /// <param name="askedFrom">The runspace that waits for it.</param>
    public static void Stop(RunningNode node, Runspace? askedFrom = null)
    {
        if (ImmutableInterlocked.Update(ref _all, static (all, node) => all.Remove(node), node)) node.Stop(askedFrom);
    }

    /// <summary>Stops all that <paramref name="which"/> names, side by side.</summary>
    public static void StopAll(Func<RunningNode, bool> which)
    {
        var stopping = All.Where(which).ToArray();
        if (stopping.Length > 0) Parallel.ForEach(stopping, new ParallelOptions { MaxDegreeOfParallelism = stopping.Length }, node => Stop(node));
    }
}
