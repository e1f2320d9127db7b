using VfsSync.Core.Tree;

namespace VfsSync.Core.Reconcile;

/// <summary>One step of a plan. Every step names what the disk must hold for it to be taken.</summary>
/// <param name="Wanted">What shall be there afterwards.</param>
/// <param name="Expected">What the disk holds now, as far as is known; null = nothing.</param>
internal abstract record PlanStep(Placement Wanted, IndexRow? Expected)
{
    public EntryPath Path => Wanted.Path;

    /// <summary>A rename (by its target) that must have succeeded, or this step is not taken.</summary>
    public EntryPath? After { get; init; }
}

/// <summary>The disk is as wanted already: only the index learns what it shows.</summary>
internal sealed record AdoptStep(Placement Wanted, IndexRow? Expected) : PlanStep(Wanted, Expected);

/// <summary>Make a directory, or let one take the place of the file or symlink expected there.</summary>
internal sealed record DirectoryStep(Placement Wanted, IndexRow? Expected) : PlanStep(Wanted, Expected);

/// <summary>Put a file's content in place.</summary>
internal sealed record FileStep(Placement Wanted, IndexRow? Expected) : PlanStep(Wanted, Expected);

/// <summary>Make a symlink.</summary>
internal sealed record SymlinkStep(Placement Wanted, IndexRow? Expected) : PlanStep(Wanted, Expected);

/// <summary>Set times and mode; the content stays.</summary>
internal sealed record AttributesStep(Placement Wanted, IndexRow? Expected) : PlanStep(Wanted, Expected);

/// <summary>Rename what is expected at <paramref name="From"/>, a directory with all that is in it.</summary>
internal sealed record RenameStep(Placement Wanted, EntryPath From, IndexRow Source) : PlanStep(Wanted, null);

/// <summary>Remove what is expected there.</summary>
internal sealed record RemoveStep(Placement Wanted, IndexRow? Expected) : PlanStep(Wanted, Expected);

/// <summary>What has to be done so that the disk shows what it should, in an order in which every step can succeed.</summary>
internal sealed record SyncPlan(IReadOnlyList<PlanStep> Steps);
