using System.Management.Automation.Runspaces;
using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Cmdlets.Node;

/// <summary>Starts a node on a folder: founds a cluster, joins one by invitation, or goes on in the folder's own.</summary>
[Cmdlet(VerbsLifecycle.Start, "VfsNode", SupportsShouldProcess = true)]
[OutputType(typeof(VfsNode))]
public sealed class StartVfsNodeCommand : VfsCmdlet
{
    private RunningNode? _serving;

    /// <summary>The folder. Its last part is made if its parent exists.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The node's name. By default the one it had, else the machine's, made unique.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NothingCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>A token, a VfsInvitation, a SecureString, or a file that holds a token.</summary>
    [Parameter]
    [AllowNull]
    [AllowEmptyString]
    public object? Invitation { get; set; }

    /// <summary>More addresses to dial: host, host:port, [v6]:port.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NothingCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Peer { get; set; } = [];

    /// <summary>The port to listen on; 0 takes any free one.</summary>
    [Parameter]
    [ValidateRange(0, 65535)]
    public int Port { get; set; }

    /// <summary>The node neither looks for others of its cluster on the networks that it is in, nor lets them find it there (mDNS).</summary>
    [Parameter]
    public SwitchParameter NoDiscovery { get; set; }

    /// <summary>The node takes a new key, and the old one is worth nothing any more: its last word gives the new one its place, with its name and its role. Another member must be reachable.</summary>
    [Parameter]
    public SwitchParameter RenewKey { get; set; }

    /// <summary>How many files may go within a minute, here or by others, before the node halts and asks (Resume-VfsNode). It is remembered; 0 = any number.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long RemovalLimit { get; set; }

    /// <summary>Serves until Ctrl+C, SIGTERM or SIGHUP, then stops the node.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>A script block that runs in the node's background runspace on the node's start and each event after it, with the VfsActivity as its argument.</summary>
    [Parameter]
    public ScriptBlock? OnEvent { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Wait) RequireOfScript(Path, Begin);
        else Attempt(Path, Begin);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _serving is { } node) RunningNodes.Stop(node);
        base.Dispose(disposing);
    }

    private void Begin()
    {
        var folder = SessionState.Path.GetUnresolvedProviderPathFromPSPath(Path, out var provider, out _);
        if (!provider.Name.Equals("FileSystem", StringComparison.OrdinalIgnoreCase))
            throw new CommandException("VfsNotAFolder", ErrorCategory.InvalidArgument, Path, $"'{Path}' is a path of the provider {provider.Name}. Name a folder of the file system.");
        if (!ShouldProcess(folder, "Start node")) return;
        ProcessSignals.Register();
        // From here on a signal is a request to end well, also while the node is only starting.
        using var serving = Wait ? ProcessSignals.Serve() : null;
        var node = Start(folder);
        if (Wait) _serving = node;
        if (node.Sync.State == NodeState.Halted)
        {
            var halted = new CommandException("VfsNodeHalted", ErrorCategory.InvalidOperation, folder, $"Node '{node.Name}' is halted: {node.Sync.HaltReason}");
            if (Wait) throw halted; // Nobody is there to resume it.
            WriteObject(VfsNode.Of(node));
            throw halted;
        }
        WriteObject(VfsNode.Of(node));
        Announce(node);
        CheckName(node);
        Warn(node);
        if (serving is not null) Serve(node, serving.Asked);
    }

    private RunningNode Start(string folder)
    {
        var options = new NodeOptions
        {
            Path = folder,
            Name = Name,
            InvitationToken = MyInvocation.BoundParameters.ContainsKey(nameof(Invitation)) ? InvitationText.Of(Invitation, folder, SessionState) : InvitationText.FromEnvironment(folder),
            Peers = [.. Peer],
            Discovers = !NoDiscovery,
            RenewKey = RenewKey,
            RemovalLimit = MyInvocation.BoundParameters.ContainsKey(nameof(RemovalLimit)) ? RemovalLimit : null,
            Port = MyInvocation.BoundParameters.ContainsKey(nameof(Port)) ? Port : null,
        };
        var hook = OnEvent is { } block ? Hook.Of(block, GetVariableValue) : null;
        var stopping = Cancellation;
        var start = Task.Factory.StartNew(() => SyncNode.Start(options, stopping), stopping, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        using var progress = new LongWork(this, "Starting node", folder);
        try
        {
            var node = new RunningNode(Pump.Await(start, stopping, () => progress.Show()), folder, Runspace.DefaultRunspace.InstanceId, hook);
            RunningNodes.Add(node);
            return node;
        }
        catch (PipelineStoppedException)
        {
            // It may yet come up after nobody wants it any more.
            _ = start.ContinueWith(static late => late.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    private void Announce(RunningNode node)
    {
        var words = node.Sync.Founded switch
        {
            true => $"Node '{node.Name}' founded a cluster. Let another in with New-VfsInvitation.",
            false => $"Node '{node.Name}' joined the cluster as {node.Sync.Role}.",
            null => $"Node '{node.Name}' goes on in its cluster{(RenewKey ? " under a new key" : "")}.",
        };
        if (Wait) words += " It serves until Ctrl+C.";
        WriteInformation(new HostInformationMessage { Message = words }, ["PSHOST"]);
    }

    // A name is given once, when a folder becomes a node; at a join it may get a number to be unique.
    private void CheckName(RunningNode node)
    {
        if (Name is null || Name.Equals(node.Name, StringComparison.OrdinalIgnoreCase)) return;
        WriteWarning(node.Sync.Founded is null
            ? $"The node in '{node.Root}' keeps its name '{node.Name}': a name is given when a folder becomes a node."
            : $"Another member has the name '{Name}': the node in '{node.Root}' is called '{node.Name}'.");
    }

    // What stands from the first moment on; and what runs in a folder below, which the engine sees at a first start only.
    private void Warn(RunningNode node)
    {
        var standing = node.Sync.Problems().Where(p => p.Kind == ProblemKind.Node).Select(p => p.Message).ToList();
        standing.AddRange(RunningNodes.All.Where(n => n != node && NodeChooser.Inside(n.Root, node.Root) && !standing.Exists(s => s.Contains($"'{n.Root}'", StringComparison.Ordinal)))
            .Select(n => $"'{n.Root}' below is the folder of node '{n.Name}'; its files are synced by both."));
        standing.ForEach(WriteWarning);
    }

    private void Serve(RunningNode node, CancellationToken asked)
    {
        while (!asked.IsCancellationRequested && !Cancellation.IsCancellationRequested && RunningNodes.All.Contains(node)) Pump.Pause(asked, Cancellation);
        RunningNodes.Stop(node);
        // Ctrl+C is how a service is meant to end.
        if (Cancellation.IsCancellationRequested && CommandLine.IsOneCommand(Environment.GetCommandLineArgs())) Host.SetShouldExit(0);
    }
}
