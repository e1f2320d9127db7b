using VfsSync.Benchmarks.Harness;
using VfsSync.Benchmarks.Scenarios;

namespace VfsSync.Benchmarks.Contestants;

/// <summary>Who takes part.</summary>
internal static class ContestantList
{
    private static readonly HashSet<string> s_missed = [];

    /// <summary>VfsSync first, then the rivals that are installed; what is missing is said once.</summary>
    public static IReadOnlyList<Func<Contestant>> Of(Options options, Scenario scenario)
    {
        var all = new (string Name, string? Needs, bool Watches, Func<Contestant> Make)[]
        {
            ("vfssync", null, true, () => new VfsSyncContestant()),
            ("rsync", "rsync", false, () => new RsyncContestant()),
            ("rsync-ssh", "sshd", false, () => new RsyncSshContestant()),
            ("syncthing", "syncthing", true, () => new SyncthingContestant()),
        };
        var chosen = all.Where(c => options.Contestants.Count == 0 || options.Contestants.Contains(c.Name)).Where(c => c.Watches || !scenario.NeedsWatching);
        return [.. chosen.Where(c => IsThere(c.Name, c.Needs)).Select(c => c.Make)];
    }

    private static bool IsThere(string name, string? needs)
    {
        if (needs is null || Tool.Find(needs) is not null) return true;
        if (s_missed.Add(name)) Console.WriteLine($"{name} does not take part: {needs} is not installed (apt-get install {(needs == "sshd" ? "openssh-server" : needs)}).");
        return false;
    }
}
