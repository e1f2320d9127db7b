using System.Net;
using System.Net.Sockets;

namespace VfsSync.Engine.Net;

/// <summary>Connects to the first of a name's addresses that answers, starting them a little apart (after RFC 8305, Happy Eyeballs).</summary>
internal sealed class Dialer(TimeSpan patience)
{
    /// <summary>How long one address is given before the next is tried beside it.</summary>
    public TimeSpan Stagger { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <exception cref="PeerException">No address of it answers, or it has none.</exception>
    public async Task<Socket> ConnectAsync(PeerAddress to, CancellationToken cancellation)
    {
        try
        {
            var found = await ResolveAsync(to, cancellation);
            return await FirstAsync(found, cancellation);
        }
        catch (SocketException e)
        {
            throw PeerFault.OfConnect(to, e);
        }
    }

    /// <summary>The first family that the system prefers, then the families in turn.</summary>
    internal static IReadOnlyList<IPAddress> InTurn(IReadOnlyList<IPAddress> addresses) =>
        [.. addresses.GroupBy(a => a.AddressFamily).SelectMany((g, family) => g.Select((a, i) => (a, i, family))).OrderBy(x => x.i).ThenBy(x => x.family).Select(x => x.a)];

    internal async Task<Socket> FirstAsync(IReadOnlyList<IPEndPoint> targets, CancellationToken cancellation)
    {
        using var others = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var waiting = new Queue<IPEndPoint>(targets);
        List<Task<Socket>> running = [];
        SocketException? fault = null;
        try
        {
            while (waiting.Count > 0 || running.Count > 0)
            {
                if (waiting.TryDequeue(out var next)) running.Add(AttemptAsync(next, others.Token));
                var ended = await FirstEndedAsync(running, waiting.Count > 0 ? Stagger : Timeout.InfiniteTimeSpan, cancellation);
                if (ended is null) continue;
                running.Remove(ended);
                try
                {
                    return await ended;
                }
                catch (SocketException e)
                {
                    fault = MoreTelling(fault, e);
                }
            }
            throw fault ?? new SocketException((int)SocketError.HostNotFound);
        }
        finally
        {
            await others.CancelAsync();
            await CloseAsync(running);
        }
    }

    private async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(PeerAddress to, CancellationToken cancellation)
    {
        if (IPAddress.TryParse(to.Host, out var ip)) return [new IPEndPoint(ip, to.Port)];
        try
        {
            // On a thread of its own: in a pool that is busy it would not even be asked in time.
            var found = await Task.Factory.StartNew(() => Dns.GetHostAddresses(to.Host), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(patience, cancellation);
            return [.. InTurn(found).Select(a => new IPEndPoint(a, to.Port))];
        }
        catch (TimeoutException)
        {
            throw new SocketException((int)SocketError.TryAgain);
        }
    }

    /// <summary>Connects by a blocking call on a thread of its own: after an asynchronous one the socket stays non-blocking, which costs every later read.</summary>
    private Task<Socket> AttemptAsync(IPEndPoint target, CancellationToken cancellation) => Task.Factory.StartNew(() =>
    {
        var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(patience);
        try
        {
            using (deadline.Token.UnsafeRegister(static s => ((Socket)s!).Dispose(), socket)) socket.Connect(target);
            TlsTransport.Prepare(socket);
            return socket;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            socket.Dispose();
            cancellation.ThrowIfCancellationRequested();
            throw deadline.IsCancellationRequested || e is not SocketException known ? new SocketException((int)SocketError.TimedOut) : known;
        }
    }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Null when none ended within the time.</summary>
    private static async Task<Task<Socket>?> FirstEndedAsync(List<Task<Socket>> running, TimeSpan within, CancellationToken cancellation)
    {
        try
        {
            return await Task.WhenAny(running).WaitAsync(within, cancellation);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static async Task CloseAsync(IEnumerable<Task<Socket>> losers)
    {
        foreach (var loser in losers)
        {
            await ((Task)loser).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (loser.IsCompletedSuccessfully) (await loser).Dispose();
        }
    }

    private static SocketException MoreTelling(SocketException? known, SocketException other) =>
        known is null or { SocketErrorCode: SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.AddressNotAvailable } ? other : known;
}
