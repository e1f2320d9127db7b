using System.Net;
using VfsSync.Engine.Net.Mdns;

namespace VfsSync.Engine.Tests.Net.Mdns;

public sealed class DnsCodecTests
{
    private static readonly DnsName Instance = MdnsService.Kind.Below("Ann's laptop. Really");

    private static readonly DnsMessage Full = new()
    {
        Id = 7,
        IsResponse = true,
        Questions = [new(MdnsService.Kind, DnsType.Ptr, WantsUnicast: true)],
        Answers = [new(MdnsService.Kind, DnsType.Ptr, false, 4500, new PtrData(Instance))],
        Authorities = [new(Instance, DnsType.Txt, false, 4500, TxtData.Of(["v=1", "k=väl"]))],
        Additionals =
        [
            new(Instance, DnsType.Srv, true, 120, new SrvData(DnsName.Of("host", "local"), 22000)),
            new(DnsName.Of("host", "local"), DnsType.A, true, 120, new AddressData(IPAddress.Parse("192.0.2.7"))),
            new(DnsName.Of("HOST", "local"), DnsType.Aaaa, true, 120, new AddressData(IPAddress.Parse("fe80::1"))),
        ],
    };

    [Fact]
    public void What_is_written_is_read()
    {
        var read = DnsCodec.Read(DnsCodec.Write(Full));
        Assert.Equal((7, true, false), (read.Id, read.IsResponse, read.IsTruncated));
        Assert.Equal(Full.Questions, read.Questions);
        Assert.Equal(Full.Answers, read.Answers);
        Assert.Equal(Full.Authorities, read.Authorities);
        Assert.Equal(Full.Additionals, read.Additionals);
        Assert.Equal(("1", "väl", null), (Txt(read).Value("V"), Txt(read).Value("k"), Txt(read).Value("other")));

        static TxtData Txt(DnsMessage message) => (TxtData)message.Authorities[0].Data;
    }

    [Fact]
    public void Names_that_stood_before_are_pointed_at() =>
        Assert.True(DnsCodec.Write(Full).Length < DnsCodec.Write(new DnsMessage()).Length + Full.Answers.Concat(Full.Authorities).Concat(Full.Additionals).Sum(r => 10 + r.Data.Bytes.Length) + 100);

    // As tshark and Avahi write one: RFC 6762's example of a printer.
    [Fact]
    public void Compressed_names_of_others_are_read()
    {
        var bytes = Convert.FromHexString("000084000000000100000000" + "085f76667373796e63045f746370056c6f63616c00" + "000c00010000119400080561" + "2e622e63" + "c00c");
        var pointer = Assert.Single(DnsCodec.Read(bytes).Answers);
        Assert.Equal(MdnsService.Kind, pointer.Name);
        Assert.Equal(MdnsService.Kind.Below("a.b.c"), ((PtrData)pointer.Data).Target);
        Assert.Equal(@"a\.b\.c._vfssync._tcp.local", ((PtrData)pointer.Data).Target.ToString());
    }

    [Theory]
    [InlineData("0000840000000001000000000000", "it is cut off")]
    [InlineData("000084000000000100000000c00c000c0001000011940002c00c", "a name that points at itself")]
    [InlineData("000084000000000100000000c00e03616263c00c000c0001000011940002c00c", "a name that points on")]
    [InlineData("00008400ffffffff00000000", "more records than there can be")]
    [InlineData("0000840000000001000000000361626300000100010000007800050a000001", "an address that is cut off")]
    [InlineData("00008400000000010000000003616263000001000100000078000a0a0000010000000000000000", "an address that is too long")]
    [InlineData("000028000000000000000000", "an update")]
    public void What_is_no_message_is_refused(string hex, string what)
    {
        _ = what;
        Assert.Throws<FormatException>(() => DnsCodec.Read(Convert.FromHexString(hex)));
    }

    [Fact]
    public void Damaged_bytes_are_read_or_refused_and_nothing_else()
    {
        var good = DnsCodec.Write(Full);
        var chance = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = good[..chance.Next(1, good.Length + 1)];
            for (var flips = chance.Next(1, 8); flips > 0; flips--) bytes[chance.Next(bytes.Length)] = (byte)chance.Next(256);
            try
            {
                var read = DnsCodec.Read(bytes);
                DnsCodec.Write(read); // whatever was read can be written
            }
            catch (FormatException)
            {
            }
        }
    }

    [Fact]
    public void Labels_and_names_have_their_limits()
    {
        Assert.Throws<FormatException>(() => DnsName.Of(new string('a', 64)));
        Assert.Throws<FormatException>(() => DnsName.Of(Enumerable.Repeat(new string('a', 63), 4)));
        Assert.Throws<FormatException>(() => DnsName.Of("a", ""));
        Assert.Equal(new string('ä', 31), DnsName.Cut(new string('ä', 40)));
    }
}
