using System.Diagnostics;
using VfsSync.Core.History;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Cmdlets.Node;

/// <summary>Waits until members are connected, or have everything that was recorded when the wait began. Alone it means -Synced.</summary>
[Cmdlet(VerbsLifecycle.Wait, "VfsNode")]
[OutputType(typeof(VfsNode))]
public sealed class WaitVfsNodeCommand : VfsCmdlet
{
    // What holds already is found out by a look at the disk; so many seconds it has at least, however short the wait.
    private const double LeastLook = 10;

    /// <summary>The node of this session that waits.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNullOrEmpty]
    public NodeChoice[]? Node { get; set; }

    /// <summary>Until every member expected has acknowledged what was recorded when the wait began, and this node shows all it has received.</summary>
    [Parameter]
    public SwitchParameter Synced { get; set; }

    /// <summary>Until the members expected are connected.</summary>
    [Parameter]
    public SwitchParameter Connected { get; set; }

    /// <summary>The members expected; they may still be to come. By default those connected now, or any one.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MemberCompleter))]
    [ValidateNotNullOrEmpty]
    public NodeChoice[]? Member { get; set; }

    /// <summary>Seconds after which it is an error (VfsWaitTimeout). By default it waits for ever.</summary>
    [Parameter]
    [ValidateRange(0, 4_000_000)]
    [Alias("TimeoutSec")]
    public double Timeout { get; set; } = double.NaN;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Node is null) Attempt(null, () => Wait(Chooser.One(null)));
        foreach (var choice in Node ?? [])
            Attempt(choice, () =>
            {
                foreach (var node in Chooser.Matching(choice)) Wait(node);
            });
    }

    private void Wait(RunningNode node)
    {
        var since = Stopwatch.StartNew();
        using var look = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        if (!double.IsNaN(Timeout))
        {
            look.CancelAfter(TimeSpan.FromSeconds(Math.Max(Timeout, LeastLook)));
            limit.CancelAfter(TimeSpan.FromSeconds(Timeout));
        }
        using var progress = new LongWork(this, Connected && !Synced ? "Waiting until connected" : "Waiting until in sync", node.Name);
        void Show() => progress.Show(status: () => $"{node.Name} waits for {Awaited(node)}");
        try
        {
            var members = Members(node, Show, limit.Token);
            if (Connected) Pump.Await(node.Sync.WaitConnectedAsync(members, limit.Token), Cancellation, Show);
            if (Synced || !Connected)
            {
                Pump.Await(node.Sync.WaitSyncedAsync(members, look.Token, limit.Token), Cancellation, Show);
                foreach (var other in OfThisSession(node, members)) Pump.Await(other.Sync.WaitSyncedAsync([node.Sync.Id], look.Token, limit.Token), Cancellation, Show);
            }
        }
        catch (OperationCanceledException e) when (!Cancellation.IsCancellationRequested)
        {
            throw limit.IsCancellationRequested
                ? new CommandException("VfsWaitTimeout", ErrorCategory.OperationTimeout, VfsNode.Of(node), Waited(node, since.Elapsed), e)
                : new CommandException("VfsNodeStopped", ErrorCategory.InvalidOperation, node.Name, $"Node '{node.Name}' was stopped while it was waited for.", e);
        }
        Pump.Settle(Cancellation);
        WriteObject(VfsNode.Of(node));
    }

    // What they have recorded and not sent yet, only they know.
    private static IEnumerable<RunningNode> OfThisSession(RunningNode node, IReadOnlyList<NodeId>? members)
    {
        var expected = members ?? [.. node.Sync.Members().Where(m => m.State == MemberState.Connected).Select(m => m.Id)];
        return RunningNodes.All.Where(other => other != node && other.Sync.Cluster == node.Sync.Cluster && expected.Contains(other.Sync.Id));
    }

    // A member that is expected may not have joined yet: its name is waited for, too.
    private IReadOnlyList<NodeId>? Members(RunningNode node, Action show, CancellationToken limit)
    {
        if (Member is null) return null;
        foreach (var choice in Member) MemberChoice.RefuseItself(node, choice);
        for (; ; Pump.Pause(limit))
        {
            node.Sync.RefuseHalted();
            var found = Member.Select(m => MemberChoice.Find(node, m)).ToList();
            if (found.TrueForAll(f => f.Count > 0)) return [.. found.SelectMany(f => f).Select(m => m.Id).Distinct()];
            limit.ThrowIfCancellationRequested();
            show();
        }
    }

    // Without -Member those count that are connected; if none is, any one would do.
    private string Awaited(RunningNode node)
    {
        var all = node.Sync.Members();
        var expected = Member is not null ? [.. Expected(all)] : all.Where(m => m.State == MemberState.Connected).ToList();
        if (expected.Count == 0 && Member is null) expected = [.. all];
        var names = expected.Where(IsAway).Select(m => $"{m.Name} (not connected)")
            .Concat(expected.Where(m => ForSync && !IsAway(m) && m.Behind is null or > 0).Select(m => m.Behind is { } n ? $"{m.Name} ({n:N0} changes behind)" : m.Name))
            .Concat(Member?.Where(c => MemberChoice.Find(node, c).Count == 0).Select(c => $"{c} (no member yet)") ?? []).ToList();
        if (node.Sync.Behind is > 0 and var lacking) names.Add($"its own {lacking:N0} paths");
        return names.Count > 0 ? string.Join(", ", names) : "its members";
    }

    private IEnumerable<MemberStatus> Expected(IEnumerable<MemberStatus> all) => all.Where(m => Member is null || Member.Any(c => c.Matches(m.Name, m.Id.ToString())));

    private bool ForSync => Synced || !Connected;

    // Who has no link to this node may have one to a member that has.
    private bool IsAway(MemberStatus member) => member.State != MemberState.Connected && !(ForSync && member.Via is not null);

    private static string? WhyAway(MemberStatus member) => member switch
    {
        { LastError: { } reason, Address: null, LastSeen: { } seen } => $"{reason}; last seen {ViewText.Ago(DateTimeOffset.Now - seen)} ago",
        { LastError: null, Address: null } => "no address of it is known: give one with Connect-VfsNode",
        _ => member.LastError,
    };

    private string Waited(RunningNode node, TimeSpan time)
    {
        var expected = Expected(node.Sync.Members()).ToList();
        var away = expected.FindAll(IsAway);
        var behind = expected.FindAll(m => !IsAway(m) && m.Behind is null or > 0);
        List<string> why = [];
        if (Member?.FirstOrDefault(m => MemberChoice.Find(node, m).Count == 0) is { } unknown) why.Add(MemberChoice.Missing(node, unknown));
        if (away.Count > 0) why.Add($"Not connected: {string.Join(", ", away.Select(m => WhyAway(m) is { } reason ? $"{m.Name} ({reason})" : m.Name))}.");
        if (behind.Count > 0) why.Add($"Behind: {string.Join(", ", behind.Select(m => m.Behind is null ? m.Name : $"{m.Name} ({m.Behind:N0} changes)"))}.");
        if (Member is null && expected.Count == 0) why.Add("It has no other member yet: let one in with New-VfsInvitation.");
        if (node.Sync.Behind > 0) why.Add($"Node '{node.Name}' itself lacks {node.Sync.Behind:N0} paths.");
        if (why.Count == 0) why.Add("The comparison with the disk was not done yet, or what was recorded last was still on its way.");
        return $"Node '{node.Name}' was not {(Connected && !Synced ? "connected" : "in sync")} after {ViewText.Duration(time)}. {string.Join(' ', why)} See Get-VfsNode and Get-VfsProblem, or allow more with -Timeout.";
    }
}
