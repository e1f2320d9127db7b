using System.Diagnostics;
using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Contestants;

/// <summary>Two nodes in two processes of this program, with shipped defaults.</summary>
internal sealed class VfsSyncContestant : Contestant
{
    private readonly List<Process> _nodes = [];

    public override string Name => "vfssync";

    public override void Start(Round round)
    {
        var (a, token) = Launch(round.A, "-");
        var (b, _) = Launch(round.B, token);
        _nodes.AddRange([a, b]);
        if (b.StandardOutput.ReadLine() != "CONNECTED") throw new InvalidOperationException("the nodes do not connect");
    }

    public override Usage Usage() =>
        new(OwnNetwork.LoopbackBytes(), ProcessMeter.Cpu(_nodes[0].Id), ProcessMeter.Cpu(_nodes[1].Id), ProcessMeter.Peak(_nodes[0].Id), ProcessMeter.Peak(_nodes[1].Id));

    public override void ForgetPeaks() => _nodes.ForEach(n => ProcessMeter.ForgetPeak(n.Id));

    /// <summary>Memory of both now.</summary>
    public (long A, long B) Memory() => (ProcessMeter.Memory(_nodes[0].Id), ProcessMeter.Memory(_nodes[1].Id));

    public override void Dispose()
    {
        foreach (var node in _nodes)
        {
            node.StandardInput.Close();
            if (!node.WaitForExit(TimeSpan.FromSeconds(15))) node.Kill();
            node.Dispose();
        }
        _nodes.Clear();
    }

    private static (Process Node, string Token) Launch(string folder, string token)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["node", folder, "0", token]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        var node = Process.Start(start) ?? throw new InvalidOperationException("a node does not start");
        var ready = node.StandardOutput.ReadLine()?.Split(' ');
        return ready is ["READY", var invitation] ? (node, invitation) : throw new InvalidOperationException("a node does not become ready");
    }
}
