using System.Globalization;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>Under which epoch a node writes, and how the one before it ended, as its store remembers it (invariant 8).</summary>
internal sealed class EpochBook(IFolderStore store)
{
    private const string EpochSetting = "epoch", EndedSetting = "epoch-before", DiskSetting = "disk", RebuildSetting = "rebuild", AcknowledgedSetting = "epoch-acknowledged";

    /// <summary>The log had forked: this start keeps it aside and builds it anew.</summary>
    public bool WantsRebuild => store.GetSetting(RebuildSetting) is not null;

    /// <summary>The epoch that the log was written under last; null in a new one.</summary>
    public ulong? Current => store.GetSetting(EpochSetting) is { } epoch ? Parse(epoch) : null;

    /// <summary>
    /// Another disk under the log, or a log that was built anew: what this node once numbered may be known elsewhere, so it counts from new.
    /// </summary>
    /// <param name="disk">What the disk is.</param>
    /// <param name="rebuilt">The log was built anew.</param>
    /// <param name="draw">64 random bits.</param>
    public EpochChoice Choose(string disk, bool rebuilt, Func<ulong> draw)
    {
        var known = Current;
        var moved = store.GetSetting(DiskSetting) is { } before && before != disk;
        if (known is { } current && !rebuilt && !moved) return Under(current, moved: false);
        var epoch = draw();
        Keep(epoch, known);
        store.SetSetting(DiskSetting, disk);
        return Under(epoch, moved);
    }

    /// <summary>The session began another epoch.</summary>
    public void Keep(EpochEffect begun)
    {
        if (begun.Acknowledged is { } end) Keep(end);
        Keep(begun.Epoch, Current);
    }

    /// <summary>The node writes by another name from here on: it has no epoch before.</summary>
    public void BeginAnew(ulong epoch)
    {
        store.SetSetting(EndedSetting, null);
        store.SetSetting(AcknowledgedSetting, null);
        store.SetSetting(EpochSetting, Text(epoch));
    }

    /// <summary>The session halted; it may want another log.</summary>
    public void Keep(HaltEffect halt)
    {
        if (halt.Acknowledged is { } end) Keep(end);
        if (halt.Rebuild) store.SetSetting(RebuildSetting, halt.Reason);
    }

    /// <summary>What others have of the epoch that a log ended in, for the log that takes its place; null if nobody said.</summary>
    public string? Acknowledged
    {
        get => store.GetSetting(AcknowledgedSetting);
        set => store.SetSetting(AcknowledgedSetting, value);
    }

    // The epoch before is in this log, or in one that is kept aside and of which only the acknowledged end is known.
    private EpochChoice Under(ulong epoch, bool moved)
    {
        var acknowledged = Acknowledged?.Split(':') is [var ended, var number, var id]
            ? new EpochEnd(Parse(ended), long.Parse(number, CultureInfo.InvariantCulture), new RecordId(Hash256.Parse(id))) : null;
        if (store.GetSetting(EndedSetting) is not { } before) return new(epoch, acknowledged, Elsewhere: true, moved);
        return new(epoch, acknowledged?.Epoch == Parse(before) ? acknowledged : new EpochEnd(Parse(before), 0, default), Elsewhere: false, moved);
    }

    private void Keep(ulong epoch, ulong? before)
    {
        if (before is { } ended) store.SetSetting(EndedSetting, Text(ended));
        store.SetSetting(EpochSetting, Text(epoch));
    }

    private static string Text(ulong epoch) => epoch.ToString("x16", CultureInfo.InvariantCulture);

    private void Keep(EpochEnd end) => Acknowledged = string.Create(CultureInfo.InvariantCulture, $"{end.Epoch:x16}:{end.Number}:{end.Id}");

    private static ulong Parse(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}

/// <summary>An epoch to open with.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="Continues">The one before it.</param>
/// <param name="Elsewhere">The log of the one before is kept aside, if there was one.</param>
/// <param name="Moved">The folder is on another disk than before.</param>
internal readonly record struct EpochChoice(ulong Epoch, EpochEnd? Continues, bool Elsewhere, bool Moved);
