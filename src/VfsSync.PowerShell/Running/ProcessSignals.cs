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
    private static int _serving;
    private static CancellationTokenSource _asked = new();

    /// <summary>Cancelled when the process is asked to end while it serves.</summary>
    public static CancellationToken Asked => _asked.Token;

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
    public static IDisposable Serve()
    {
        lock (Gate)
        {
            if (_serving++ == 0 && _asked.IsCancellationRequested) _asked = new CancellationTokenSource();
        }
        return new Serving();
    }

    private static void Handle(PosixSignalContext context)
    {
        lock (Gate)
        {
            if (_serving > 0)
            {
                context.Cancel = true;
                _asked.Cancel();
                return;
            }
        }
        RunningNodes.StopAll(_ => true);
        // The first process of a container has no default action.
        if (Environment.ProcessId == 1) Environment.Exit(context.Signal == PosixSignal.SIGTERM ? 128 + 15 : 128 + 1);
    }

    private sealed class Serving : IDisposable
    {
        private int _done;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _done, 1) != 0) return;
            lock (Gate) _serving--;
        }
    }
}
