namespace VfsSync.Core.Session;

/// <summary>The numbers of a session; nothing else is tunable.</summary>
internal sealed record SessionSettings
{
    public static SessionSettings Default { get; } = new();

    /// <summary>A file whose writer has not closed it is looked at once it has been quiet this long.</summary>
    public long QuietMs { get; init; } = 250;

    /// <summary>The same for a file that is seen to be open for writing.</summary>
    public long OpenQuietMs { get; init; } = 3000;

    /// <summary>An unsure stamp is read once more after this time.</summary>
    public long GrainMs { get; init; } = 20;

    /// <summary>Bytes of chunks asked of one peer and not yet here.</summary>
    public int WindowBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Epochs of one node whose records are taken. Each is an author in vectors, for ever.</summary>
    public int MostEpochs { get; init; } = 256;

    /// <summary>How long a relay waits for the author to have told a peer itself.</summary>
    public long RelayMs { get; init; } = 30;

    /// <summary>How long a content of one's own must be missed, by this node and all that are connected, before it is withdrawn.</summary>
    public long WithdrawMs { get; init; } = 3000;

    /// <summary>How often the whole folder is compared with the index, hints or not.</summary>
    public long RescanMs { get; init; } = 60 * 60 * 1000;

    /// <summary>How many files may go within a minute, here or from here, before a person is asked; null = any number.</summary>
    public long? RemovalLimit { get; init; }

    /// <summary>A person has said that what is gone was meant to go, also all of it.</summary>
    public bool AcceptRemovals { get; init; }
}
