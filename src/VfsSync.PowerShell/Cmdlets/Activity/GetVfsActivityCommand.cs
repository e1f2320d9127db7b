using System.Collections.Concurrent;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Cmdlets.Activity;

/// <summary>What happened at the nodes of this session, oldest first; with -Follow what happens from now on.</summary>
[Cmdlet(VerbsCommon.Get, "VfsActivity")]
[OutputType(typeof(VfsActivity))]
public sealed class GetVfsActivityCommand : VfsCmdlet
{
    private readonly ConcurrentQueue<(RunningNode Node, SyncEvent Event)> _arrived = new();
    private readonly List<IDisposable> _subscriptions = [];
    private List<WildcardPattern>? _kinds;

    /// <summary>The nodes of this session to ask; all by default.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNullOrEmpty]
    public NodeChoice[]? Node { get; set; }

    /// <summary>Kinds of activity, with wildcards; all by default.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ActivityCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Kind { get; set; }

    /// <summary>Not what is older: a moment, a TimeSpan, '2h', 'yesterday'.</summary>
    [Parameter]
    [Time]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Goes on with what happens from now, until the pipeline is stopped or the nodes are.</summary>
    [Parameter]
    public SwitchParameter Follow { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => Require(Kind, () => _kinds = Kind?.Select(Known).ToList());

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(Node, () =>
    {
        var nodes = Chooser.All(Node);
        if (Follow)
            foreach (var node in nodes) _subscriptions.Add(node.Sync.Subscribe(happened => _arrived.Enqueue((node, happened))));
        var past = Follow && Since is null ? [] : nodes.SelectMany(n => n.Sync.RecentEvents().Select(e => (n, e))).OrderBy(e => e.e.Time).ToList();
        Emit(past);
        if (Follow) Stream(nodes, past.Select(p => p.e).ToHashSet<SyncEvent>(ReferenceEqualityComparer.Instance));
    });

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _subscriptions.ForEach(s => s.Dispose());
        base.Dispose(disposing);
    }

    // A misspelt one would be waited for in vain.
    private static WildcardPattern Known(string kind)
    {
        var pattern = new WildcardPattern(kind, WildcardOptions.IgnoreCase);
        return Enum.GetNames<SyncEventKind>().Any(pattern.IsMatch) ? pattern
            : throw new CommandException("VfsUnknownKind", ErrorCategory.InvalidArgument, kind, $"There is no kind '{kind}'. Choose among {string.Join(", ", Enum.GetNames<SyncEventKind>())}.");
    }

    // What came between the subscription and the reading of the past is in both.
    private void Stream(IReadOnlyList<RunningNode> nodes, HashSet<SyncEvent> past)
    {
        while (!Cancellation.IsCancellationRequested)
        {
            var running = nodes.Any(RunningNodes.All.Contains);
            while (_arrived.TryDequeue(out var next))
                if (!past.Remove(next.Event)) Emit([next]);
            if (!running) return;
            Pump.Pause(Cancellation);
        }
    }

    private void Emit(IEnumerable<(RunningNode Node, SyncEvent Event)> some)
    {
        foreach (var (node, happened) in some)
        {
            if (Since is { } since && happened.Time < since) continue;
            if (_kinds is null || _kinds.Exists(k => k.IsMatch(happened.Kind.ToString()))) WriteObject(new VfsActivity(node.Name, happened));
        }
    }
}
