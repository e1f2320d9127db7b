using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Session;

/// <summary>
/// Which policy holds: what the heads of <c>.vfspolicy.yaml</c> say, each head that is no policy replaced by the last good versions before it. It hangs on the
/// records alone, so nodes with the same records follow the same policy, whatever their disks show.
/// </summary>
/// <param name="view">The log.</param>
/// <param name="read">A small content; null if it is not here.</param>
/// <param name="objection">What is wrong with a text that is a policy; null if nothing is.</param>
internal sealed class PolicyInForce(IHeadView view, Func<Manifest, byte[]?> read, Func<Version, Policy, string?>? objection = null)
{
    private readonly Dictionary<Dot, (Policy? Policy, string? Mistake)> _read = [];
    private HashSet<Dot> _from = [];

    public PoliciesInForce Now { get; private set; } = PoliciesInForce.Default;

    /// <summary>A text is not on this node yet: once it is, the file is to be looked at again.</summary>
    public bool Lacks { get; private set; }

    /// <summary>What is wrong with the file as it is now; null if nothing is.</summary>
    public Problem? Mistake { get; private set; }

    /// <summary>Looks at the heads. True if another policy may hold now.</summary>
    public bool Look()
    {
        (Mistake, Lacks) = (null, false);
        var good = new List<Version>();
        foreach (var head in view.Heads(PoliciesInForce.File).Where(h => h is { Entry.IsAbsent: false, Withdrawn: false }))
        {
            if (Read(head).Policy is not null) good.Add(head);
            else good.AddRange(LastGood(head));
        }
        var from = good.Select(g => g.Dot).ToHashSet();
        if (from.SetEquals(_from)) return false;
        _from = from;
        Now = new PoliciesInForce([.. good.DistinctBy(g => g.Dot).Select(g => Read(g).Policy!)]);
        return true;
    }

    private IEnumerable<Version> LastGood(Version bad)
    {
        Mistake ??= new Problem(PoliciesInForce.File, ProblemKind.Policy, $"The policy is not followed: {Read(bad).Mistake} The last good one stays in force.");
        var before = view.Versions(PoliciesInForce.File).Where(v => v.Dot != bad.Dot && bad.Vector.Includes(v.Vector) && (v.Entry.IsAbsent || Read(v).Policy is not null)).ToList();
        return before.Where(v => !v.Entry.IsAbsent && !before.Exists(w => w.Dot != v.Dot && w.Vector.Includes(v.Vector)));
    }

    private (Policy? Policy, string? Mistake) Read(Version version)
    {
        if (_read.TryGetValue(version.Dot, out var known)) return known;
        var (entry, isShort) = (version.Entry, version.Entry.Size <= PolicyText.Most);
        var bytes = isShort && entry is { Kind: EntryKind.File, Content: { } content } ? read(content) : null;
        if (bytes is not null || !isShort || entry.Kind != EntryKind.File) return _read[version.Dot] = ReadAnew(version, bytes);
        Lacks = true;
        return (null, "its content is not on this node yet.");
    }

    private (Policy?, string?) ReadAnew(Version version, byte[]? bytes)
    {
        if (version.Entry.Kind != EntryKind.File) return (null, $"'{PoliciesInForce.File}' must be a file.");
        if (bytes is null) return (null, $"it is longer than {PolicyText.Most / 1024} KiB.");
        try
        {
            var policy = PolicyText.Read(bytes);
            return objection?.Invoke(version, policy) is { } reason ? (null, reason) : (policy, null);
        }
        catch (PolicyException e)
        {
            return (null, e.Message);
        }
    }
}
