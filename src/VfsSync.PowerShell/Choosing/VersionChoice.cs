using VfsSync.Core.Reconcile;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Choosing;

/// <summary>Which version of a path is meant.</summary>
/// <param name="number">As Get-VfsHistory counts them; 0 where the moment says it.</param>
/// <param name="at">What stood there then.</param>
internal sealed class VersionChoice(int number, DateTimeOffset? at)
{
    private readonly Dictionary<string, PastFolder> _past = [];
    private readonly Dictionary<string, HashSet<EntryPath>> _known = [];

    /// <exception cref="CommandException">There is none.</exception>
    public VersionStatus Of(VfsPlace place)
    {
        var sync = place.Node.Sync;
        if (number == 0 && Past(place).At(place.Path) is { } then) return sync.VersionOf(then);
        var all = sync.History(place.Path);
        if (all.Count == 0) throw sync.NotFound(place.Path);
        if (number == 0)
            throw new CommandException("VfsNotFound", ErrorCategory.ObjectNotFound, place.ToString(), all[0].Time > at!.Value
                ? $"There was no '{place.Path}' on {at.Value.LocalDateTime} yet: its first version is of {all[0].Time.LocalDateTime}. List all with Get-VfsHistory '{place.Path}'."
                : $"There was nothing at '{place.Path}' on {at.Value.LocalDateTime}. See Get-VfsHistory '{place.Path}'.");
        return all.FirstOrDefault(v => v.Number == number) ?? throw new CommandException("VfsNotFound", ErrorCategory.ObjectNotFound, place.ToString(),
            $"'{place.Path}' has {all.Count} versions, none of them is {number}. List them with Get-VfsHistory '{place.Path}'.");
    }

    /// <summary>
    /// What it takes for a path and all below it to be as it was at the moment: what lies where a file is to stand goes first, then comes what was there, directories before what is in
    /// them, then goes what was not, from below.
    /// </summary>
    /// <exception cref="CommandException">There was never anything.</exception>
    public IEnumerable<VersionStatus> AllOf(VfsPlace place)
    {
        var sync = place.Node.Sync;
        var past = Past(place);
        var then = past.Below(place.Path).Where(p => !IsLeftOut(place, p.Path)).ToList();
        var kinds = then.ToDictionary(p => p.Path, p => p.Entry.Kind);
        var gone = sync.Shown(place.Path).Where(p => !kinds.ContainsKey(p) && !IsLeftOut(place, p) && !past.IsPending(p)).Reverse().ToLookup(p => p.Ancestors().Any(a => kinds.TryGetValue(a, out var kind) && kind != EntryKind.Directory));
        if (then.Count == 0 && gone.Count == 0 && !IsKnown(place)) throw sync.NotFound(place.Path);
        var versions = then.ConvertAll(sync.VersionOf);
        // Nothing makes room for a content that may not come.
        var elsewhere = versions.Where(v => !v.IsHeld).Select(v => v.Path).ToHashSet();
        return gone[true].Where(p => !p.Ancestors().Any(elsewhere.Contains)).Select(NotThere).Concat(versions).Concat(gone[false].Select(NotThere));
    }

    // Who may do what does not go back along with the files: the policy is brought back by its own name alone.
    private static bool IsLeftOut(VfsPlace place, EntryPath path) => place.Path.IsRoot && path == PoliciesInForce.File;

    private static VersionStatus NotThere(EntryPath path) => new(path, 0, default, default, "", VersionKind.Removed, Entry.Absent, 0, IsHeld: true, null);

    // Whether the log knows it, or anything below it.
    private bool IsKnown(VfsPlace place)
    {
        if (!_known.TryGetValue(place.Node.Id, out var known)) _known[place.Node.Id] = known = [.. place.Node.Sync.Remembered(EntryPath.Root).SelectMany(p => p.Ancestors().Prepend(p))];
        return place.Path.IsRoot || known.Contains(place.Path);
    }

    private PastFolder Past(VfsPlace place) =>
        _past.TryGetValue(place.Node.Id, out var past) ? past : _past[place.Node.Id] = place.Node.Sync.Past(at!.Value);
}
