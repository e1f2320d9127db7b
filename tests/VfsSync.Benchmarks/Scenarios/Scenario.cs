using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Scenarios;

/// <summary>Something that users do, and how to tell that it has arrived.</summary>
internal abstract class Scenario
{
    public static IReadOnlyList<Scenario> All { get; } =
        [new SmallScenario(), new TenMegabyteScenario(), new GibibyteScenario(), new DeltaScenario(), new InsertScenario(), new TreeScenario(), new RenameScenario(), new IdleScenario()];

    // VfsSync captures a long file for history once it has been still for two seconds.
    private static readonly TimeSpan s_untilCaptured = TimeSpan.FromSeconds(4);

    public abstract string Name { get; }

    public abstract string Text { get; }

    /// <summary>Its places are kept until all is done: deleting thousands of files disturbs what comes after.</summary>
    public virtual bool ManyFiles => false;

    /// <summary>Means something only for what keeps running.</summary>
    public virtual bool NeedsWatching => false;

    public virtual bool MeasuresItself => false;

    /// <summary>What is not measured.</summary>
    public void Prepare(Round round)
    {
        for (var i = 0; i < 20; i++)
        {
            SmallFile(round, $"warm-{i}", 100);
            Pause.Random();
        }
        LargeFile(round, "warm-large", 20_000_000);
        if (round.Young) SetUp(round);
        else
        {
            WarmUp(round);
            SetUp(round);
            Pause.For(s_untilCaptured);
        }
    }

    /// <summary>
    /// Both sides meet the same kind of work before it counts. A node lives for weeks, and in its first minute much of what it does is compiling what has just become hot.
    /// </summary>
    protected virtual void WarmUp(Round round) { }

    /// <summary>What the scenario acts on.</summary>
    protected virtual void SetUp(Round round) { }

    public abstract void Act(Round round);

    /// <summary>Writes a file at A; the clock starts at its close.</summary>
    protected static void SmallFile(Round round, string name, int size)
    {
        var (path, bytes) = (Path.Combine(round.B, name), Payload.Bytes(size));
        var seen = false;
        bool Looks() => seen = File.Exists(path);
        bool Whole() => seen && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes);
        round.Do(() => File.WriteAllBytes(Path.Combine(round.A, name), bytes), Looks, Whole, Pause.Small);
    }

    /// <summary>Makes a file beside A and renames it in; the clock starts there.</summary>
    protected static void LargeFile(Round round, string name, long size)
    {
        Payload.Write(Path.Combine(round.Stage, name), size);
        MoveIn(round, name);
    }

    protected static void MoveIn(Round round, string name)
    {
        string staged = Path.Combine(round.Stage, name), here = Path.Combine(round.A, name), there = Path.Combine(round.B, name);
        var size = new FileInfo(staged).Length;
        round.Do(() => File.Move(staged, here, overwrite: true), () => SizeOf(there) == size, () => Trees.SameFile(here, there), Pause.Large);
    }

    protected static long SizeOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : -1;

    /// <summary>Looks at many files, each until it is there: about one look per file, however often it is asked.</summary>
    protected static Func<bool> AllThere(string root, IReadOnlyList<string> paths, long size)
    {
        var next = 0;
        return () =>
        {
            while (next < paths.Count && SizeOf(Path.Combine(root, paths[next])) == size) next++;
            return next == paths.Count;
        };
    }
}
