using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using VfsSync.Core.Content;
using VfsSync.Core.History;

namespace VfsSync.Engine.Store;

/// <summary>An invitation that this node made. Its secret half was in the token alone.</summary>
/// <param name="Grant">The grant, as its issuer signed it.</param>
/// <param name="Name">What its maker calls it.</param>
/// <param name="Made">When.</param>
/// <param name="KeyId">The seal key that was in use then.</param>
internal sealed record IssuedInvitation(Grant Grant, string? Name, DateTimeOffset Made, long KeyId);

/// <summary>`.vfs/invitations.json`: the invitations that this node made, so that they can be told and revoked. Changes are made one at a time.</summary>
internal sealed class IssuedInvitations(NodeHome home)
{
    private static readonly TimeSpan s_keptAfterExpiry = TimeSpan.FromDays(90);

    private readonly Lock _gate = new();
    private ImmutableArray<IssuedInvitation> _all = Read(home);

    /// <summary>Oldest first.</summary>
    public ImmutableArray<IssuedInvitation> All
    {
        get
        {
            lock (_gate) return _all;
        }
    }

    /// <summary>Durable when it returns. What expired long ago goes.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Add(IssuedInvitation issued)
    {
        lock (_gate)
        {
            var old = issued.Made - s_keptAfterExpiry;
            ImmutableArray<IssuedInvitation> next = [.. _all.Where(i => i.Grant.ExpiresMs == 0 || i.Grant.ExpiresMs > old.ToUnixTimeMilliseconds()), issued];
            home.Invitations = JsonSerializer.SerializeToUtf8Bytes(next.Select(IssuedInvitationJson.Of).ToArray(), IssuedInvitationsJsonContext.Default.IssuedInvitationJsonArray);
            _all = next;
        }
    }

    // They are told of, and nothing stands on them: what cannot be read is no reason not to start.
    private static ImmutableArray<IssuedInvitation> Read(NodeHome home)
    {
        try
        {
            var json = home.Invitations;
            return json is null ? [] : [.. JsonSerializer.Deserialize(json, IssuedInvitationsJsonContext.Default.IssuedInvitationJsonArray)?.Select(i => i.ToIssued()) ?? []];
        }
        catch (Exception e) when (e is JsonException or FormatException or NullReferenceException)
        {
            home.SetAsideInvitations();
            return [];
        }
    }
}

/// <summary>One of invitations.json.</summary>
internal sealed record IssuedInvitationJson(
    [property: JsonRequired] byte[] Key, string? Name, [property: JsonRequired] string Role, int Uses, long ExpiresMs, [property: JsonRequired] string Cluster, [property: JsonRequired] string Issuer,
    [property: JsonRequired] byte[] IssuerKey, [property: JsonRequired] DateTimeOffset Made, long KeyId = 1)
{
    public static IssuedInvitationJson Of(IssuedInvitation i) =>
        new(i.Grant.GrantKey.ToArray(), i.Name, i.Grant.Role, i.Grant.Uses, i.Grant.ExpiresMs, i.Grant.Cluster.ToString(), i.Grant.Issuer.ToString(), i.Grant.IssuerKey.ToArray(), i.Made, i.KeyId);

    public IssuedInvitation ToIssued() => new(new Grant(new ClusterId(Hash256.Parse(Cluster)), Key, Role, ExpiresMs, Uses, new NodeId(Hash256.Parse(Issuer)), IssuerKey, default), Name, Made, KeyId);
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(IssuedInvitationJson[]))]
internal sealed partial class IssuedInvitationsJsonContext : JsonSerializerContext;
