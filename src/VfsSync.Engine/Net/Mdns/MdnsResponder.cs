using System.Collections.Immutable;

namespace VfsSync.Engine.Net.Mdns;

/// <summary>
/// Says on the network where a service is (RFC 6762): asks first whether its name is free, announces it, answers those who ask, takes another name when somebody else has this one, and takes leave.
/// A state machine: whoever drives it brings messages and the time, and sends what it gives out.
/// </summary>
/// <param name="service">What is said.</param>
/// <param name="chance">From 0 to 1: spreads out what many would say at once.</param>
internal sealed class MdnsResponder(MdnsService service, Func<double> chance)
{
    private const long ProbeMs = 250, AnnounceMs = 1000, LostProbeMs = 1000, ManyConflictsMs = 5000, OnceMs = 1000, DefendMs = 250;
    private const int Probes = 3, Announcements = 2, ManyConflicts = 15;

    private readonly Dictionary<MdnsPort, PendingAnswers> _pending = [];
    private readonly Dictionary<(MdnsPort Port, DnsType Type, DnsName Name), long> _said = [];
    private ImmutableArray<MdnsInterface> _interfaces = [];
    private Stage _stage = Stage.Silent;
    private int _sent, _conflicts;
    private long _nextMs = long.MaxValue;

    private enum Stage
    {
        Silent,
        Probing,
        Announcing,
        Settled,
    }

    /// <summary>What it says now.</summary>
    public MdnsService Service { get; private set; } = service;

    /// <summary>Whether its name is known to be free.</summary>
    public bool IsAnnounced => _stage >= Stage.Announcing;

    /// <summary>When <see cref="Tick"/> has something to do.</summary>
    public long NextMs => _pending.Values.Select(p => p.DueMs).Append(_nextMs).Min();

    /// <summary>Which interfaces there are now. Where one came, or has other addresses, the name is asked for anew: another network may be behind it.</summary>
    public void Use(ImmutableArray<MdnsInterface> interfaces, long nowMs)
    {
        var isNew = interfaces.Any(i => !_interfaces.Contains(i));
        _interfaces = interfaces;
        var ports = Ports.ToHashSet();
        foreach (var gone in _pending.Keys.Where(p => !ports.Contains(p)).ToList()) _pending.Remove(gone);
        if (interfaces.IsEmpty) (_stage, _nextMs) = (Stage.Silent, long.MaxValue);
        else if (isNew) Probe(nowMs + (long)(chance() * ProbeMs));
    }

    /// <summary>Does what is due.</summary>
    public IEnumerable<MdnsSend> Tick(long nowMs)
    {
        var sends = new List<MdnsSend>();
        foreach (var (port, pending) in _pending.Where(p => p.Value.DueMs <= nowMs).ToList())
        {
            _pending.Remove(port);
            if (IsAnnounced) Say(sends, port, pending.Records, nowMs);
        }
        if (_nextMs > nowMs) return sends;
        switch (_stage)
        {
            case Stage.Probing when _sent < Probes:
                sends.AddRange(Ports.Select(port => new MdnsSend(port, null, ProbeAt(port))));
                (_sent, _nextMs) = (_sent + 1, nowMs + ProbeMs);
                break;
            case Stage.Probing:
                (_stage, _sent) = (Stage.Announcing, 0);
                Announce(sends, nowMs);
                break;
            case Stage.Announcing: Announce(sends, nowMs); break;
            default: _nextMs = long.MaxValue; break;
        }
        return sends;
    }

    /// <summary>Takes a message in.</summary>
    public IEnumerable<MdnsSend> Handle(MdnsReceived received, long nowMs)
    {
        if (_stage == Stage.Silent || !_interfaces.Any(i => i.Index == received.Port.Interface)) return [];
        if (received.Message.IsResponse)
        {
            if (!received.IsLegacy) Heard(received, nowMs);
            return [];
        }
        if (!received.Message.Authorities.IsEmpty) Compare(received.Message, nowMs);
        return IsAnnounced ? Answer(received, nowMs) : [];
    }

    /// <summary>Takes leave: whoever knows of the service is to forget it.</summary>
    public IEnumerable<MdnsSend> Leave()
    {
        if (!IsAnnounced) return [];
        var sends = Ports.Select(port => new MdnsSend(port, null, Response([.. RecordsAt(port).Where(r => !r.Name.Equals(MdnsService.AllKinds)).Select(r => r with { Ttl = 0 })]))).ToList();
        (_stage, _nextMs) = (Stage.Silent, long.MaxValue);
        return sends;
    }

    private IEnumerable<MdnsPort> Ports => _interfaces.SelectMany(i => i.Ports);

    private MdnsInterface At(MdnsPort port) => _interfaces.First(i => i.Index == port.Interface);

    private ImmutableArray<DnsRecord> RecordsAt(MdnsPort port) => Service.RecordsAt(At(port));

    private bool IsOurs(DnsName name) => name.Equals(Service.InstanceName) || name.Equals(Service.HostName);

    private void Probe(long atMs)
    {
        (_stage, _sent, _nextMs) = (Stage.Probing, 0, atMs);
        _pending.Clear();
        _said.Clear();
    }

    private DnsMessage ProbeAt(MdnsPort port) => new()
    {
        Questions = [new(Service.InstanceName, DnsType.Any), new(Service.HostName, DnsType.Any)],
        Authorities = [.. RecordsAt(port).Where(r => r.IsUnique).Select(r => r with { IsUnique = false })],
    };

    private void Announce(List<MdnsSend> sends, long nowMs)
    {
        foreach (var port in Ports) Say(sends, port, RecordsAt(port), nowMs);
        if (++_sent < Announcements) _nextMs = nowMs + AnnounceMs;
        else (_stage, _nextMs, _conflicts) = (Stage.Settled, long.MaxValue, 0);
    }

    // Two that ask for the same name at once: who has the greater records gets it (RFC 6762 section 8.2). Our own question comes back to us, too, and is equal.
    private void Compare(DnsMessage probe, long nowMs)
    {
        if (_stage != Stage.Probing) return;
        foreach (var name in (DnsName[])[Service.InstanceName, Service.HostName])
        {
            var theirs = probe.Authorities.Where(r => r.Name.Equals(name)).ToList();
            if (theirs.Count == 0) continue;
            if (_interfaces.Any(i => Compare(Service.RecordsAt(i).Where(r => r.IsUnique && r.Name.Equals(name)), theirs) == 0)) continue;
            if (_interfaces.All(i => Compare(Service.RecordsAt(i).Where(r => r.IsUnique && r.Name.Equals(name)), theirs) > 0)) continue;
            Probe(nowMs + LostProbeMs); // It will defend the name, if it is there at all.
            return;
        }
    }

    private static int Compare(IEnumerable<DnsRecord> ours, IEnumerable<DnsRecord> theirs)
    {
        var (a, b) = (Ordered(ours), Ordered(theirs));
        for (var i = 0; i < Math.Min(a.Count, b.Count); i++)
        {
            var order = a[i].Type.CompareTo(b[i].Type);
            if (order == 0) order = a[i].Data.Bytes.AsSpan().SequenceCompareTo(b[i].Data.Bytes.AsSpan());
            if (order != 0) return order;
        }
        return a.Count.CompareTo(b.Count);
    }

    private static List<DnsRecord> Ordered(IEnumerable<DnsRecord> records)
    {
        var all = records.ToList();
        all.Sort(static (a, b) => a.Type.CompareTo(b.Type) is not 0 and var c ? c : a.Data.Bytes.AsSpan().SequenceCompareTo(b.Data.Bytes.AsSpan()));
        return all;
    }

    // Somebody says something else of a name that is ours: another name is taken, or, where this one was said already, it is asked for once more; whoever has it says so then.
    private void Heard(MdnsReceived received, long nowMs)
    {
        var said = received.Message.Answers.Concat(received.Message.Additionals).Where(r => r.Ttl > 0).ToList();
        if (_pending.TryGetValue(received.Port, out var pending)) pending.Drop(said);
        if (!said.Exists(Contradicts)) return;
        _conflicts++;
        var wait = chance() * ProbeMs;
        if (_stage == Stage.Probing) (Service, wait) = (said.Exists(r => Contradicts(r) && r.Name.Equals(Service.InstanceName)) ? Service.Renamed() : Service with { Host = $"{DnsName.Cut(Service.Host, 40)}-{_conflicts + 1}" }, 0);
        Probe(nowMs + (_conflicts >= ManyConflicts ? ManyConflictsMs : (long)wait));
    }

    // On whatever interface: two of them may lead into the same network.
    private bool Contradicts(DnsRecord record) =>
        (record.Type is DnsType.Srv or DnsType.Txt && record.Name.Equals(Service.InstanceName) || record.Type is DnsType.A or DnsType.Aaaa && record.IsUnique && record.Name.Equals(Service.HostName))
        && !_interfaces.Any(i => Service.RecordsAt(i).Any(record.Says));

    private List<MdnsSend> Answer(MdnsReceived received, long nowMs)
    {
        var (port, message) = (received.Port, received.Message);
        var known = message.Answers;
        if (message.Questions.IsEmpty && _pending.TryGetValue(port, out var asked)) asked.Drop([.. known.Select(k => k with { Ttl = k.Ttl * 2 })]); // the rest of what one that asked knows
        var (alone, all) = (new List<DnsRecord>(), new List<DnsRecord>());
        foreach (var question in message.Questions)
        {
            var found = Found(question, port).Where(r => !known.Any(k => k.Says(r) && k.Ttl >= r.Ttl / 2)).ToList();
            foreach (var record in found)
                if (received.IsLegacy || question.WantsUnicast && IsFresh(port, record, nowMs)) alone.Add(record);
                else all.Add(record);
        }
        var sends = new List<MdnsSend>();
        if (alone.Count > 0) sends.Add(new MdnsSend(port, received.From, received.IsLegacy ? Legacy(message, alone, port) : Response([.. alone.Distinct()], More(alone, port))));
        var isProbe = !message.Authorities.IsEmpty;
        all.RemoveAll(r => _said.TryGetValue((port, r.Type, r.Name), out var at) && nowMs - at < (isProbe ? DefendMs : OnceMs));
        if (all.Count == 0) return sends;
        // What others may answer as well is spread out; more known answers may follow.
        var delay = message.IsTruncated ? 400 + chance() * 100 : all.TrueForAll(r => r.IsUnique) ? 0 : 20 + chance() * 100;
        if (delay == 0) Say(sends, port, all, nowMs);
        else
        {
            if (!_pending.TryGetValue(port, out var pending)) _pending[port] = pending = new PendingAnswers(nowMs + (long)delay);
            pending.Add(all);
        }
        return sends;
    }

    private List<DnsRecord> Found(DnsQuestion question, MdnsPort port)
    {
        var found = RecordsAt(port).Where(r => r.Answers(question)).ToList();
        if (found.Count == 0 && IsOurs(question.Name)) found.AddRange(Service.Denials(At(port)).Where(r => r.Name.Equals(question.Name)));
        return found;
    }

    // It was said to all within the last quarter of the time for which it holds.
    private bool IsFresh(MdnsPort port, DnsRecord record, long nowMs) => _said.TryGetValue((port, record.Type, record.Name), out var at) && nowMs - at < record.Ttl * 1000L / 4;

    private void Say(List<MdnsSend> sends, MdnsPort port, IEnumerable<DnsRecord> records, long nowMs)
    {
        var answers = records.Distinct().ToList();
        if (answers.Count == 0) return;
        sends.Add(new MdnsSend(port, null, Response([.. answers], More(answers, port))));
        foreach (var record in answers) _said[(port, record.Type, record.Name)] = nowMs;
    }

    // Whoever hears of the service will ask where it is next.
    private ImmutableArray<DnsRecord> More(List<DnsRecord> answers, MdnsPort port)
    {
        var names = answers.Select(a => a.Data switch { PtrData ptr when ptr.Target.Equals(Service.InstanceName) => 2, SrvData => 1, _ => 0 }).DefaultIfEmpty(0).Max();
        return names == 0 ? [] : [.. RecordsAt(port).Where(r => r.IsUnique && (names == 2 || r.Name.Equals(Service.HostName)) && !answers.Exists(a => a.Says(r)))];
    }

    private DnsMessage Legacy(DnsMessage asked, List<DnsRecord> answers, MdnsPort port)
    {
        return new DnsMessage { Id = asked.Id, IsResponse = true, Questions = asked.Questions, Answers = Short(answers.Distinct()), Additionals = Short(More(answers, port)) };

        static ImmutableArray<DnsRecord> Short(IEnumerable<DnsRecord> records) => [.. records.Select(r => r with { IsUnique = false, Ttl = Math.Min(r.Ttl, 10) })];
    }

    private static DnsMessage Response(ImmutableArray<DnsRecord> answers, ImmutableArray<DnsRecord> more = default) =>
        new() { IsResponse = true, Answers = answers, Additionals = more.IsDefault ? [] : more };

    private sealed class PendingAnswers(long dueMs)
    {
        public long DueMs { get; } = dueMs;

        public List<DnsRecord> Records { get; } = [];

        public void Add(IEnumerable<DnsRecord> records) => Records.AddRange(records.Where(r => !Records.Exists(k => k.Says(r))));

        // Somebody else has said it meanwhile.
        public void Drop(List<DnsRecord> said) => Records.RemoveAll(r => said.Exists(s => s.Says(r) && s.Ttl >= r.Ttl));
    }
}
