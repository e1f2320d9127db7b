using System.Collections.Immutable;
using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Running;

/// <summary>What a node is started with.</summary>
internal sealed record NodeOptions
{
    public const int DefaultPort = 22000;

    /// <summary>The folder, absolute. Its last part is created if its parent exists.</summary>
    public required string Path { get; init; }

    /// <summary>Null: the name it had before, else the machine's, made unique.</summary>
    public string? Name { get; init; }

    /// <summary>Null: the node goes on in the cluster of its folder, or founds one.</summary>
    public string? InvitationToken { get; init; }

    /// <summary>More addresses to dial: host, host:port, [v6]:port.</summary>
    public ImmutableArray<string> Peers { get; init; } = [];

    /// <summary>Null: the port it had before, else 22000, giving way to a free one when taken. A given port must be free; 0 takes any.</summary>
    public int? Port { get; init; }

    /// <summary>Whether nodes of the cluster find each other on the networks that they share (mDNS).</summary>
    public bool Discovers { get; init; }

    /// <summary>The node takes another key before it starts; the old one is worth nothing any more.</summary>
    public bool RenewKey { get; init; }

    /// <summary>How long another member is waited for before that.</summary>
    public TimeSpan RenewalPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many files may go within a minute before the node halts and asks; 0 = any number. Null: as it was set before, at first any number.</summary>
    public long? RemovalLimit { get; init; }

    /// <summary>What is gone from the folder was meant to go, however much it is.</summary>
    public bool AcceptRemovals { get; init; }

    /// <summary>Which contents over 64 KiB are captured for history, by path; null: as the folder's policy says. Asked from any thread, whenever something is due; must be quick.</summary>
    public Func<EntryPath, HistoryScope>? History { get; init; }

    /// <summary>Numbers that are set for measuring or tests.</summary>
    public SessionSettings Settings { get; init; } = SessionSettings.Default;
}
