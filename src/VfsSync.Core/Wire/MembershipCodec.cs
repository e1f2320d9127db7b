using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;

namespace VfsSync.Core.Wire;

/// <summary>Memberships, grants and invitations as bytes.</summary>
internal static class MembershipCodec
{
    public const int MaxChain = 32;
    public const int MaxAddresses = 64;
    public const int MaxName = 255;

    private const int MaxKey = 256;
    private const int MaxSignature = 64;

    public static void Write(ref ProtoWriter w, int field, Membership membership)
    {
        var mark = w.Begin(field, 512);
        w.Text(1, membership.Name);
        w.Bytes(2, membership.PublicKey.Span);
        w.Bytes(3, membership.AgreementKey.Span);
        if (membership.Before is null) Write(ref w, 4, membership.Grant);
        w.Bytes(5, membership.Signature.Span);
        w.Bytes(6, membership.OwnSignature.Span);
        if (membership.Before is { } before) Write(ref w, 7, before);
        w.End(mark);
    }

    public static void Write(ref ProtoWriter w, int field, Grant grant)
    {
        var mark = w.Begin(field, 256);
        WriteSigned(ref w, grant);
        w.Bytes(8, grant.Signature.Span);
        w.End(mark);
    }

    /// <summary>The part of a grant that its issuer signs.</summary>
    public static void WriteSigned(ref ProtoWriter w, Grant grant)
    {
        w.Hash(1, grant.Cluster.Hash);
        w.Bytes(2, grant.GrantKey.Span);
        w.Text(3, grant.Role);
        w.Int(4, grant.ExpiresMs);
        w.Int(5, grant.Uses);
        w.Hash(6, grant.Issuer.Hash);
        w.Bytes(7, grant.IssuerKey.Span);
    }

    // The node's id is not sent: it is the hash of the key, so it cannot be another. Nor is the grant of a key that took another's place.
    public static Membership ReadMembership(ProtoReader r, int renewals = 0)
    {
        var m = new Membership(default, "", default, default, Nobody, default, default);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: m = m with { Name = r.Text(MaxName) }; break;
                case 2: m = m with { PublicKey = r.Memory(MaxKey) }; break;
                case 3: m = m with { AgreementKey = r.Memory(MaxKey) }; break;
                case 4: m = m with { Grant = ReadGrant(r.Message()) }; break;
                case 5: m = m with { Signature = r.Memory(MaxSignature) }; break;
                case 6: m = m with { OwnSignature = r.Memory(MaxSignature) }; break;
                case 7 when renewals < Memberships.MaxRenewals: m = m with { Before = ReadMembership(r.Message(), renewals + 1) }; break;
                case 7: throw new FormatException($"A key was renewed more than {Memberships.MaxRenewals} times.");
                default: r.Skip(); break;
            }
        }
        return m with { Node = KeyNames.NodeIdOf(m.PublicKey.Span), Grant = m.Before?.Grant ?? m.Grant };
    }

    public static Grant ReadGrant(ProtoReader r)
    {
        var g = Nobody;
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: g = g with { Cluster = new ClusterId(r.Hash()) }; break;
                case 2: g = g with { GrantKey = r.Memory(MaxKey) }; break;
                case 3: g = g with { Role = r.Text(MaxName) }; break;
                case 4: g = g with { ExpiresMs = r.Int() }; break;
                case 5: g = g with { Uses = r.Int32() }; break;
                case 6: g = g with { Issuer = new NodeId(r.Hash()) }; break;
                case 7: g = g with { IssuerKey = r.Memory(MaxKey) }; break;
                case 8: g = g with { Signature = r.Memory(MaxSignature) }; break;
                default: r.Skip(); break;
            }
        }
        return g;
    }

    public static void Write(ref ProtoWriter w, Invitation invitation)
    {
        Write(ref w, 1, invitation.Grant);
        w.Bytes(2, invitation.GrantPrivateKey.Span);
        w.Bytes(3, invitation.ClusterKey.Span);
        foreach (var member in invitation.IssuerChain) Write(ref w, 4, member);
        foreach (var address in invitation.Addresses) w.Text(5, address);
        w.Bytes(6, invitation.SealKey.Span);
    }

    public static Invitation ReadInvitation(ReadOnlyMemory<byte> bytes)
    {
        var r = new ProtoReader(bytes);
        var i = new Invitation(Nobody, default, default, [], []);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: i = i with { Grant = ReadGrant(r.Message()) }; break;
                case 2: i = i with { GrantPrivateKey = r.Memory(MaxKey) }; break;
                case 3: i = i with { ClusterKey = r.Memory(MaxKey) }; break;
                case 4: i = i with { IssuerChain = Add(i.IssuerChain, ReadMembership(r.Message()), MaxChain) }; break;
                case 5: i = i with { Addresses = Add(i.Addresses, r.Text(MaxName), MaxAddresses) }; break;
                case 6: i = i with { SealKey = r.Memory(MaxKey) }; break;
                default: r.Skip(); break;
            }
        }
        return i;
    }

    public static void Write(ref ProtoWriter w, int field, GrantClosing closing)
    {
        var mark = w.Begin(field, 64);
        w.Hash(1, closing.Grant);
        RecordCodec.WriteHashes(ref w, 2, closing.Admitted, node => node.Hash);
        w.End(mark);
    }

    public static void Write(ref ProtoWriter w, int field, RootCut cut)
    {
        var mark = w.Begin(field, 512);
        w.Hash(1, cut.Node.Hash);
        foreach (var seen in cut.Seen) PolicyWire.WriteSeen(ref w, 2, seen);
        w.Bytes(3, cut.RootKey.Span);
        w.Bytes(4, cut.Signature.Span);
        w.End(mark);
    }

    public static RootCut ReadCut(ProtoReader r)
    {
        var seen = ImmutableArray.CreateBuilder<SeenRecord>();
        var cut = new RootCut(default, [], default, default);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: cut = cut with { Node = new NodeId(r.Hash()) }; break;
                case 2: seen.Add(PolicyWire.ReadSeen(r.Message())); break;
                case 3: cut = cut with { RootKey = r.Memory(MaxKey) }; break;
                case 4: cut = cut with { Signature = r.Memory(MaxSignature) }; break;
                default: r.Skip(); break;
            }
        }
        cut = cut with { Seen = seen.DrainToImmutable() };
        return PolicyWire.Objection(cut.Seen) is { } reason ? throw new FormatException(reason) : cut;
    }

    public static void Write(ref ProtoWriter w, int field, Succession succession)
    {
        var mark = w.Begin(field, 512);
        Write(ref w, 1, succession.Next);
        foreach (var seen in succession.Seen) PolicyWire.WriteSeen(ref w, 2, seen);
        w.End(mark);
    }

    public static Succession ReadSuccession(ProtoReader r)
    {
        var seen = ImmutableArray.CreateBuilder<SeenRecord>();
        Membership? next = null;
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: next = ReadMembership(r.Message()); break;
                case 2: seen.Add(PolicyWire.ReadSeen(r.Message())); break;
                default: r.Skip(); break;
            }
        }
        if (next is null) throw new FormatException("A succession names nobody.");
        var succession = new Succession(next, seen.DrainToImmutable());
        return PolicyWire.Objection(succession.Seen) is { } reason ? throw new FormatException(reason) : succession;
    }

    public static GrantClosing ReadClosing(ProtoReader r)
    {
        var closing = new GrantClosing(Hash256.Zero, []);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: closing = closing with { Grant = r.Hash() }; break;
                case 2: closing = closing with { Admitted = RecordCodec.ReadHashes(r.Bytes(), GrantClosing.MaxAdmitted, h => new NodeId(h)) }; break;
                default: r.Skip(); break;
            }
        }
        return closing;
    }

    /// <summary>One more of a short list.</summary>
    public static ImmutableArray<T> Add<T>(ImmutableArray<T> list, T next, int max) =>
        list.Length < max ? list.Add(next) : throw new FormatException($"A list has more than {max} entries.");

    private static Grant Nobody { get; } = new(new ClusterId(Hash256.Zero), default, "", 0, 0, default, default, default);
}
