namespace VfsSync.Simulation;

/// <summary>What kind of run; with a seed it says all about it.</summary>
internal sealed record SimOptions
{
    public int Nodes { get; init; } = 3;

    /// <summary>How many things users do.</summary>
    public int Operations { get; init; } = 30;

    /// <summary>How long users are at work, milliseconds.</summary>
    public int DurationMs { get; init; } = 20_000;

    /// <summary>Nodes lose power and come back.</summary>
    public bool Crashes { get; init; }

    /// <summary>Keeps a line for everything that happens.</summary>
    public bool Traced { get; init; }
}
