using System.Net;
using VfsSync.Engine.Net;

namespace VfsSync.Engine.Tests.Net;

public sealed class PeerAddressTests
{
    [Theory]
    [InlineData("laptop", "laptop:22000")]
    [InlineData("Laptop.Local:8001", "laptop.local:8001")]
    [InlineData(" 192.168.1.2:1 ", "192.168.1.2:1")]
    [InlineData("192.168.1.2", "192.168.1.2:22000")]
    [InlineData("[::1]:65535", "[::1]:65535")]
    [InlineData("[FDAA:0::1]", "[fdaa::1]:22000")]
    [InlineData("fe80::1%2", "[fe80::1%2]:22000")]
    [InlineData("::1", "[::1]:22000")]
    [InlineData("my_app.internal:22000", "my_app.internal:22000")]
    public void It_reads_what_people_write(string text, string expected)
    {
        var address = PeerAddress.Parse(text);
        Assert.Equal(expected, address.ToString());
        Assert.Equal(address, PeerAddress.Parse(address.ToString()));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData(":22000", "host is missing")]
    [InlineData("host:", "'' is no port")]
    [InlineData("host:0", "'0' is no port")]
    [InlineData("host:65536", "'65536' is no port")]
    [InlineData("host:-1", "'-1' is no port")]
    [InlineData("host: 1", "' 1' is no port")]
    [InlineData("a:b:c", "several colons")]
    [InlineData("[::1", "brackets")]
    [InlineData("[::1]22", "brackets")]
    [InlineData("[host]:1", "brackets")]
    [InlineData("two words", "no host name")]
    [InlineData("https://host", "URL")]
    [InlineData("-x", "no host name")]
    public void It_says_what_is_wrong(string text, string expected)
    {
        Assert.Contains(expected, Assert.Throws<FormatException>(() => PeerAddress.Parse(text)).Message, StringComparison.Ordinal);
        Assert.False(PeerAddress.TryParse(text, out _));
    }

    [Fact]
    public void An_IPv4_peer_of_an_IPv6_socket_is_written_as_IPv4() =>
        Assert.Equal("10.0.0.1:5", PeerAddress.Of(new IPEndPoint(IPAddress.Parse("::ffff:10.0.0.1"), 5)).ToString());
}
