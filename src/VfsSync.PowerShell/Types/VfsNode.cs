using System.Globalization;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Running;

namespace VfsSync;

/// <summary>A node: one of this session (<see cref="IsLocal"/>), or a member of the cluster as one of them sees it. A snapshot: ask Get-VfsNode for a newer one.</summary>
public sealed class VfsNode
{
    private VfsNode() { }

    /// <summary>The node's name, as everybody in the cluster sees it.</summary>
    public required string Name { get; init; }

    /// <summary>Of this session's nodes: Starting, Running, Halted, Stopped. Of members: Connecting, Connected, Offline.</summary>
    public required string State { get; init; }

    /// <summary>admin, editor, writer, reader or vault.</summary>
    public required string Role { get; init; }

    /// <summary>Members connected now; null for a member of whom it is not known.</summary>
    public int? Peers { get; init; }

    /// <summary>Files that it shows; of a member by its last word, or that of others; null if there is none.</summary>
    public long? Files { get; init; }

    /// <summary>Bytes of those files; null like <see cref="Files"/>.</summary>
    public long? Size { get; init; }

    /// <summary>Changes that it does not show yet; null when it never told.</summary>
    public long? Behind { get; init; }

    /// <summary>Round trip of the link; null for this session's nodes and before the first measurement.</summary>
    public TimeSpan? RoundTrip { get; init; }

    /// <summary>The folder of a node of this session; null for members.</summary>
    public string? Folder { get; init; }

    /// <summary>Where this machine reaches it: a node of this session by its port, a member where it was dialled, or listens if it dialled, or by the last address known.</summary>
    public string? Address { get; init; }

    /// <summary>How a member's address came to be known: Address (-Peer, Connect-VfsNode), Invitation, Incoming (it dialled), or mDNS; null for this session's nodes, and where none is known.</summary>
    public string? FoundBy { get; init; }

    /// <summary>The connected member through which changes go to and fro, where there is no link to this one: that with the shortest way to it, which may lead over several more; null if there is a
    /// link, and if no member says that there is a way.</summary>
    public string? Via { get; init; }

    /// <summary>When a member was last heard of, by its own word or that of others, also before a restart; null for this session's nodes, and if never.</summary>
    public DateTime? LastSeen { get; init; }

    /// <summary>Why it halted, or why there is no link to it: it could not be reached, or who ended it; null when all is well.</summary>
    public string? Trouble { get; init; }

    /// <summary>How many files may go within a minute before a node of this session halts and asks; null = any number, and for members.</summary>
    public long? RemovalLimit { get; init; }

    /// <summary>Whether it runs in this process.</summary>
    public bool IsLocal { get; init; }

    /// <summary>The node's identity: SHA-256 of its public key, in hex.</summary>
    public required string Id { get; init; }

    /// <summary>The cluster's identity, in hex.</summary>
    public required string Cluster { get; init; }

    /// <summary>The node of this session that sees it: itself when it is one.</summary>
    public required string SeenBy { get; init; }

    internal string? SeenById { get; init; }

    internal static VfsNode Of(RunningNode node)
    {
        var (files, bytes) = node.Sync.Totals;
        return new VfsNode
        {
            Name = node.Name,
            State = node.Sync.State.ToString(),
            Role = node.Sync.Role,
            Peers = node.Sync.Members().Count(m => m.State == MemberState.Connected),
            Files = files,
            Size = bytes,
            Behind = node.Sync.Behind,
            Folder = node.Root,
            Address = string.Create(CultureInfo.InvariantCulture, $"localhost:{node.Sync.Port}"),
            Trouble = node.Sync.HaltReason,
            RemovalLimit = node.Sync.RemovalLimit,
            IsLocal = true,
            Id = node.Id,
            Cluster = node.Sync.Cluster.ToString(),
            SeenBy = node.Name,
        };
    }

    internal static VfsNode Of(RunningNode seenBy, MemberStatus member) => new()
    {
        Name = member.Name,
        State = member.State.ToString(),
        Role = member.Role,
        Files = member.Files,
        Size = member.Bytes,
        Behind = member.Behind,
        RoundTrip = member.RoundTrip,
        Address = member.Address,
        FoundBy = member.FoundBy,
        Via = member.Via,
        LastSeen = member.LastSeen?.LocalDateTime,
        Trouble = member.LastError,
        Id = member.Id.ToString(),
        Cluster = seenBy.Sync.Cluster.ToString(),
        SeenBy = seenBy.Name,
        SeenById = seenBy.Id,
    };

    /// <summary>What is left to show of a node that has just stopped.</summary>
    internal VfsNode AsStopped() => new()
    {
        Name = Name,
        State = nameof(NodeState.Stopped),
        Role = Role,
        Peers = 0,
        Files = Files,
        Size = Size,
        Behind = Behind,
        Folder = Folder,
        IsLocal = true,
        Id = Id,
        Cluster = Cluster,
        SeenBy = SeenBy,
    };

    /// <summary>The node's name.</summary>
    public override string ToString() => Name;
}
