using System.Collections.Immutable;
using System.Net;

namespace VfsSync.Engine.Net.Mdns;

/// <summary>A service that was found.</summary>
/// <param name="Instance">Its own name.</param>
/// <param name="Text">Its attributes.</param>
/// <param name="EndPoints">Where it listens; link-local addresses with the interface by which they lead there.</param>
internal sealed record MdnsFound(string Instance, TxtData Text, ImmutableArray<IPEndPoint> EndPoints)
{
    public bool Equals(MdnsFound? other) => other is not null && Instance == other.Instance && Text.Bytes.AsSpan().SequenceEqual(other.Text.Bytes.AsSpan()) && EndPoints.SequenceEqual(other.EndPoints);

    public override int GetHashCode() => HashCode.Combine(Instance, EndPoints.Length);
}

/// <summary>
/// Keeps looking for services of our kind (RFC 6762 section 5.2): asks ever less often, says what it knows already, asks again before what it knows runs out, and
/// forgets what said goodbye. A state machine, as <see cref="MdnsResponder"/>.
/// </summary>
/// <param name="chance">From 0 to 1.</param>
internal sealed class MdnsBrowser(Func<double> chance)
{
    private const long FirstMs = 1000, LongestMs = 3_600_000, GoodbyeMs = 1000, FlushMs = 1000, DetailMs = 1000;
    private const int MostKnown = 1024, MostDetails = 3;
    private const uint LongestTtl = 4500; // seconds: nobody of our kind says more

    private readonly List<Known> _known = [];
    private readonly Dictionary<DnsName, (int Times, long NextMs)> _details = [];
    private ILookup<DnsName, Known> _byName = Array.Empty<Known>().ToLookup(k => k.Record.Name);
    private ImmutableArray<MdnsInterface> _interfaces = [];
    private long _nextMs = long.MaxValue, _waitMs = FirstMs;

    /// <summary>The services of which all is known, by name.</summary>
    public ImmutableArray<MdnsFound> Found { get; private set; } = [];

    /// <summary>How many records are remembered.</summary>
    public int Remembered => _known.Count;

    /// <summary>When <see cref="Tick"/> has something to do.</summary>
    public long NextMs => _known.Select(k => Math.Min(k.EndMs, k.AskMs)).Concat(_details.Values.Select(d => d.NextMs)).Append(_nextMs).Min();

    /// <summary>Which interfaces there are now: looked at anew where one came; what was known by one that is gone is forgotten.</summary>
    public void Use(ImmutableArray<MdnsInterface> interfaces, long nowMs)
    {
        var isNew = interfaces.Any(i => !_interfaces.Contains(i));
        _interfaces = interfaces;
        _known.RemoveAll(k => !interfaces.Any(i => i.Index == k.Interface));
        if (interfaces.IsEmpty) _nextMs = long.MaxValue;
        else if (isNew) (_waitMs, _nextMs) = (FirstMs, nowMs + 20 + (long)(chance() * 100));
        Look();
    }

    /// <summary>Does what is due.</summary>
    public IEnumerable<MdnsSend> Tick(long nowMs)
    {
        if (_known.RemoveAll(k => k.EndMs <= nowMs) > 0) Look();
        var asked = new HashSet<(int Interface, DnsName Name, DnsType Type)>();
        foreach (var known in _known.Where(k => k.AskMs <= nowMs))
        {
            asked.Add((known.Interface, known.Record.Name, known.Record.Type));
            known.AskAgain(chance);
        }
        foreach (var (name, (times, next)) in _details.Where(d => d.Value.NextMs <= nowMs).ToList())
        {
            foreach (var type in Lacking(name))
                foreach (var at in _interfaces) asked.Add((at.Index, name, type));
            _details[name] = (times + 1, times + 1 >= MostDetails ? long.MaxValue : nowMs + (DetailMs << times));
        }
        if (_nextMs <= nowMs)
        {
            foreach (var at in _interfaces) asked.Add((at.Index, MdnsService.Kind, DnsType.Ptr));
            _nextMs = nowMs + _waitMs;
            _waitMs = Math.Min(_waitMs * 2, LongestMs);
        }
        return asked.Count == 0 ? [] : [.. _interfaces.SelectMany(i => i.Ports).SelectMany(port => Ask(port, [.. asked.Where(a => a.Interface == port.Interface).Select(a => new DnsQuestion(a.Name, a.Type))], nowMs))];
    }

    /// <summary>Takes a message in. True if what is found is other than before.</summary>
    public bool Handle(MdnsReceived received, long nowMs)
    {
        if (!received.Message.IsResponse || received.IsLegacy || !_interfaces.Any(i => i.Index == received.Port.Interface)) return false;
        var records = received.Message.Answers.Concat(received.Message.Additionals).ToList();
        foreach (var pointer in records.Where(r => r.Type == DnsType.Ptr && r.Name.Equals(MdnsService.Kind))) Take(pointer, received.Port.Interface, nowMs);
        foreach (var record in records.Where(r => r.Type is DnsType.Srv or DnsType.Txt && r.Name.IsChildOf(MdnsService.Kind))) Take(record, received.Port.Interface, nowMs);
        // Of hosts' addresses only those of services of our kind: all others are nobody's business here.
        var hosts = _known.Select(k => k.Record.Data).OfType<SrvData>().Select(s => s.Host).ToHashSet();
        foreach (var record in records.Where(r => r.Type is DnsType.A or DnsType.Aaaa && hosts.Contains(r.Name))) Take(record, received.Port.Interface, nowMs);
        var before = Found;
        Look();
        foreach (var name in Incomplete())
            if (!_details.ContainsKey(name)) _details[name] = (0, nowMs + 20);
        return !before.SequenceEqual(Found);
    }

    private void Take(DnsRecord record, int at, long nowMs)
    {
        if (record.Ttl > LongestTtl) record = record with { Ttl = LongestTtl };
        // Who says that this is all there is takes back what was said a while ago; not what came a moment before, which may be of the same.
        if (record.IsUnique)
            foreach (var other in _known.Where(k => k.Interface == at && k.Record.Type == record.Type && k.Record.Name.Equals(record.Name) && !k.Record.Says(record) && nowMs - k.SinceMs > FlushMs)) other.EndIn(FlushMs, nowMs);
        var known = _known.Find(k => k.Interface == at && k.Record.Says(record));
        if (record.Ttl == 0) known?.EndIn(GoodbyeMs, nowMs);
        else if (known is not null) known.Renew(record, nowMs, chance);
        else if (_known.Count < MostKnown) _known.Add(new Known(record, at, nowMs, chance));
    }

    // All instances, with what is known of each.
    private void Look()
    {
        var found = new List<MdnsFound>();
        _byName = _known.ToLookup(k => k.Record.Name);
        foreach (var instance in Pointers())
        {
            var of = _byName[instance].ToList();
            if (of.Select(k => k.Record.Data).OfType<TxtData>().FirstOrDefault() is not { } text) continue;
            var points = of.Select(k => k.Record.Data).OfType<SrvData>().Distinct().SelectMany(srv =>
                _byName[srv.Host].Where(k => k.Record.Data is AddressData).Select(k => new IPEndPoint(Scoped(((AddressData)k.Record.Data).Address, k.Interface), srv.Port))).Distinct();
            ImmutableArray<IPEndPoint> ends = [.. points.OrderBy(p => p.Address.IsIPv6LinkLocal).ThenBy(p => p.ToString(), StringComparer.Ordinal)];
            if (!ends.IsEmpty) found.Add(new MdnsFound(instance.Labels[0], text, ends));
        }
        Found = [.. found.OrderBy(f => f.Instance, StringComparer.Ordinal)];
        var lacking = Incomplete().ToHashSet();
        foreach (var name in _details.Keys.Where(n => !lacking.Contains(n)).ToList()) _details.Remove(name);
    }

    private static IPAddress Scoped(IPAddress address, int at) => address.IsIPv6LinkLocal ? new IPAddress(address.GetAddressBytes(), at) : address;

    private IEnumerable<DnsName> Pointers() => _known.Where(k => k.Record.Type == DnsType.Ptr).Select(k => ((PtrData)k.Record.Data).Target).Where(n => n.IsChildOf(MdnsService.Kind)).Distinct();

    private IEnumerable<DnsName> Incomplete() =>
        Pointers().Concat(_known.Select(k => k.Record.Data).OfType<SrvData>().Select(s => s.Host)).Distinct().Where(name => Lacking(name).Any());

    private IEnumerable<DnsType> Lacking(DnsName name)
    {
        var types = _byName[name].Select(k => k.Record.Type).ToHashSet();
        if (name.IsChildOf(MdnsService.Kind)) return ((DnsType[])[DnsType.Srv, DnsType.Txt]).Where(t => !types.Contains(t));
        return types.Contains(DnsType.A) || types.Contains(DnsType.Aaaa) ? [] : [DnsType.A, DnsType.Aaaa];
    }

    // What is known and holds for more than half of its time need not be said again; where it fits into no datagram, more follow.
    private List<MdnsSend> Ask(MdnsPort port, ImmutableArray<DnsQuestion> questions, long nowMs)
    {
        if (questions.IsEmpty) return [];
        var known = _known.Where(k => k.Interface == port.Interface && k.LeftMs(nowMs) > k.Record.Ttl * 500L && questions.Any(k.Record.Answers))
            .Select(k => k.Record with { IsUnique = false, Ttl = (uint)(k.LeftMs(nowMs) / 1000) }).ToList();
        var messages = new List<DnsMessage> { new() { Questions = questions } };
        foreach (var record in known)
        {
            var more = messages[^1] with { Answers = messages[^1].Answers.Add(record) };
            if (DnsCodec.Write(more).Length <= DnsMessage.MaxSent) messages[^1] = more;
            else
            {
                messages[^1] = messages[^1] with { IsTruncated = true };
                messages.Add(new DnsMessage { Answers = [record] });
            }
        }
        return [.. messages.Select(m => new MdnsSend(port, null, m))];
    }

    private sealed class Known
    {
        private int _asked;

        public Known(DnsRecord record, int at, long nowMs, Func<double> chance)
        {
            (Record, Interface) = (record, at);
            Renew(record, nowMs, chance);
        }

        public DnsRecord Record { get; private set; }

        public int Interface { get; }

        public long SinceMs { get; private set; }

        public long EndMs { get; private set; }

        /// <summary>When to ask whether it holds on: at 80, 85, 90 and 95 of 100 of its time.</summary>
        public long AskMs { get; private set; }

        public long LeftMs(long nowMs) => EndMs - nowMs;

        public void Renew(DnsRecord record, long nowMs, Func<double> chance)
        {
            (Record, SinceMs, EndMs, _asked) = (record, nowMs, nowMs + record.Ttl * 1000L, 0);
            AskAgain(chance);
        }

        public void AskAgain(Func<double> chance)
        {
            var part = 0.8 + 0.05 * _asked++ + 0.02 * chance();
            AskMs = part < 1 ? SinceMs + (long)((EndMs - SinceMs) * part) : long.MaxValue;
        }

        public void EndIn(long ms, long nowMs) => (EndMs, AskMs) = (Math.Min(EndMs, nowMs + ms), long.MaxValue);
    }
}
