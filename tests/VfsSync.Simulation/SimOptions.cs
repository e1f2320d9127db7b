namespace VfsSync.Simulation;

/// <summary>What goes wrong in a run, apart from cuts and delays, which there always are.</summary>
[Flags]
internal enum SimFaults
{
    None = 0,

    /// <summary>Nodes lose power, also in the middle of an effect, and with it any part of what was not flushed.</summary>
    Crashes = 1,

    /// <summary>Disk calls fail, and disks are full, for a while.</summary>
    Disk = 2,

    /// <summary>Each node has a clock of its own, which jumps, also back.</summary>
    Clocks = 4,

    /// <summary>Links break and are made again at once; what the old one still had may come after that.</summary>
    Links = 8,

    /// <summary>Nodes are rolled back, restored to another disk, copied.</summary>
    Copies = 16,

    /// <summary>Users act between two disk calls of one effect.</summary>
    Between = 32,

    /// <summary>The watcher loses hints.</summary>
    Hints = 64,

    /// <summary>Inode numbers are given again.</summary>
    Inodes = 128,

    /// <summary>All of the above.</summary>
    All = 255,

    /// <summary>No fault, but a choice: users write a policy, good or bad, and change it.</summary>
    Policy = 256,

    /// <summary>Nodes have roles; admins, and those who would be, write policies about them; and one node may run a changed program that keeps to none.</summary>
    Roles = 512,
}

/// <summary>What kind of run; with a seed it says all about it.</summary>
internal sealed record SimOptions
{
    public int Nodes { get; init; } = 3;

    /// <summary>How many things happen from outside.</summary>
    public int Operations { get; init; } = 30;

    /// <summary>How long users are at work, milliseconds.</summary>
    public int DurationMs { get; init; } = 20_000;

    /// <summary>What goes wrong.</summary>
    public SimFaults Faults { get; init; }

    /// <summary>What is broken on purpose; null if nothing is.</summary>
    public string? Mutant { get; init; }

    /// <summary>Keeps a line for everything that happens.</summary>
    public bool Traced { get; init; }

    public bool Has(SimFaults fault) => (Faults & fault) != 0;
}
