using System.Collections.Immutable;
using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Session;

/// <summary>
/// Which changes hold, as far as the log goes: what the policy's versions say of them. Every record enters the log; only versions that hold enter the history of their paths, and so
/// what is shown. Where a version of the policy turns the verdict on earlier records, they are judged anew.
/// </summary>
internal sealed class Judgement
{
    private readonly SessionContext _context;
    private readonly Dictionary<RecordId, PolicyVersion> _versions;
    private Judge _judge; // by what is in the log
    private (Judge Judge, long Admitted) _now; // by what is about to be, too
    private readonly HashSet<(Dot Dot, RecordId Id)> _awaited = []; // what a version had seen and is not here
    private readonly HashSet<Author> _outdated = []; // whose records were judged without it
    private bool _allOutdated;
    private long _admitted;

    /// <param name="context">The session.</param>
    /// <param name="versions">The versions of the policy in the log.</param>
    public Judgement(SessionContext context, IEnumerable<PolicyVersion> versions)
    {
        _context = context;
        _versions = versions.DistinctBy(v => v.Id).ToDictionary(v => v.Id);
        _judge = Make(_versions.Values);
        _admitted = context.Members.Version;
        _now = (_judge, _admitted);
        foreach (var version in _judge.Versions) Await(version.Statement.Seen);
        AwaitSeen();
    }

    /// <summary>Another policy holds, or others are admitted.</summary>
    public event Action? Changed;

    /// <summary>By all that is known now.</summary>
    public Judge Now
    {
        get
        {
            if (_context.Members.Version != _now.Admitted) _now = (Make(_versions.Values), _context.Members.Version);
            return _now.Judge;
        }
    }

    /// <summary>Adds a record's versions to a batch: those that hold to the heads, the others beside them. What says who may do what is alone in its batch.</summary>
    public void Add(CommitBatch batch, ChangeRecord record)
    {
        var now = PolicyVersion.Of(record) is { } policy ? Make([.. _versions.Values, policy]) : Now;
        batch.IsAwaited |= _awaited.Contains((record.Dot, record.Id));
        AddVersions(batch, record, now);
        Reconsider(batch, now);
    }

    /// <summary>Adds what a record says that is in the log, and could not be read until now. The rules of a version of the policy are alone in their batch, and all is judged by them anew.</summary>
    public void AddOpened(CommitBatch batch, ChangeRecord record)
    {
        var policy = PolicyVersion.Of(record);
        var now = policy is null ? Now : Make([.. _versions.Values.Where(v => v.Id != policy.Id), policy]);
        batch.Opened.Add(record);
        AddVersions(batch, record, now);
        if (policy is { Rules.IsEmpty: false } && now.IsValid(policy.Id)) Turn(batch, now, _context.View.Cursor.Dots.Select(d => new Dot(d.Author, 1)));
    }

    private void AddVersions(CommitBatch batch, ChangeRecord record, Judge now)
    {
        foreach (var version in Version.Of(record))
        {
            if (now.DenialOf(record.Header, version) is null) BatchFold.Add(batch, version, _context.View);
            else batch.Denied.Add(version);
        }
    }

    /// <summary>Adds a record's versions as if they held: all of the log is judged anew when they are in it.</summary>
    public void AddUnjudged(CommitBatch batch, ChangeRecord record) => BatchFold.Add(batch, record, _context.View);

    /// <summary>Adds to a batch of this node's own records whatever is judged otherwise by what they say of members.</summary>
    public void Reconsider(CommitBatch batch)
    {
        var policies = batch.Records.Select(r => PolicyVersion.Of(r.Opened)).OfType<PolicyVersion>().ToList();
        Reconsider(batch, policies.Count == 0 ? Now : Make([.. _versions.Values, .. policies]));
    }

    /// <summary>Judges all of the log anew; null if nothing is otherwise.</summary>
    public CommitBatch? Review()
    {
        (_allOutdated, var batch) = (false, new CommitBatch());
        _outdated.Clear();
        Turn(batch, Now, _context.View.Cursor.Dots.Select(d => new Dot(d.Author, 1)));
        return batch.IsEmpty ? null : batch;
    }

    /// <summary>Judges anew what was judged before something was here that a version of the policy had seen; null if nothing is otherwise.</summary>
    public CommitBatch? ReviewOutdated()
    {
        if (_outdated.Count == 0) return null;
        if (_allOutdated) return Review();
        var batch = new CommitBatch();
        Turn(batch, Now, [.. _outdated.Order().Select(author => new Dot(author, 1))]);
        _outdated.Clear();
        return batch.IsEmpty ? null : batch;
    }

    /// <summary>These records are in the log. True if others may do other things now.</summary>
    public bool Learn(CommitBatch batch)
    {
        var before = _versions.Count;
        foreach (var (author, first) in batch.SetAside)
            foreach (var gone in _versions.Values.Where(v => v.Dot.Author == author && v.Dot.Number >= first).ToList()) _versions.Remove(gone.Id);
        var policies = batch.Records.Select(r => r.Opened).Concat(batch.Opened).Select(PolicyVersion.Of).OfType<PolicyVersion>().ToList();
        foreach (var policy in policies) _versions[policy.Id] = policy;
        var (admitted, old) = (_context.Members.Version, _judge);
        if (policies.Count == 0 && _versions.Count == before && admitted == _admitted && !batch.IsAwaited) return false;
        if (admitted != _admitted)
            AwaitSeen();
        (_judge, _admitted) = (Make(_versions.Values), admitted);
        _now = (_judge, admitted);
        // Of whoever cannot be an admin nothing is waited for: it would cost others. Who can is told by other records, which may come later than the version.
        foreach (var version in _judge.Versions.Where(v => !old.IsPolicy(v.Id))) Await(version.Statement.Seen);
        if (batch.IsAwaited) Outdate(batch, old);
        return true;
    }

    private void AwaitSeen()
    {
        foreach (var cut in _context.Members.Cuts) Await(cut.Seen);
        foreach (var word in _context.Members.Successions) Await(word.Succession.Seen);
    }

    private void Await(ImmutableArray<SeenRecord> all)
    {
        foreach (var seen in all)
            if (_context.View.Cursor[seen.Dot.Author] < seen.Dot.Number) _awaited.Add((seen.Dot, seen.Id));
    }

    private void Outdate(CommitBatch batch, Judge old)
    {
        foreach (var (_, opened) in batch.Records)
            if (_awaited.Remove((opened.Dot, opened.Id)))
            {
                _outdated.Add(opened.Dot.Author);
                _allOutdated |= opened.Header.Policy is not null; // It may hold now, and had not when it came.
            }
        _allOutdated |= old.DiffersOnOld(_judge) || old.Nodes.All.Concat(_judge.Nodes.All).Any(node => old.Nodes.Differs(_judge.Nodes, node));
    }

    /// <summary>Others may do other things now: tells whoever wants to know.</summary>
    public void Tell() => Changed?.Invoke();

    private Judge Make(IReadOnlyCollection<PolicyVersion> versions) => new(_context.Members.Admitted, _context.Members.Closed, versions, _context.View.RecordIdOf, _context.Members.Cuts, _context.Members.Successions);

    /// <summary>Whether this node may make a change.</summary>
    public bool Permits(Change change)
    {
        var asAdmin = PoliciesInForce.Governs(change.Path) || PoliciesInForce.Governs(change.MovedFrom);
        if (asAdmin && !Now.MayAdminister(new Dot(new Author(_context.Identity.Node, _context.Identity.Epoch), long.MaxValue), Administers(change) ? SeenBy(change) : Now.InForce)) return false;
        return MayAt(change.Path, change.Entry.IsAbsent ? Permissions.Delete : Permissions.Write) && (change.MovedFrom is not { } from || MayAt(from, Permissions.Delete) && Now.RuleBelowNow(_context.Identity.Node, from) is null);
    }

    // Of the policy itself only admins are asked for.
    private bool MayAt(EntryPath path, Permissions verb) => PoliciesInForce.Governs(path) || Now.NowAt(_context.Identity.Node, path).HasFlag(verb);

    /// <summary>Why this node may not make a change, for people.</summary>
    public string ReasonAgainst(Change change)
    {
        var (self, path) = (_context.Identity.Node, change.Path);
        if (Now.IsReplaced(_context.Identity.Membership)) return "this node has taken another key, in another copy of its folder, and nothing holds that is written with this one";
        if (PoliciesInForce.Governs(path)) return Now.Now(self).HasFlag(Permissions.Admin) ? "it was changed before this node was an admin; take it back and change it again" : "only an admin may change the policy";
        var verb = change.Entry.IsAbsent ? Permissions.Delete : Permissions.Write;
        if (change.MovedFrom is { } from && MayAt(path, verb)) (path, verb) = (from, Permissions.Delete);
        var what = verb == Permissions.Delete ? "remove" : "write";
        return Now.RuleNow(self, path, verb) is { } rule ? $"a rule of the policy ('{rule}') lets only others {what} here" : $"this node may not {what}, by the role that it has";
    }

    /// <summary>What this node's change of the policy's file says as a version of the policy; null if it is none: then the last good one stays in force.</summary>
    /// <param name="text">The text; null where the file goes.</param>
    public PolicyDraft? DraftOf(byte[]? text)
    {
        try
        {
            return PolicyDraft.Of(text is null ? PolicyRights.None : PolicyText.Read(text).Rights, _context.Members.Names(Now), Now, _context.Identity.Node);
        }
        catch (PolicyException)
        {
            return null; // It is said when the file is looked at.
        }
    }

    /// <summary>Whether a change is one of the policy.</summary>
    public static bool Administers(Change change) => change.Path == PoliciesInForce.File || change.MovedFrom == PoliciesInForce.File;

    /// <summary>The versions that the text knew which such a change is made to: they may be fewer than this node does.</summary>
    public ImmutableArray<RecordId> SeenBy(Change change)
    {
        var seen = change.Path == PoliciesInForce.File ? change.Parents : change.FromParents;
        var file = _context.View.Versions(PoliciesInForce.File).Select(v => v.Dot).ToHashSet();
        // A version that is none of the file's could never be seen in it: it would stand for ever.
        return Now.LastOf(Now.Versions.Where(v => seen.Contains(v.Dot) || !file.Contains(v.Dot)));
    }

    /// <summary>What keeps a text of the policy from being followed though it is one; null if nothing does.</summary>
    public string? ObjectionTo(Version version, Policy policy)
    {
        if (policy.Rights.IsEmpty || Now.IsPolicy(version.Record)) return null;
        try
        {
            _ = PolicyDraft.Of(policy.Rights, _context.Members.Names(Now), Now, version.Dot.Author.Node);
            return "it was not written as a policy. Save it once more on an admin's node.";
        }
        catch (PolicyException e)
        {
            return e.Message;
        }
    }

    // What is in the log already may be judged otherwise now.
    private void Reconsider(CommitBatch batch, Judge now)
    {
        if (now != _judge) Turn(batch, now, ToReconsider(_judge, now));
    }

    private void Turn(CommitBatch batch, Judge now, IEnumerable<Dot> from)
    {
        var changed = new Dictionary<EntryPath, (List<Version> Denied, List<Version> Granted)>();
        foreach (var first in from)
        {
            foreach (var version in _context.View.VersionsFrom(first))
                if (IsDenied(version, now)) Of(version.Path).Denied.Add(version);
            foreach (var version in _context.View.DeniedFrom(first))
                if (!IsDenied(version, now)) Of(version.Path).Granted.Add(version);
        }
        foreach (var (path, (denied, granted)) in changed)
        {
            batch.Denied.AddRange(denied);
            batch.Granted.AddRange(granted);
            var gone = denied.Select(v => v.Dot).ToHashSet();
            var here = batch.Heads.TryGetValue(path, out var added) ? _context.View.Versions(path).Concat(added) : _context.View.Versions(path);
            batch.Heads[path] = here.Concat(granted).DistinctBy(v => v.Dot).Where(v => !gone.Contains(v.Dot)).Aggregate((IReadOnlyList<Version>)[], Fold.With);
            foreach (var own in denied.Where(v => now.AreOne(v.Dot.Author.Node, _context.Identity.Node) && !v.Entry.IsAbsent)) KeepOwn(batch, own);
        }

        (List<Version> Denied, List<Version> Granted) Of(EntryPath path) => changed.TryGetValue(path, out var of) ? of : changed[path] = ([], []);
    }

    // What this node itself had spread, and might not, stays on its disk like whatever else it may not: its user decides what becomes of it. Also where it stands beside its path as a
    // copy, or where a rename has led: it may be held nowhere else.
    private void KeepOwn(CommitBatch batch, Version own)
    {
        var rows = ((EntryPath[])[own.Path, _context.Showing.LandsAt(own)]).Distinct().SelectMany(_context.View.ShownFor);
        foreach (var row in rows.Where(r => r is { LocalOnly: false, Entry.IsAbsent: false } && r.Shown == own.Dot && (r.Of ?? r.Path) == own.Path && r.Entry.SameContent(own.Entry)))
            batch.Index[row.Path] = row with { LocalOnly = true, Shown = default, Origin = row.Path, Of = null };
    }

    private bool IsDenied(Version version, Judge judge) => _context.View.HeaderOf(version.Dot) is { } header && judge.DenialOf(header, version) is not null;

    // Records that the new versions' authors had not seen; all of an author's, where some do not hold or it was admitted anew; all of all, where an older version of the policy holds no
    // more, or does now.
    private IEnumerable<Dot> ToReconsider(Judge before, Judge now)
    {
        var fresh = now.Versions.Where(v => !before.IsPolicy(v.Id) && now.IsValid(v.Id)).ToList();
        var cut = now.CutSince(before).Concat(before.CutSince(now)).ToHashSet();
        if (cut.Count == 0 && fresh.Count == 0 && before.Versions.Count == now.Versions.Count && !before.DiffersOnOld(now) && !before.Nodes.All.Concat(now.Nodes.All).Any(node => before.Nodes.Differs(now.Nodes, node))) yield break;
        var differs = before.DiffersOnOld(now) || before.Nodes.All.Any(node => before.Nodes.Differs(now.Nodes, node));
        foreach (var author in _context.View.Cursor.Dots.Select(d => d.Author))
        {
            var all = differs || cut.Contains(author.Node) || cut.Contains(now.FirstKeyOf(author.Node)) || before.Nodes.Differs(now.Nodes, author.Node) || _context.View.DeniedFrom(new Dot(author, 1)).Count > 0;
            if (all) yield return new Dot(author, 1);
            else if (fresh.Count > 0) yield return new Dot(author, fresh.Min(v => SeenOf(v, author)) + 1);
        }
    }

    private long SeenOf(PolicyVersion policy, Author author)
    {
        if (author == policy.Dot.Author) return policy.Dot.Number;
        foreach (var seen in policy.Statement.Seen)
            if (seen.Dot.Author == author) return _context.View.RecordIdOf(seen.Dot) == seen.Id ? seen.Dot.Number : 0;
        return 0;
    }
}
