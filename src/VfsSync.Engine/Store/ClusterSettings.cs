using System.Text.Json;
using System.Text.Json.Serialization;
using VfsSync.Core.Content;
using VfsSync.Core.History;

namespace VfsSync.Engine.Store;

/// <summary>What a node must know of its cluster to start again.</summary>
/// <param name="Cluster">Which.</param>
/// <param name="Name">The node's name in it.</param>
/// <param name="ClusterKey">32 bytes; empty for a vault. Kept in a file of its own.</param>
/// <param name="Membership">The node's encoded membership; opaque here.</param>
/// <param name="Port">Where it listened last; null = not chosen.</param>
internal sealed record ClusterSettings(ClusterId Cluster, string Name, byte[] ClusterKey, byte[] Membership, int? Port)
{
    /// <summary>The name alone: settings may end up in a log.</summary>
    public override string ToString() => $"{Name} in cluster {Cluster.Hash.Short()}";

    /// <summary>All but the key.</summary>
    public byte[] ToJson() =>
        JsonSerializer.SerializeToUtf8Bytes(new ClusterSettingsJson(Cluster.ToString(), Name, Port, Membership), ClusterSettingsJsonContext.Default.ClusterSettingsJson);

    /// <exception cref="FormatException">It is not what <see cref="ToJson"/> wrote.</exception>
    public static ClusterSettings FromJson(ReadOnlySpan<byte> json, byte[] clusterKey)
    {
        try
        {
            var read = JsonSerializer.Deserialize(json, ClusterSettingsJsonContext.Default.ClusterSettingsJson) ?? throw new FormatException("It is empty.");
            return new ClusterSettings(new ClusterId(Hash256.Parse(read.Cluster)), read.Name, clusterKey, read.Membership, read.Port);
        }
        catch (JsonException e)
        {
            throw new FormatException(e.Message, e);
        }
    }
}

/// <summary>cluster.json.</summary>
internal sealed record ClusterSettingsJson(
    [property: JsonRequired] string Cluster, [property: JsonRequired] string Name, int? Port, [property: JsonRequired] byte[] Membership);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ClusterSettingsJson))]
internal sealed partial class ClusterSettingsJsonContext : JsonSerializerContext;
