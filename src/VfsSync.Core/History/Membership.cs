using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using VfsSync.Core.Content;

namespace VfsSync.Core.History;

/// <summary>Which cluster: SHA-256 of its root public key (SubjectPublicKeyInfo).</summary>
internal readonly record struct ClusterId(Hash256 Hash)
{
    public override string ToString() => Hash.ToString();
}

/// <summary>Something that a record says about members. Its body is clear, so that a vault can judge who may connect.</summary>
internal abstract record Statement;

/// <summary>A node is a member: what it says of itself, and the grant that let it in.</summary>
internal sealed record Admission(Membership Membership) : Statement;

/// <summary>
/// A grant admits these nodes and nobody else: it is used up, or was revoked. Holds if its author issued the grant, or stands above who did; of several that hold, each names who stays.
/// Whoever was admitted by it and is named by none is out.
/// </summary>
/// <param name="Grant">Which (<see cref="History.Grant.Id"/>).</param>
/// <param name="Admitted">Who was admitted by it.</param>
internal sealed record GrantClosing(Hash256 Grant, ImmutableArray<NodeId> Admitted) : Statement
{
    public const int MaxAdmitted = 2048;
}

/// <summary>A statement of a later version of the program: kept and relayed, not understood.</summary>
internal sealed record UnknownStatement(int Kind, ReadOnlyMemory<byte> Bytes) : Statement;

/// <summary>
/// A node's place in the cluster, verifiable offline: the grant's private key and the node's own signed the node's key, name and grant; an admin signed the grant; the root signed the
/// founder's grant. Encoded and signed bytes are kept as they came.
/// </summary>
/// <param name="Node">SHA-256 of <paramref name="PublicKey"/>.</param>
/// <param name="Name">What the node calls itself; unique by what the sponsor knew.</param>
/// <param name="PublicKey">ECDSA P-256, SubjectPublicKeyInfo.</param>
/// <param name="AgreementKey">ECDH P-256, SubjectPublicKeyInfo: to wrap later cluster keys for it.</param>
/// <param name="Grant">What lets it in.</param>
/// <param name="Signature">By the grant key over cluster, node key, agreement key, name and grant.</param>
/// <param name="OwnSignature">By the node's own key over the same: nobody else can say where it stands, or what it is called.</param>
/// <param name="Before">The membership whose key this one takes the place of: the grant is that one's, and its key signed instead of the grant's. Null for one that joined by the grant.</param>
internal sealed record Membership(
    NodeId Node, string Name, ReadOnlyMemory<byte> PublicKey, ReadOnlyMemory<byte> AgreementKey, Grant Grant, ReadOnlyMemory<byte> Signature, ReadOnlyMemory<byte> OwnSignature,
    Membership? Before = null)
{
    /// <summary>The membership by the grant itself, whose place this key has taken in the end.</summary>
    public Membership First => Before?.First ?? this;

    /// <summary>How often its key was renewed.</summary>
    public int Renewals => Before is null ? 0 : Before.Renewals + 1;

    public string Role => Grant.Role;

    /// <summary>Whether it never got the folder's key.</summary>
    public bool IsVault => Role == KnownRoles.Vault;
}

/// <summary>The right to join, without the secret half: a fresh key that an admin (or, for the founder, the root) signed with its conditions.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="GrantKey">ECDSA P-256 public key, SubjectPublicKeyInfo; its SHA-256 names the grant.</param>
/// <param name="Role">Role of whoever joins with it.</param>
/// <param name="ExpiresMs">Unix milliseconds after which a sponsor refuses; 0 = never.</param>
/// <param name="Uses">How many nodes may join with it; 0 = any number.</param>
/// <param name="Issuer">The admin that signed it; the zero id when the root did.</param>
/// <param name="IssuerKey">The public key that verifies <paramref name="Signature"/>, SubjectPublicKeyInfo.</param>
/// <param name="Signature">By the issuer over all of the above.</param>
internal sealed record Grant(
    ClusterId Cluster,
    ReadOnlyMemory<byte> GrantKey,
    string Role,
    long ExpiresMs,
    int Uses,
    NodeId Issuer,
    ReadOnlyMemory<byte> IssuerKey,
    ReadOnlyMemory<byte> Signature)
{
    /// <summary>Names it, with all its conditions: none of them can be other than whoever took it up has signed.</summary>
    public Hash256 Id
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Span<byte> number = stackalloc byte[Hash256.Length];
            Cluster.Hash.CopyTo(number);
            hash.AppendData(number);
            Issuer.Hash.CopyTo(number);
            hash.AppendData(number);
            BinaryPrimitives.WriteInt64BigEndian(number, ExpiresMs);
            BinaryPrimitives.WriteInt64BigEndian(number[8..], Uses);
            hash.AppendData(number[..16]);
            foreach (var part in (ReadOnlySpan<ReadOnlyMemory<byte>>)[GrantKey, IssuerKey, Encoding.UTF8.GetBytes(Role)])
            {
                BinaryPrimitives.WriteInt64BigEndian(number, part.Length);
                hash.AppendData(number[..8]);
                hash.AppendData(part.Span);
            }
            return new Hash256(hash.GetHashAndReset());
        }
    }
}

/// <summary>An invitation: the grant, its secret half, the cluster key (left out for a vault) and where to knock.</summary>
/// <param name="Grant">What lets the holder in.</param>
/// <param name="GrantPrivateKey">PKCS#8 of the grant key.</param>
/// <param name="ClusterKey">32 bytes; empty for a vault.</param>
/// <param name="IssuerChain">Memberships that lead from the issuer to the root, the issuer first.</param>
/// <param name="Addresses">host:port of nodes that can sponsor.</param>
/// <param name="SealKey">32 bytes: the seal key in use, where that is not the first; empty for a vault.</param>
internal sealed record Invitation(
    Grant Grant,
    ReadOnlyMemory<byte> GrantPrivateKey,
    ReadOnlyMemory<byte> ClusterKey,
    ImmutableArray<Membership> IssuerChain,
    ImmutableArray<string> Addresses,
    ReadOnlyMemory<byte> SealKey = default);
