using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Engine.Net;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Net;

public sealed class PeerBookTests : IDisposable
{
    private static readonly NodeId _anna = new(Enumerable.Repeat((byte)1, 32).ToArray());
    private static readonly NodeId _ben = new(Enumerable.Repeat((byte)2, 32).ToArray());
    private static readonly DateTimeOffset _noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("vfs-book-").FullName;

    private string FilePath => Path.Join(_folder, "peers.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_address_that_worked_last_comes_first()
    {
        var book = PeerBook.Empty.With(_anna, At("a"), AddressSource.Given).Reached(_anna, At("b"), AddressSource.Finder, _noon).Reached(_anna, At("c"), AddressSource.Incoming, _noon.AddHours(1));
        Assert.Equal(["c", "b", "a"], book.Of(_anna).Select(k => k.Address.Host));
        Assert.Equal(["b", "c", "a"], book.Reached(_anna, At("b"), AddressSource.Finder, _noon.AddHours(2)).Of(_anna).Select(k => k.Address.Host));
    }

    [Fact]
    public void A_bare_address_where_someone_was_reached_is_bare_no_more()
    {
        var book = PeerBook.Empty.WithBare(At("a"), AddressSource.Invitation).WithBare(At("b"), AddressSource.Given).Reached(_anna, At("a"), AddressSource.Invitation, _noon);
        Assert.Equal("b", Assert.Single(book.Bare).Address.Host);
        Assert.Equal(book, book.WithBare(At("a"), AddressSource.Given));
    }

    [Fact]
    public void An_address_belongs_to_whom_it_led_last()
    {
        var book = PeerBook.Empty.Reached(_anna, At("a"), AddressSource.Given, _noon).Reached(_ben, At("a"), AddressSource.Given, _noon.AddHours(1));
        Assert.Empty(book.Of(_anna));
        Assert.Single(book.Of(_ben));
    }

    [Fact]
    public void It_does_not_grow_for_ever()
    {
        var book = Enumerable.Range(0, 100).Aggregate(PeerBook.Empty, (b, i) => b.Reached(_anna, At($"h{i}"), AddressSource.Incoming, _noon.AddMinutes(i)));
        Assert.Equal(PeerBook.MaxAddresses, book.Of(_anna).Length);
        Assert.Equal("h99", book.Of(_anna)[0].Address.Host);
    }

    [Fact]
    public void It_is_read_as_it_was_written()
    {
        var written = Book().Update(b => b.Reached(_anna, At("a"), AddressSource.Finder, _noon).With(_anna, At("b"), AddressSource.Given).WithBare(At("c"), AddressSource.Invitation));
        var read = Book().Current;
        Assert.Equal(written.Of(_anna), read.Of(_anna));
        Assert.Equal(written.Bare, read.Bare);
        Assert.Empty(Book().Update(b => b.Without(_anna)).Members);
    }

    [Fact]
    public void What_was_known_of_a_member_is_read_as_it_was_written()
    {
        var word = new LastWord(_noon, new Standing(VersionVector.Of(new Dot(new Author(_anna, ulong.MaxValue), 3), new Dot(new Author(_ben, 2), 5)), 7, 1L << 40, 0));
        Book().Update(b => b.With(_anna, word).With(_ben, new LastWord(_noon, null)));
        var read = Book().Current;
        Assert.Equal((word, new LastWord(_noon, null)), (read.Words[_anna], read.Words[_ben]));
        Assert.Same(read, read.With(_anna, word with { }));
        Assert.Empty(read.Without(_anna).Without(_ben).Words);
    }

    [Fact]
    public void A_file_of_before_is_read()
    {
        File.WriteAllText(FilePath, """{"members":{},"bare":[{"address":"a:22000","source":"Given"}]}""");
        Assert.Equal("a", Assert.Single(Book().Current.Bare).Address.Host);
    }

    [Fact]
    public void Nothing_new_is_not_written()
    {
        var file = Book();
        file.Update(b => b.With(_anna, At("a"), AddressSource.Given));
        File.Delete(FilePath);
        file.Update(b => b.With(_anna, At("a"), AddressSource.Given));
        Assert.False(File.Exists(FilePath));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("null and void")]
    [InlineData("""{"members":{"zz":[]},"bare":[]}""")]
    [InlineData("""{"members":{},"bare":[{"address":"a:b:c"}]}""")]
    public void A_damaged_file_is_kept_aside(string content)
    {
        File.WriteAllText(FilePath, content);
        var file = Book();
        Assert.Equal(PeerBook.Empty, file.Current);
        Assert.Equal(content, File.ReadAllText(FilePath + ".bad"));
        file.Update(b => b.WithBare(At("a"), AddressSource.Given));
        Assert.Single(Book().Current.Bare);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{")]
    public void Where_a_disk_lost_it_the_one_before_is_read(string? left)
    {
        using (var home = NodeHome.Open(_folder))
        {
            var book = new PeerBookFile(home.PeersFile, home.SavePeers);
            book.Update(b => b.WithBare(At("a"), AddressSource.Given));
            book.Update(b => b.WithBare(At("b"), AddressSource.Given));
            if (left is null) File.Delete(home.PeersFile);
            else File.WriteAllText(home.PeersFile, left);
            Assert.Equal(["a"], new PeerBookFile(home.PeersFile, home.SavePeers).Current.Bare.Select(b => b.Address.Host));
        }
    }

    private PeerBookFile Book() => new(FilePath, book => new NodeHomeFiles(_folder).Write("peers.json", book));

    private static PeerAddress At(string host) => new(host, 22000);
}
