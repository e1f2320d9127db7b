using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Contestants;

/// <summary>Two Syncthing processes with defaults, but for discovery, relays and reports, which are off, and a watcher that waits 1 s instead of 10.</summary>
internal sealed class SyncthingContestant : Contestant
{
    private readonly List<System.Diagnostics.Process> _nodes = [];

    public override string Name => "syncthing";

    public override void Start(Round round)
    {
        var place = Path.GetFullPath(Path.Combine(round.Stage, ".."));
        string[] homes = [Path.Combine(place, "syncthing-a"), Path.Combine(place, "syncthing-b")];
        var ids = homes.Select(SyncthingConfiguration.Generate).ToArray();
        SyncthingConfiguration.Write(homes[0], round.A, ids, 22101, 22102);
        SyncthingConfiguration.Write(homes[1], round.B, ids, 22102, 22101);
        foreach (var home in homes) _nodes.Add(Tool.Start("syncthing", "serve", $"--home={home}", "--no-browser", "--no-restart", "--no-upgrade"));
        // Connected is when something arrives.
        File.WriteAllText(Path.Combine(round.A, "hello"), "hello");
        Pause.Until(() => File.Exists(Path.Combine(round.B, "hello")), Pause.Large);
    }

    public override Usage Usage() => new(OwnNetwork.LoopbackBytes(), Of(0).Sum(ProcessMeter.Cpu), Of(1).Sum(ProcessMeter.Cpu), Of(0).Sum(ProcessMeter.Peak), Of(1).Sum(ProcessMeter.Peak));

    public override void ForgetPeaks()
    {
        foreach (var pid in Of(0).Concat(Of(1))) ProcessMeter.ForgetPeak(pid);
    }

    public override void Dispose()
    {
        foreach (var node in _nodes)
        {
            node.Kill(entireProcessTree: true);
            node.WaitForExit();
            node.Dispose();
        }
        _nodes.Clear();
    }

    private IEnumerable<int> Of(int side) => ProcessMeter.ChildrenOf(_nodes[side].Id).Append(_nodes[side].Id);
}
