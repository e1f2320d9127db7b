using System.Net;
using System.Net.Sockets;

namespace VfsSync.Engine.Net;

/// <summary>
/// Connections that have not shaken hands yet, or whose other end has not shown that it is a member: few, and not for long. When it is full, the oldest of the address that holds the most places leaves, so that
/// a flood of silent connections from one machine does not keep others out.
/// </summary>
internal sealed class Doorway : IDisposable
{
    private readonly Lock _lock = new();
    // To greet takes longer than to shake hands: this node may be busy, or still starting.
    private const int GreetingPatience = 6;

    private readonly List<(Socket Socket, IPAddress From, long Since, int Patience)> _waiting = [];
    private readonly int _places;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _clock;
    private readonly ITimer _sweep;
    private bool _closed;

    public Doorway(int places, TimeSpan patience, TimeProvider clock)
    {
        (_places, _patience, _clock) = (places, patience, clock);
        _sweep = clock.CreateTimer(_ => Sweep(), null, patience / 10, patience / 10);
    }

    public int Count
    {
        get
        {
            lock (_lock) return _waiting.Count;
        }
    }

    public void Enter(Socket socket, IPAddress from)
    {
        lock (_lock)
        {
            if (_waiting.Count >= _places) TurnAwayOldest();
            _waiting.Add((socket, from, _clock.GetTimestamp(), 1));
            if (_closed) TurnAway(_waiting.Count - 1);
        }
    }

    /// <summary>The handshake is done: from now on it has some time to show that it is a member. False when the connection had been turned away.</summary>
    public bool ShookHands(Socket socket)
    {
        lock (_lock)
        {
            var index = _waiting.FindIndex(w => w.Socket == socket);
            if (index < 0) return false;
            var entry = (socket, _waiting[index].From, _clock.GetTimestamp(), GreetingPatience);
            _waiting.RemoveAt(index);
            _waiting.Add(entry);
            return true;
        }
    }

    /// <summary>It has shown that it is a member, or is over. False when the connection had been turned away.</summary>
    public bool Leave(Socket socket)
    {
        lock (_lock) return _waiting.RemoveAll(w => w.Socket == socket) > 0;
    }

    public void Dispose()
    {
        _sweep.Dispose();
        lock (_lock)
        {
            _closed = true;
            while (_waiting.Count > 0) TurnAway(0);
        }
    }

    private void Sweep()
    {
        lock (_lock)
            for (var i = _waiting.Count - 1; i >= 0; i--)
                if (_clock.GetElapsedTime(_waiting[i].Since) > _patience * _waiting[i].Patience) TurnAway(i);
    }

    private void TurnAwayOldest()
    {
        var crowd = _waiting.GroupBy(w => w.From).MaxBy(g => g.Count())!.Key;
        TurnAway(_waiting.FindIndex(w => w.From.Equals(crowd)));
    }

    /// <summary>Shuts the socket down, which ends the handshake's blocking read; whoever shakes hands disposes it.</summary>
    private void TurnAway(int index)
    {
        TlsTransport.ShutDown(_waiting[index].Socket);
        _waiting.RemoveAt(index);
    }
}
