using System.Security.Cryptography;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Tests.Crypto;

public class SignatureTests
{
    private static readonly ECDsa Key = Samples.NewKey();
    private static readonly byte[] Spki = Key.ExportSubjectPublicKeyInfo();
    private static readonly NodeId Node = KeyNames.NodeIdOf(Spki);

    private static SignedRecord Sign(byte[] body) => RecordSigner.Sign(Samples.Header(), body, Key);

    [Fact]
    public void Signatures_are_verified_with_the_authors_key_only()
    {
        var record = Sign([1, 2, 3]);
        var checker = new SignatureChecker();
        Assert.Equal(64, record.Signature.Length);
        Assert.True(RecordSigner.Verify(record, Spki));
        for (var i = 0; i < 3; i++) Assert.True(checker.Verify(record, Node, Spki));

        using var other = Samples.NewKey();
        Assert.False(RecordSigner.Verify(record, other.ExportSubjectPublicKeyInfo()));
        Assert.False(checker.Verify(record, KeyNames.NodeIdOf(other.ExportSubjectPublicKeyInfo()), Spki));
        Assert.False(checker.Verify(record, KeyNames.NodeIdOf(other.ExportSubjectPublicKeyInfo()), other.ExportSubjectPublicKeyInfo()));
    }

    [Fact]
    public void A_changed_header_or_signature_is_noticed()
    {
        var record = Sign([1, 2, 3]);
        foreach (var i in new[] { 0, 10, record.Header.Length - 1 })
        {
            var header = record.Header.ToArray();
            header[i] ^= 1;
            Assert.False(RecordSigner.Verify(record with { Header = header }, Spki));
        }
        foreach (var length in new[] { 0, 63, 65, 72 }) Assert.False(RecordSigner.Verify(record with { Signature = new byte[length] }, Spki));
    }

    [Fact]
    public void A_checker_forgets_rather_than_grow()
    {
        var checker = new SignatureChecker(keysPerThread: 2);
        for (var i = 0; i < 5; i++)
        {
            using var key = Samples.NewKey();
            var spki = key.ExportSubjectPublicKeyInfo();
            Assert.True(checker.Verify(RecordSigner.Sign(Samples.Header(), [], key), KeyNames.NodeIdOf(spki), spki));
        }
    }

    [Fact]
    public void Only_P256_keys_in_their_one_form_are_keys()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        var offCurve = Spki.ToArray();
        offCurve[^1] ^= 1;
        foreach (var bytes in new[] { [], p384.ExportSubjectPublicKeyInfo(), rsa.ExportSubjectPublicKeyInfo(), offCurve, [.. Spki, 0], Samples.RandomBytes(91) })
            Assert.Null(PublicKeys.Import(bytes));
        using var agreement = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        Assert.True(PublicKeys.IsWellFormed(agreement.ExportSubjectPublicKeyInfo()));
    }

    [Fact]
    public void An_opened_record_holds_what_was_signed()
    {
        var change = new Change(0, Samples.Path("a/b"), Samples.SmallFile(), VersionVector.Of(Samples.Dot(1, 2)));
        var record = Sign(Samples.Ring.SealBody(RecordCodec.EncodeChanges([change]), Samples.Nonce()));
        var opened = RecordCodec.Open(record, Samples.Ring);
        Assert.Equal([change], opened.Changes);
        Assert.Empty(opened.Statements);
        Assert.Equal(RecordCodec.IdOf(record), opened.Id);
        Assert.Empty(RecordCodec.Open(record, ring: null).Changes);

        Assert.Throws<FormatException>(() => RecordCodec.Open(record with { Body = new byte[30] }, Samples.Ring));
        Assert.Throws<FormatException>(() => RecordCodec.Open(record, KeyRing.From(new byte[32])));
        Assert.Throws<FormatException>(() => RecordCodec.Open(Sign(new byte[40]), Samples.Ring));
        Assert.Throws<FormatException>(() => RecordCodec.Open(Sign(new byte[SignedRecord.MaxBytes]), Samples.Ring));
    }

    [Fact]
    public void Statements_about_members_are_readable_without_any_key()
    {
        var cluster = new Cluster();
        Statement[] statements = [new Admission(cluster.Founder.Membership), new UnknownStatement(9, new byte[] { 1, 2 }), new UnknownStatement(10, default)];
        var record = RecordSigner.Sign(Samples.Header() with { KeyId = 0 }, RecordCodec.EncodeStatements(statements), Key);
        var opened = RecordCodec.Open(record, ring: null);
        Assert.Empty(opened.Changes);
        Assert.Equal(RecordCodec.EncodeStatements(statements), RecordCodec.EncodeStatements(opened.Statements));
        var admission = Assert.IsType<Admission>(opened.Statements[0]);
        Assert.Equal("", cluster.Verdict(admission.Membership));
        Assert.Equal(9, Assert.IsType<UnknownStatement>(opened.Statements[1]).Kind);
        Assert.Equal(10, Assert.IsType<UnknownStatement>(opened.Statements[2]).Kind);
    }
}
