using System.Text;
using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Running;

internal sealed partial class SyncNode
{
    // Who may do what, for threads that do not ask the lane.
    private volatile Judge? _judge;

    /// <summary>What each member may do now, this node first.</summary>
    /// <param name="path">At this path; null: anywhere that no rule says otherwise.</param>
    public IReadOnlyList<PermissionStatus> Permissions(EntryPath? path) => _lane.Ask(() =>
    {
        var judge = _session.Judge;
        return (IReadOnlyList<PermissionStatus>)[.. _members.All.Where(m => !judge.IsReplaced(m)).OrderBy(m => m.Node != Id).ThenBy(m => m.Name, StringComparer.Ordinal).Select(m => new PermissionStatus(
            m.Node, m.Name, judge.RoleOf(m.Node), path is { } at ? judge.NowAt(m.Node, at) : judge.Now(m.Node), m.Node == Id, path,
            path is { } p ? judge.RuleNow(m.Node, p, Core.History.Permissions.Write) ?? judge.RuleNow(m.Node, p, Core.History.Permissions.Delete) : null))];
    });

    /// <summary>Writes a line about a member into the policy, and leaves the rest of it as it is. Returns when it is recorded.</summary>
    /// <param name="member">Whose.</param>
    /// <param name="value">A role, 'none', or a list of permissions.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="NodeException">NotAdmin, PolicyInvalid, NotForVault.</exception>
    public void SetPermission(NodeId member, string value, CancellationToken cancellation)
    {
        if (State is not NodeState.Running) throw Stopped();
        CheckPolicy();
        var name = _members.NameOf(member);
        var isVault = _members.Find(member)?.IsVault == true;
        if (isVault && value is not (KnownRoles.Vault or PolicyText.None)) throw new NodeException("VfsNotForVault", $"{name} was invited as a vault, so it has no key to read anything with. Invite it anew, into another folder there (New-VfsInvitation).");
        if (!isVault && value == KnownRoles.Vault) throw new NodeException("VfsNotForVault", $"{name} has the folder's key, so it cannot become a vault. Give it another role, or invite a vault (New-VfsInvitation -Vault).");
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                SetPermission(member, name, value, cancellation);
                return;
            }
            catch (NodeException e) when (e.Id == "VfsChangedMeanwhile" && attempt < Tries)
            {
                // Somebody else changed the policy between reading and writing: what they said stays.
            }
        }
    }

    private void SetPermission(NodeId member, string name, string value, CancellationToken cancellation)
    {
        var judge = _lane.Ask(() => _session.Judge);
        var members = _members.Names(judge);
        var keys = members.Where(m => judge.AreOne(m.Node, member)).Select(m => m.Node.ToString()).ToList();
        bool IsMember(string word) => string.Equals(word, name, StringComparison.OrdinalIgnoreCase) || NodeId.IsBeginning(word) && keys.Exists(k => k.StartsWith(word, StringComparison.OrdinalIgnoreCase));
        var there = Standing(PoliciesInForce.File);
        var file = PolicyFile(cancellation);
        string text, edited;
        try
        {
            text = PolicyText.Decode(file); // What is no text must not be written back as something like it.
            edited = PolicyEdit.WithNode(text, IsMember, MemberNames.WordFor(member, name, members), value);
            var rights = PolicyText.Read(Encoding.UTF8.GetBytes(edited)).Rights;
            _ = PolicyDraft.Of(rights, members, judge, Id);
        }
        catch (PolicyException e)
        {
            throw new NodeException("VfsPolicyInvalid", $"{PoliciesInForce.File}, {e.Message}", e);
        }
        if (edited == text) return;
        using var write = BeginWrite(PoliciesInForce.File, append: false);
        write.Over = there;
        write.Write(Encoding.UTF8.GetBytes(edited));
        write.Commit(cancellation);
    }

    private byte[] PolicyFile(CancellationToken cancellation)
    {
        try
        {
            using var file = OpenRead(PoliciesInForce.File, cancellation);
            var bytes = new byte[PolicyText.Most + 1]; // One more is too many already.
            return bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        }
        catch (NodeException e) when (e.Id == "VfsNotFound")
        {
            return [];
        }
    }

    private void CheckPolicy()
    {
        if (!_lane.Ask(() => _session.Judge.Now(Id)).HasFlag(Core.History.Permissions.Admin)) throw new NodeException("VfsNotAdmin", $"{Name} is {Role}, and only an admin may change the policy. Run this on an admin's node.");
    }

    /// <summary>Refuses what a cmdlet is about to do where it would stay on this disk alone: whoever edits by hand finds out by Get-VfsProblem.</summary>
    /// <exception cref="NodeException">Denied, NotAdmin.</exception>
    private void CheckMay(EntryPath path, Permissions verb)
    {
        if (IsVault) throw NoFiles();
        if (path == PoliciesInForce.File)
        {
            CheckPolicy();
            return;
        }
        var (may, rule) = _lane.Ask(() => (_session.Judge.NowAt(Id, path), _session.Judge.RuleNow(Id, path, verb)));
        if (may.HasFlag(verb)) return;
        var what = verb == Core.History.Permissions.Delete ? "remove" : "write";
        throw new NodeException("VfsDenied", rule is null
            ? $"{Name} is {Role} and may not {what} '{path}'. An admin can let it (Grant-VfsPermission)."
            : $"{Name} may not {what} '{path}': a rule of the policy ('{rule}') lets only others do that. An admin can change it in {PoliciesInForce.File}.");
    }

    /// <summary>Takes back what this node may not change at a path and below it: the folder's version takes its place.</summary>
    /// <returns>The paths that were taken back.</returns>
    public IReadOnlyList<EntryPath> TakeBack(EntryPath path, CancellationToken cancellation)
    {
        if (State is not NodeState.Running) throw Stopped();
        var back = LocalOnly(path);
        if (back.Count == 0) return back;
        Post(new Core.Session.TakeBackInput(path));
        SyncAsync([path], whatIf: false, cancellation).WaitHere();
        if (LocalOnly(path).Intersect(back).Any()) throw new NodeException("VfsNotRecorded", $"That '{path}' is taken back cannot be recorded; Get-VfsProblem says why. Try again.");
        return back;
    }

    /// <summary>Paths that hold a change which stays on this disk.</summary>
    public IReadOnlyList<EntryPath> LocalOnly(EntryPath below) => [.. _store.LocalOnly().Select(r => r.Path).Where(p => p == below || p.IsBelow(below))];
}

/// <summary>What a member may do.</summary>
/// <param name="Node">Whose.</param>
/// <param name="Name">Its name.</param>
/// <param name="Role">As what.</param>
/// <param name="May">What.</param>
/// <param name="IsLocal">It is this node itself.</param>
/// <param name="Path">Where; null: anywhere that no rule says otherwise.</param>
/// <param name="Rule">The pattern of the rule that narrows it there.</param>
internal sealed record PermissionStatus(NodeId Node, string Name, string Role, Permissions May, bool IsLocal, EntryPath? Path, string? Rule);
