using System.Collections.Immutable;
using System.Management.Automation.Runspaces;

namespace VfsSync.PowerShell.Running;

/// <summary>The runspaces that have the module. Names nothing of the engine, so that an import need not load it.</summary>
internal static class Sessions
{
    private static ImmutableList<Runspace> _all = [];

    /// <summary>Those that are open: some (as of ForEach-Object -Parallel) go without a word.</summary>
    public static ImmutableList<Runspace> All
    {
        get
        {
            var all = Volatile.Read(ref _all);
            foreach (var gone in all.FindAll(r => r.RunspaceStateInfo.State is RunspaceState.Closed or RunspaceState.Closing or RunspaceState.Broken)) Remove(gone);
            return Volatile.Read(ref _all);
        }
    }

    public static void Add(Runspace runspace) => ImmutableInterlocked.Update(ref _all, static (all, r) => all.Contains(r) ? all : all.Add(r), runspace);

    public static void Remove(Runspace runspace) => ImmutableInterlocked.Update(ref _all, static (all, r) => all.Remove(r), runspace);
}
