using System.Diagnostics;

namespace VfsSync.Engine.Tests.Net.Mdns;

/// <summary>Two machines of one network: namespaces with an interface each, and a cable between them.</summary>
internal sealed class Cable : IDisposable
{
    private static int s_made;

    private readonly string _stem = $"vfs{Environment.ProcessId}{(char)('a' + Interlocked.Increment(ref s_made))}";
    private readonly List<Process> _running = [];

    public Cable()
    {
        foreach (var end in (string[])["x", "y"]) Ip($"netns add {Name(end)}");
        Ip($"link add i0 netns {X} type veth peer name i0 netns {Y}");
        foreach (var (name, address) in ((string, string)[])[(X, "10.77.0.1/24"), (Y, "10.77.0.2/24")])
        {
            Ip($"-n {name} link set lo up");
            Ip($"-n {name} link set i0 up");
            Ip($"-n {name} addr add {address} dev i0");
        }
    }

    public static bool MayBeMade => OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/usr/sbin/ip") | File.Exists("/sbin/ip") && Run("ip", "netns list") is not null;

    /// <summary>The two namespaces.</summary>
    public string X => Name("x");

    public string Y => Name("y");

    public static void Ip(string arguments) => Assert.True(Run("ip", arguments) is not null, $"ip {arguments}");

    /// <summary>A program that runs on in a namespace; with a bus of its own, where it asks for one.</summary>
    public Process Start(string network, string bus, params string[] command)
    {
        var start = new ProcessStartInfo("ip", ["netns", "exec", network, .. command]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DBUS_SYSTEM_BUS_ADDRESS"] = bus;
        var process = Process.Start(start)!;
        _running.Add(process);
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>What a program says that ends by itself.</summary>
    public string Say(string network, string bus, params string[] command)
    {
        var process = Start(network, bus, command);
        var said = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(20))) process.Kill(entireProcessTree: true);
        return said.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        foreach (var process in _running)
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }
        Run("ip", $"netns del {X}");
        Run("ip", $"netns del {Y}");
    }

    private string Name(string end) => $"{_stem}{end}";

    private static string? Run(string program, string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? said : null;
    }
}
