using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Loading;

/// <summary>
/// Called by PowerShell when the module is imported (once per runspace) and removed. Nothing here may name a type of the engine: it cannot be found before <see cref="OnImport"/>.
/// </summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private static readonly Lock Gate = new();
    private static DependencyContext? _context;
    private static bool _attached;

    /// <inheritdoc/>
    public void OnImport()
    {
        lock (Gate)
        {
            _context ??= new DependencyContext(Path.Combine(Path.GetDirectoryName(typeof(ModuleInitializer).Assembly.Location)!, "deps"));
            if (!_attached) AssemblyLoadContext.Default.Resolving += Resolve;
            _attached = true;
        }
        if (Runspace.DefaultRunspace is { } runspace) Sessions.Add(runspace);
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        if (Runspace.DefaultRunspace is { } runspace)
        {
            Sessions.Remove(runspace);
            StopNodesOf(runspace.InstanceId);
            // Other sessions still need the engine: it stays findable until none is left.
            if (!Sessions.All.IsEmpty) return;
        }
        lock (Gate)
        {
            AssemblyLoadContext.Default.Resolving -= Resolve;
            _attached = false;
        }
    }

    // Its own method: compiling it looks for the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StopNodesOf(Guid runspace) => RunningNodes.StopAll(node => node.StartedFrom == runspace);

    // The default context may ask for the module's own two assemblies only; everything else stays inside.
    private static Assembly? Resolve(AssemblyLoadContext from, AssemblyName name) =>
        name.Name is "VfsSync.Engine" or "VfsSync.Core" ? _context!.LoadFromAssemblyName(name) : null;
}
