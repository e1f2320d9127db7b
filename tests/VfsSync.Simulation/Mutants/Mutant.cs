using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Store;

namespace VfsSync.Simulation.Mutants;

/// <summary>A node that is broken on purpose, around the engine as it is: the simulation must find out. It overrides what it breaks.</summary>
/// <param name="Name">As it is asked for.</param>
/// <param name="What">What is wrong.</param>
/// <param name="Faults">What must happen for it to show.</param>
internal record Mutant(string Name, string What, SimFaults Faults)
{
    public static Mutant None { get; } = new("none", "nothing", SimFaults.None);

    /// <summary>The disk as the engine sees it.</summary>
    public Func<IWorkingFolder, IWorkingFolder> Folder { get; init; } = folder => folder;

    /// <summary>What is committed.</summary>
    public Action<SimNode, CommitBatch> Committing { get; init; } = (_, _) => { };

    public Func<Durability, Durability> Durability { get; init; } = asked => asked;

    /// <summary>The next epoch, from the one before and the bits that were drawn.</summary>
    public Func<ulong, ulong, ulong> Epoch { get; init; } = (_, drawn) => drawn;

    /// <summary>Whether a hint is heard.</summary>
    public Func<WatchHint, bool> Hears { get; init; } = _ => true;

    public static Mutant Named(string? name) => name is null ? None : All.FirstOrDefault(m => m.Name == name) ?? throw new ArgumentException($"There is no mutant '{name}'. There are {string.Join(", ", All.Select(m => m.Name))}.");

    public static IReadOnlyList<Mutant> All { get; } =
    [
        new("no-verify", "replaces and removes without looking", SimFaults.None) { Folder = f => new Unverified(f) },
        new("stamp-after-read", "a stamp is taken when the file has been read", SimFaults.Between) { Folder = f => new StampedLate(f) },
        new("never-unsure", "a stamp younger than the grain is trusted", SimFaults.Between) { Folder = f => new NeverUnsure(f) },
        new("error-is-absence", "what cannot be looked at is gone", SimFaults.Disk) { Folder = f => new BlindToErrors(f) },
        new("no-file-flush", "contents are put in place unflushed", SimFaults.Crashes) { Folder = f => new UnflushedFiles(f) },
        new("no-directory-flush", "names are told of unflushed", SimFaults.Crashes) { Folder = f => new UnflushedNames(f) },
        new("remove-first", "a file is removed before the next takes its place", SimFaults.Crashes) { Folder = f => new RemovesFirst(f) },
        new("no-record-flush", "records are announced unflushed", SimFaults.Crashes) { Durability = _ => Engine.Store.Durability.Ordered },
        new("counted-epochs", "epochs are counted", SimFaults.Copies) { Epoch = (before, _) => before + 1 },
        new("one-epoch", "a node has the same epoch for ever", SimFaults.Copies) { Epoch = (_, _) => 7 },
        new("last-writer-wins", "of several heads the newest by the clock is kept", SimFaults.None) { Committing = BrokenRecords.NewestOnly },
        new("received-as-parent", "a change's parents are what was received", SimFaults.None) { Committing = BrokenRecords.ParentsFromReceived },
        new("adopts-any-version", "any known version is taken over", SimFaults.None) { Committing = BrokenRecords.AdoptsAny },
        new("settling-drops-heads", "who settles a conflict forgets the copies", SimFaults.None) { Committing = BrokenRecords.DropsCopies },
        new("deaf-to-overflow", "that hints were lost is not heard", SimFaults.Hints) { Hears = h => h.Kind != HintKind.Lost },
    ];
}
