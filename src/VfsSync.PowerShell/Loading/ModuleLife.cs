using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Loading;

/// <summary>What import and removal mean for the nodes. Apart from <see cref="ModuleInitializer"/>, so that the engine is not looked for before it can be found.</summary>
internal static class ModuleLife
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Imported(Runspace runspace) => SessionEvents.Attach(runspace);

    /// <summary>Stops the nodes that this runspace started; others belong to the process.</summary>
    /// <returns>Whether no node is left.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Removed(Runspace runspace)
    {
        SessionEvents.Detach(runspace);
        RunningNodes.StopAll(node => node.StartedFrom == runspace.InstanceId);
        return RunningNodes.All.IsEmpty;
    }
}
