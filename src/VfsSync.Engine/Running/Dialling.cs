using System.Collections.Immutable;
using System.Diagnostics;
using VfsSync.Core.History;
using VfsSync.Engine.Net;

namespace VfsSync.Engine.Running;

/// <summary>Keeps links up: dials every known address of every member that is not connected, with backoff and jitter, until the node stops.</summary>
internal sealed class Dialling : IDisposable
{
    private const int BriefMs = 2000;

    private readonly IPeerTransport _transport;
    private readonly PeerBookFile _book;
    private readonly Func<NodeId, bool> _isConnected;
    private readonly Action<IPeerLink, string> _connected;
    private readonly List<Task> _dials = [];
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Target> _targets = [];
    private readonly Dictionary<NodeId, (bool Here, long Since)> _silenced = [];
    private readonly HashSet<string> _own = [];
    private ImmutableArray<FoundPeer> _found = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0);
    private Task _loop = Task.CompletedTask;

    /// <param name="transport">Connects.</param>
    /// <param name="book">What addresses are known.</param>
    /// <param name="isConnected">Whether a member has a live link.</param>
    /// <param name="connected">Takes a new link and the address dialled, on a thread of its own; returns when the link ends.</param>
    public Dialling(IPeerTransport transport, PeerBookFile book, Func<NodeId, bool> isConnected, Action<IPeerLink, string> connected) =>
        (_transport, _book, _isConnected, _connected) = (transport, book, isConnected, connected);

    public void Start() => _loop = Task.Run(LoopAsync);

    /// <summary>Something changed (an address, a link): dials at once what is due.</summary>
    public void Wake(bool forgive = false)
    {
        if (forgive)
            lock (_lock)
                foreach (var target in _targets.Values) (target.Backoff, target.NextAtMs) = (default, default);
        _wake.Release();
    }

    /// <summary>Dials a member no more: its link was ended by hand, here or there.</summary>
    public void Silence(NodeId member, bool here)
    {
        lock (_lock) _silenced[member] = (here || _silenced.GetValueOrDefault(member).Here, Stopwatch.GetTimestamp());
    }

    /// <summary>Dials a member again.</summary>
    public void Resume(NodeId member)
    {
        lock (_lock) _silenced.Remove(member);
    }

    /// <summary>Whether a member is dialled no more because its link was ended by hand here (true) or there (false); null if it was not.</summary>
    public bool? EndedHere(NodeId member)
    {
        lock (_lock) return _silenced.TryGetValue(member, out var silenced) ? silenced.Here : null;
    }

    /// <summary>Whether the link was on its way when the one before was ended by hand: nobody means it any more.</summary>
    public bool IsLate(IPeerLink link)
    {
        lock (_lock) return _silenced.TryGetValue(link.Peer, out var silenced) && link.Begun <= silenced.Since;
    }

    /// <summary>All that is seen on the network now. What is new, or is seen again, is dialled at once.</summary>
    public void Found(ImmutableArray<FoundPeer> peers)
    {
        lock (_lock)
        {
            var before = _found;
            _found = peers;
            foreach (var address in peers.Except(before).SelectMany(p => p.Addresses))
                if (_targets.TryGetValue(address.ToString(), out var target)) (target.Backoff, target.NextAtMs) = (default, default);
        }
        _wake.Release();
    }

    /// <summary>Whether the member is seen there.</summary>
    public bool IsFound(NodeId member, string? address)
    {
        lock (_lock) return AddressesOf(member).Any(a => a.ToString() == address);
    }

    /// <summary>At this address the node found itself.</summary>
    public void IsSelf(string address)
    {
        lock (_lock) _own.Add(address);
    }

    public string? LastError(NodeId member)
    {
        lock (_lock) return _book.Current.Of(member).Select(a => a.Address).Concat(AddressesOf(member)).Select(a => _targets.GetValueOrDefault(a.ToString())?.LastError).FirstOrDefault(e => e is not null);
    }

    public bool IsTrying(NodeId member)
    {
        lock (_lock) return !_silenced.ContainsKey(member) && (_book.Current.Of(member).Any() || AddressesOf(member).Any());
    }

    public void Dispose()
    {
        _stop.Cancel();
        _wake.Release();
        _loop.Wait(TimeSpan.FromSeconds(2));
        Task[] dials;
        lock (_lock) dials = [.. _dials];
        Task.WhenAll(dials).ContinueWith(static _ => { }, TaskScheduler.Default).Wait(TimeSpan.FromSeconds(2)); // One that was just let in notes its address.
    }

    private async Task LoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var next = DialDue();
            try
            {
                await _wake.WaitAsync(next, _stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private TimeSpan DialDue()
    {
        var now = Environment.TickCount64; // The clock of the wall may be set back, and then nobody would be dialled for so long.
        var next = TimeSpan.FromSeconds(5);
        lock (_lock)
        {
            foreach (var address in Addresses().Distinct().ToList())
            {
                if (!_targets.TryGetValue(address, out var target)) _targets[address] = target = new Target();
                if (target.Busy) continue;
                if (target.NextAtMs > now) next = Min(next, TimeSpan.FromMilliseconds(target.NextAtMs - now));
                else
                {
                    target.Busy = true;
                    _dials.RemoveAll(d => d.IsCompleted);
                    _dials.Add(Task.Run(() => DialAsync(address, target)));
                }
            }
        }
        return next;
    }

    private IEnumerable<string> Addresses()
    {
        var book = _book.Current;
        foreach (var (member, known) in book.Members)
            if (!_silenced.ContainsKey(member) && !_isConnected(member))
                foreach (var address in known.Where(a => !IsOwn(a))) yield return address.Address.ToString();
        foreach (var peer in _found)
            if (!_silenced.ContainsKey(peer.Node) && !_isConnected(peer.Node))
                foreach (var address in peer.Addresses.Select(a => a.ToString()).Where(a => !_own.Contains(a))) yield return address;
        foreach (var bare in book.Bare.Where(a => !IsOwn(a))) yield return bare.Address.ToString();
    }

    private IEnumerable<PeerAddress> AddressesOf(NodeId member) => _found.Where(p => p.Node == member).SelectMany(p => p.Addresses);

    private bool IsFoundAnywhere(string address)
    {
        lock (_lock) return _found.Any(p => p.Addresses.Any(a => a.ToString() == address));
    }

    private bool IsSilenced(NodeId member)
    {
        lock (_lock) return _silenced.ContainsKey(member);
    }

    private bool IsOwn(KnownAddress address) => _own.Contains(address.Address.ToString());

    private async Task DialAsync(string address, Target target)
    {
        try
        {
            var link = await _transport.ConnectAsync(address, _stop.Token);
            if (_isConnected(link.Peer) || IsSilenced(link.Peer))
            {
                // Another address of a member that is connected or to be left alone: kept for later.
                link.Dispose();
                var isFound = IsFoundAnywhere(address);
                if (!isFound && !_stop.IsCancellationRequested && PeerAddress.TryParse(address, out var known)) _book.Update(b => b.Reached(link.Peer, known, AddressSource.Given, DateTimeOffset.UtcNow));
                // What the network says of an address may be another node's: it would be dialled again at once, without end.
                lock (_lock) (target.Backoff, target.LastError) = (isFound ? target.Backoff.Failed() : default, null);
                Again(target);
                return;
            }
            lock (_lock) target.LastError = null;
            new Thread(() => Serve(link, address, target)) { Name = $"vfs read {address}", IsBackground = true }.Start();
            return;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or FormatException or ObjectDisposedException)
        {
            lock (_lock) (target.Backoff, target.LastError) = (target.Backoff.Failed(), e.Message);
        }
        Again(target);
    }

    private void Serve(IPeerLink link, string address, Target target)
    {
        var up = Environment.TickCount64;
        _connected(link, address);
        // Who shakes hands and wants no link, again and again, is dialled ever less often.
        lock (_lock) target.Backoff = Environment.TickCount64 - up < BriefMs ? target.Backoff.Failed() : default;
        Again(target);
    }

    private void Again(Target target)
    {
        lock (_lock)
        {
            target.Busy = false;
            target.NextAtMs = Environment.TickCount64 + (long)target.Backoff.Delay(Random.Shared.NextDouble()).TotalMilliseconds;
        }
        if (!_stop.IsCancellationRequested) _wake.Release();
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private sealed class Target
    {
        public bool Busy { get; set; }

        public Backoff Backoff { get; set; }

        public long NextAtMs { get; set; }

        public string? LastError { get; set; }
    }
}
