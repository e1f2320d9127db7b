using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Tests.Crypto;

public class InvitationTokenTests
{
    private static readonly Invitation Invitation = new Cluster().Invite("editor", "192.0.2.1:7777", "[2001:db8::1]:7777");
    private static readonly string Token = InvitationToken.Encode(Invitation);

    [Fact]
    public void A_token_comes_back_as_the_invitation()
    {
        var back = InvitationToken.Decode(Token);
        Assert.Equal(Token, InvitationToken.Encode(back));
        Assert.Equal(Invitation.Addresses, back.Addresses);
        Assert.Equal(Samples.ClusterSecret, back.ClusterKey.ToArray());
        Assert.Equal("editor", back.Grant.Role);
        Assert.Single(back.IssuerChain);
    }

    [Fact]
    public void A_vaults_token_has_no_cluster_key() => Assert.True(InvitationToken.Decode(InvitationToken.Encode(new Cluster().Invite("vault"))).ClusterKey.IsEmpty);

    [Fact]
    public void Line_breaks_from_a_mail_do_no_harm() => Assert.Equal(Token, InvitationToken.Encode(InvitationToken.Decode($"  {Token[..80]}\r\n {Token[80..]}\n")));

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("VFS-TOKEN-abc")]
    [InlineData("https://example.org")]
    public void Foreign_text_is_told_so(string text) => Assert.Contains("not an invitation", Refusal(text), StringComparison.Ordinal);

    [Fact]
    public void Every_cut_off_token_is_told_so()
    {
        for (var length = InvitationToken.Prefix.Length; length < Token.Length; length++) Assert.Contains("cut off", Refusal(Token[..length]), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_changed_letter_is_noticed()
    {
        for (var i = 0; i < Token.Length - 1; i++) Refusal(Token[..i] + (Token[i] == 'A' ? 'B' : 'A') + Token[(i + 1)..]);
        Assert.Contains("damaged", Refusal(Token + "AAAA"), StringComparison.Ordinal);
        Assert.Contains("damaged", Refusal(Token[..100] + "ä" + Token[101..]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_newer_version_is_told_so() => Assert.Contains("newer version", Refusal(InvitationToken.Prefix + "Ag" + Token[(InvitationToken.Prefix.Length + 2)..]), StringComparison.Ordinal);

    private static string Refusal(string text) => Assert.Throws<FormatException>(() => InvitationToken.Decode(text)).Message;
}
