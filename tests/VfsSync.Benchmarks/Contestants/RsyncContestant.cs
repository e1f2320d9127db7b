using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Contestants;

/// <summary>rsync to a daemon, one run for each change, begun as soon as the change is made. It neither encrypts, hashes nor flushes.</summary>
internal class RsyncContestant : Contestant
{
    private Process? _daemon, _run;
    private Round? _round;
    private double _startCpu;
    private long _peakA, _peakB;
    private volatile bool _sampling;
    private Thread? _sampler;

    public override string Name => "rsync";

    protected string[] Target { get; set; } = [];

    public override void Start(Round round)
    {
        _round = round;
        _startCpu = ProcessMeter.CpuOfEndedChildren();
        var port = FreePort();
        _daemon = StartServer(round, port);
        Pause.Until(() => Answers(port), Pause.Large);
    }

    public override void Changed()
    {
        _run = Tool.Start("rsync", ["-a", "--delete", .. Target[..^1], _round!.A + "/", Target[^1]]);
        _sampling = true;
        _sampler = new Thread(Sample) { IsBackground = true };
        _sampler.Start();
    }

    public override void Arrived()
    {
        _run!.WaitForExit();
        _sampling = false;
        _sampler!.Join();
        if (_run.ExitCode is not (0 or 24)) throw new InvalidOperationException($"rsync ended with {_run.ExitCode}");
        _run.Dispose();
        _run = null;
    }

    public override Usage Usage() =>
        new(OwnNetwork.LoopbackBytes(), ProcessMeter.CpuOfEndedChildren() - _startCpu, ProcessMeter.Cpu(_daemon!.Id), _peakA, _peakB);

    public override void ForgetPeaks() => (_peakA, _peakB) = (0, 0);

    public override void Dispose()
    {
        _sampling = false;
        foreach (var process in new[] { _run, _daemon })
        {
            if (process is null) continue;
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
        (_run, _daemon) = (null, null);
        GC.SuppressFinalize(this);
    }

    protected virtual Process StartServer(Round round, int port)
    {
        var configuration = Path.Combine(round.Stage, "..", "rsyncd.conf");
        File.WriteAllText(configuration, $"use chroot = no\naddress = 127.0.0.1\nport = {port}\nlog file = /dev/null\n[b]\npath = {round.B}\nread only = no\nuid = {Environment.UserName}\ngid = {(Environment.UserName == "root" ? "root" : "*")}\n");
        Target = [$"rsync://127.0.0.1:{port}/b/"];
        return Tool.Start("rsync", "--daemon", "--no-detach", $"--config={configuration}");
    }

    protected static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }

    private static bool Answers(int port)
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", port);
            return client.Connected;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    // Its processes come and go, so their peaks are looked at while they live.
    private void Sample()
    {
        while (_sampling)
        {
            _peakA = Math.Max(_peakA, ProcessMeter.Peak(_run!.Id));
            _peakB = Math.Max(_peakB, ProcessMeter.ChildrenOf(_daemon!.Id).Sum(ProcessMeter.Peak));
            Pause.For(TimeSpan.FromMilliseconds(50));
        }
    }
}
