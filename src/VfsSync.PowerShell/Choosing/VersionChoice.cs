using VfsSync.Engine.Running;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Choosing;

/// <summary>Which version of a path is meant.</summary>
internal static class VersionChoice
{
    /// <param name="place">The path.</param>
    /// <param name="number">As Get-VfsHistory counts them; 0 where the moment says it.</param>
    /// <param name="at">The newest by then.</param>
    /// <exception cref="CommandException">There is none.</exception>
    public static VersionStatus Of(VfsPlace place, int number, DateTimeOffset? at)
    {
        var all = place.Node.Sync.History(place.Path);
        if (all.Count == 0) throw place.Node.Sync.NotFound(place.Path);
        if (number > 0)
            return all.FirstOrDefault(v => v.Number == number) ?? throw new CommandException("VfsNotFound", ErrorCategory.ObjectNotFound, place.ToString(),
                $"'{place.Path}' has {all.Count} versions, none of them is {number}. List them with Get-VfsHistory '{place.Path}'.");
        return place.Node.Sync.VersionAt(place.Path, at!.Value) ?? throw new CommandException("VfsNotFound", ErrorCategory.ObjectNotFound, place.ToString(),
            $"There was no '{place.Path}' on {at.Value.LocalDateTime} yet: its first version is of {all[0].Time.LocalDateTime}. List all with Get-VfsHistory '{place.Path}'.");
    }
}
