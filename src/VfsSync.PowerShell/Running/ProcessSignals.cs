using System.Runtime.InteropServices;

namespace VfsSync.PowerShell.Running;

/// <summary>
/// SIGTERM and SIGHUP, which pwsh would die of at once: a session that serves (Start-VfsNode -Wait) ends by itself with exit code 0; any other
/// stops its nodes first and then lets the default end the process. Registered once per process.
/// </summary>
internal static class ProcessSignals
{
    private static readonly Lock Gate = new();
    private static readonly List<PosixSignalRegistration> Registrations = [];
    private static readonly HashSet<Serving> Servings = [];

    public static void Register()
    {
        lock (Gate)
        {
            if (Registrations.Count > 0) return;
            Registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle));
            Registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle));
            AppDomain.CurrentDomain.ProcessExit += (_, _) => RunningNodes.StopAll(_ => true);
        }
    }

    /// <summary>While one is held, a signal is a request that the holder answers.</summary>
    public static Serving Serve()
    {
        var serving = new Serving();
        lock (Gate) Servings.Add(serving);
        return serving;
    }

    private static void Handle(PosixSignalContext context)
    {
        lock (Gate)
        {
            if (Servings.Count > 0)
            {
                context.Cancel = true;
                foreach (var serving in Servings) serving.Ask();
                return;
            }
        }
        RunningNodes.StopAll(_ => true);
        // The first process of a container has no default action.
        if (Environment.ProcessId == 1) Environment.Exit(context.Signal == PosixSignal.SIGTERM ? 128 + 15 : 128 + 1);
    }

    /// <summary>A cmdlet that serves until it is asked to end.</summary>
    internal sealed class Serving : IDisposable
    {
        private readonly CancellationTokenSource _asked = new();

        /// <summary>Cancelled when the process is asked to end.</summary>
        public CancellationToken Asked => _asked.Token;

        public void Ask() => _asked.Cancel();

        public void Dispose()
        {
            lock (Gate) Servings.Remove(this);
            _asked.Dispose();
        }
    }
}
