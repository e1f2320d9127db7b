using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using VfsSync.Engine.Net.Mdns;

namespace VfsSync.Engine.Tests.Net.Mdns;

/// <summary>A network in memory with a clock of its own: whatever one machine sends, all on it hear, the sender as well; through the codec.</summary>
internal sealed class MdnsWire
{
    private readonly List<Machine> _machines = [];
    private readonly Random _chance = new(1);

    public long NowMs { get; private set; } = 1000;

    /// <summary>What was sent: when, by whom, to whom alone (null: to all).</summary>
    public List<(long AtMs, Machine By, IPEndPoint? To, DnsMessage Message)> Sent { get; } = [];

    public Machine Add(string address, MdnsService? service = null)
    {
        var machine = new Machine(this, IPAddress.Parse(address), service, _chance.NextDouble);
        _machines.Add(machine);
        return machine;
    }

    public void Run(long ms)
    {
        for (var end = NowMs + ms; ;)
        {
            var next = _machines.Min(m => m.NextMs);
            if (next > end)
            {
                NowMs = end;
                return;
            }
            NowMs = Math.Max(NowMs, next);
            foreach (var machine in _machines) machine.Tick();
        }
    }

    /// <summary>Somebody who only asks.</summary>
    public void Ask(IPEndPoint from, DnsMessage message) => Deliver(null, from, null, message);

    private void Deliver(Machine? by, IPEndPoint from, IPEndPoint? to, DnsMessage message)
    {
        var read = DnsCodec.Read(DnsCodec.Write(message));
        if (by is not null) Sent.Add((NowMs, by, to, read));
        foreach (var machine in _machines.Where(m => m.IsOn && (to is null || to.Address.Equals(m.Address)))) machine.Handle(from, read);
    }

    public static MdnsService Service(string name, string host, ushort port = 22000) => new(name, host, port, TxtData.Of([$"of={host}"]));

    public sealed class Machine
    {
        private readonly MdnsWire _wire;
        private readonly ImmutableArray<MdnsInterface> _on;

        public Machine(MdnsWire wire, IPAddress address, MdnsService? service, Func<double> chance)
        {
            (_wire, Address, _on) = (wire, address, [new MdnsInterface(2, [address])]);
            Responder = service is null ? null : new MdnsResponder(service, chance);
            Browser = new MdnsBrowser(chance);
            Up();
        }

        public IPAddress Address { get; }

        public MdnsResponder? Responder { get; }

        public MdnsBrowser Browser { get; }

        public bool IsOn { get; private set; }

        public long NextMs => Math.Min(Browser.NextMs, Responder?.NextMs ?? long.MaxValue);

        public IEnumerable<string> Found => Browser.Found.Select(f => f.Instance);

        public void Up() => Use(true, _on);

        public void Down() => Use(false, []);

        /// <summary>It takes leave.</summary>
        public void Leave()
        {
            foreach (var send in Responder!.Leave()) _wire.Deliver(this, new IPEndPoint(Address, 5353), send.To, send.Message);
        }

        public void Tick()
        {
            foreach (var send in (Responder?.Tick(_wire.NowMs) ?? []).Concat(Browser.Tick(_wire.NowMs)).ToList())
                if (IsOn) _wire.Deliver(this, new IPEndPoint(Address, 5353), send.To, send.Message);
        }

        public void Handle(IPEndPoint from, DnsMessage message)
        {
            var received = new MdnsReceived(new MdnsPort(2, AddressFamily.InterNetwork), from, message);
            foreach (var send in (Responder?.Handle(received, _wire.NowMs) ?? []).ToList()) _wire.Deliver(this, new IPEndPoint(Address, 5353), send.To, send.Message);
            Browser.Handle(received, _wire.NowMs);
        }

        private void Use(bool on, ImmutableArray<MdnsInterface> interfaces)
        {
            IsOn = on;
            Responder?.Use(interfaces, _wire.NowMs);
            Browser.Use(interfaces, _wire.NowMs);
        }
    }
}
