using System.Net;
using VfsSync.Engine.Net.Mdns;

namespace VfsSync.Engine.Tests.Net.Mdns;

/// <summary>Multicast DNS as RFC 6762 has it, on a network in memory.</summary>
public sealed class MdnsTests
{
    private readonly MdnsWire _wire = new();

    [Fact]
    public void Nodes_on_one_network_find_each_other()
    {
        var (a, b) = (_wire.Add("10.0.0.1", MdnsWire.Service("a", "host-a", 22001)), _wire.Add("10.0.0.2", MdnsWire.Service("b", "host-b", 22002)));
        _wire.Run(3000);
        foreach (var machine in new[] { a, b })
            Assert.Equal([("a", "10.0.0.1:22001"), ("b", "10.0.0.2:22002")], machine.Browser.Found.Select(f => (f.Instance, Assert.Single(f.EndPoints).ToString())));
        Assert.Equal("host-b", a.Browser.Found[1].Text.Value("of"));
    }

    [Fact]
    public void Who_comes_later_is_found_at_its_announcement_and_finds_at_once()
    {
        var a = _wire.Add("10.0.0.1", MdnsWire.Service("a", "host-a"));
        _wire.Run(600_000);
        var b = _wire.Add("10.0.0.2", MdnsWire.Service("b", "host-b"));
        _wire.Run(1100); // up to 250 ms, three probes 250 ms apart
        Assert.Contains("b", a.Found);
        Assert.Contains("a", b.Found);
    }

    [Fact]
    public void Before_a_name_is_used_it_is_asked_for_three_times_and_announced_twice()
    {
        var a = _wire.Add("10.0.0.1", MdnsWire.Service("a", "host-a"));
        _wire.Run(5000);
        var probes = _wire.Sent.Where(s => !s.Message.Authorities.IsEmpty).ToList();
        Assert.Equal([250, 250], probes.Zip(probes.Skip(1), (x, y) => y.AtMs - x.AtMs));
        Assert.All(probes, p => Assert.Contains(new DnsQuestion(a.Responder!.Service.InstanceName, DnsType.Any), p.Message.Questions));
        var said = _wire.Sent.Where(s => s.Message.IsResponse && s.Message.Answers.Any(r => r.Type == DnsType.Srv)).Select(s => s.AtMs).ToList();
        Assert.Equal([250, 1250], said.Select(at => at - probes[^1].AtMs));
    }

    [Fact]
    public void A_name_that_somebody_has_is_left_to_him()
    {
        var a = _wire.Add("10.0.0.1", MdnsWire.Service("same", "host-a"));
        _wire.Run(5000);
        var (b, c) = (_wire.Add("10.0.0.2", MdnsWire.Service("same", "host-b")), _wire.Add("10.0.0.3", MdnsWire.Service("SAME", "host-c")));
        _wire.Run(30_000);
        Assert.Equal("same", a.Responder!.Service.Instance);
        Assert.Equal(3, a.Found.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal(["same (2)", "same (3)"], new[] { b, c }.Select(m => m.Responder!.Service.Instance.ToLowerInvariant()).Order());
    }

    [Fact]
    public void Of_many_that_ask_for_a_name_at_once_each_gets_one()
    {
        var all = Enumerable.Range(1, 20).Select(i => _wire.Add($"10.0.0.{i}", MdnsWire.Service("same", $"host-{i}"))).ToList();
        _wire.Run(120_000);
        Assert.Equal(20, all.Select(m => m.Responder!.Service.Instance).Distinct().Count());
        Assert.All(all, m => Assert.Equal(20, m.Found.Count()));
    }

    [Fact]
    public void Two_networks_that_become_one_settle_whose_a_name_is()
    {
        var a = _wire.Add("10.0.0.1", MdnsWire.Service("same", "host-a"));
        _wire.Run(5000);
        a.Down();
        var b = _wire.Add("10.0.0.2", MdnsWire.Service("same", "host-b"));
        _wire.Run(5000);
        a.Up();
        _wire.Run(30_000);
        Assert.Equal(["same", "same (2)"], new[] { a, b }.Select(m => m.Responder!.Service.Instance).Order());
        Assert.Equal(["same", "same (2)"], a.Found);
    }

    [Fact]
    public void Who_takes_leave_is_gone_a_second_later()
    {
        var (a, b) = (_wire.Add("10.0.0.1", MdnsWire.Service("a", "host-a")), _wire.Add("10.0.0.2", MdnsWire.Service("b", "host-b")));
        _wire.Run(5000);
        b.Leave();
        b.Down();
        _wire.Run(1100);
        Assert.Equal(["a"], a.Found);
    }

    [Fact]
    public void Who_goes_without_a_word_is_asked_for_and_forgotten_when_its_time_is_over()
    {
        var (a, b) = (_wire.Add("10.0.0.1", MdnsWire.Service("a", "host-a")), _wire.Add("10.0.0.2", MdnsWire.Service("b", "host-b")));
        _wire.Run(5000);
        b.Down();
        _wire.Sent.Clear();
        _wire.Run(110_000);
        Assert.Equal(["a", "b"], a.Found);
        Assert.Equal(3, _wire.Sent.Count(s => s.By == a && s.Message.Questions.Any(q => q.Type == DnsType.Srv && q.Name.Labels[0] == "b"))); // at 80, 85 and 90 of 100
        _wire.Run(15_000);
        Assert.Equal(["a"], a.Found);
    }

    [Fact]
    public void What_lives_on_stays_known_for_hours_with_few_words()
    {
        var (a, b) = (_wire.Add("10.0.0.1", MdnsWire.Service("a", "host-a")), _wire.Add("10.0.0.2", MdnsWire.Service("b", "host-b")));
        _wire.Run(5000);
        _wire.Sent.Clear();
        for (var minute = 0; minute < 240; minute++)
        {
            _wire.Run(60_000);
            Assert.Equal(["a", "b"], a.Found);
            Assert.Equal(["a", "b"], b.Found);
        }
        Assert.InRange(_wire.Sent.Count, 100, 240 * 2 * 8);
    }

    [Fact]
    public void What_the_asker_knows_is_not_said()
    {
        var a = _wire.Add("10.0.0.1", MdnsWire.Service("a", "host-a"));
        _wire.Run(10_000);
        var pointer = new DnsRecord(MdnsService.Kind, DnsType.Ptr, false, 4000, new PtrData(a.Responder!.Service.InstanceName));
        Assert.Empty(AnswersTo(new DnsMessage { Questions = [new(MdnsService.Kind, DnsType.Ptr)], Answers = [pointer] }));
        Assert.Single(AnswersTo(new DnsMessage { Questions = [new(MdnsService.Kind, DnsType.Ptr)], Answers = [pointer with { Ttl = 2000 }] })); // it runs out soon
        _wire.Run(2000);
        // More known answers follow the question.
        _wire.Sent.Clear();
        _wire.Ask(Asker, new DnsMessage { IsTruncated = true, Questions = [new(MdnsService.Kind, DnsType.Ptr)] });
        _wire.Ask(Asker, new DnsMessage { Answers = [pointer] });
        _wire.Run(1000);
        Assert.DoesNotContain(_wire.Sent, s => s.Message.IsResponse);
    }

    [Fact]
    public void Who_may_be_answered_alone_is_unless_all_are_to_hear_it_again()
    {
        _wire.Add("10.0.0.1", MdnsWire.Service("a", "host-a"));
        _wire.Run(10_000);
        var question = new DnsMessage { Questions = [new(MdnsService.Kind.Below("a"), DnsType.Srv, WantsUnicast: true)] };
        Assert.Equal(Asker, Assert.Single(AnswersTo(question)).To);
        _wire.Run(50_000); // more than a quarter of its two minutes ago
        Assert.Null(Assert.Single(AnswersTo(question)).To);
    }

    [Fact]
    public void Who_asks_as_plain_DNS_does_is_answered_so()
    {
        _wire.Add("10.0.0.1", MdnsWire.Service("a", "host-a"));
        _wire.Run(10_000);
        var from = new IPEndPoint(IPAddress.Parse("10.0.0.9"), 40_000);
        _wire.Sent.Clear();
        _wire.Ask(from, new DnsMessage { Id = 99, Questions = [new(MdnsService.Kind, DnsType.Ptr)] });
        var answer = Assert.Single(_wire.Sent);
        Assert.Equal((from, 99, 1), (answer.To, answer.Message.Id, answer.Message.Questions.Length));
        Assert.All(answer.Message.Answers.Concat(answer.Message.Additionals), r => Assert.True(r.Ttl <= 10 && !r.IsUnique));
        Assert.Contains(answer.Message.Additionals, r => r.Type == DnsType.Srv);
    }

    [Fact]
    public void What_there_is_not_is_denied()
    {
        _wire.Add("10.0.0.1", MdnsWire.Service("a", "host-a"));
        _wire.Run(10_000);
        var denial = Assert.Single(Assert.Single(AnswersTo(new DnsMessage { Questions = [new(DnsName.Of("host-a", "local"), DnsType.Aaaa)] })).Message.Answers);
        Assert.Equal((DnsType.Nsec, true), (denial.Type, denial.IsUnique));
        Assert.Empty(AnswersTo(new DnsMessage { Questions = [new(DnsName.Of("other", "local"), DnsType.A)] }));
    }

    [Fact]
    public void All_kinds_of_services_are_told_of_and_the_same_is_not_said_twice_within_a_second()
    {
        _wire.Add("10.0.0.1", MdnsWire.Service("a", "host-a"));
        _wire.Run(10_000);
        var question = new DnsMessage { Questions = [new(MdnsService.AllKinds, DnsType.Ptr)] };
        Assert.Equal(MdnsService.Kind, ((PtrData)Assert.Single(Assert.Single(AnswersTo(question)).Message.Answers).Data).Target);
        Assert.Empty(AnswersTo(question));
    }

    [Fact]
    public void Strangers_words_without_number_take_no_room_without_end()
    {
        var a = _wire.Add("10.0.0.1");
        for (var i = 0; i < 100; i++)
        {
            var names = Enumerable.Range(0, 20).Select(j => MdnsService.Kind.Below($"x{i}-{j}")).ToList();
            _wire.Ask(Asker, new DnsMessage { IsResponse = true, Answers = [.. names.Select(n => new DnsRecord(MdnsService.Kind, DnsType.Ptr, false, 4500, new PtrData(n)))] });
        }
        Assert.Empty(a.Found);
        Assert.Equal(1024, a.Browser.Remembered);
    }

    private static readonly IPEndPoint Asker = new(IPAddress.Parse("10.0.0.9"), 5353);

    private List<(long AtMs, MdnsWire.Machine By, IPEndPoint? To, DnsMessage Message)> AnswersTo(DnsMessage question)
    {
        _wire.Sent.Clear();
        _wire.Ask(Asker, question);
        _wire.Run(200);
        return _wire.Sent.FindAll(s => s.Message.IsResponse);
    }
}
