using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace VfsSync.NodeHost;

/// <summary>A node in another process, as its starter sees it. What it writes to its standard error is kept in <c>FOLDER.err</c> beside the folder.</summary>
internal sealed class HostedNode : IDisposable
{
    private const int LowestPort = 23_000, PastPorts = 32_000;

    private static int s_ports;

    private readonly Process _process;
    private readonly BlockingCollection<string> _said = [];
    private readonly Task _errors;

    /// <exception cref="IOException">It said something else than READY, or nothing in time.</exception>
    public HostedNode(string folder, int port, string token, params string[] peers) : this([], AppContext.BaseDirectory, folder, port, token, peers) { }

    /// <summary>As a user without any rights of its own.</summary>
    /// <param name="host">A copy of this program that any user may read.</param>
    /// <param name="folder">A folder that belongs to the user.</param>
    /// <param name="port">As always; so are the others.</param>
    /// <param name="token">How it joins.</param>
    public static HostedNode AsNobody(string host, string folder, int port, string token) =>
        new(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"], host, folder, port, token);

    /// <summary>In a network namespace, where it looks for others and lets itself be found.</summary>
    /// <param name="network">The namespace's name.</param>
    /// <param name="folder">As always; so are the others.</param>
    /// <param name="port">Where it listens.</param>
    /// <param name="token">How it joins.</param>
    /// <param name="options">--discover; addresses of peers.</param>
    public static HostedNode In(string network, string folder, int port, string token, params string[] options) =>
        new(["ip", "netns", "exec", network], AppContext.BaseDirectory, folder, port, token, options);

    private HostedNode(string[] before, string host, string folder, int port, string token, params string[] peers)
    {
        (Folder, Port) = (folder, port);
        var dotnet = Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet" ? self : "dotnet";
        string[] command = [.. before, dotnet, Path.Combine(host, "VfsSync.NodeHost.dll"), folder, $"{port}", token, .. peers];
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _errors = KeepErrors();
        new Thread(Listen) { IsBackground = true }.Start();
        var said = Hear(TimeSpan.FromSeconds(60));
        if (said?.StartsWith("READY ", StringComparison.Ordinal) != true)
        {
            Kill();
            throw new IOException($"{folder} did not start: {said} {Errors}");
        }
        Token = said["READY ".Length..];
    }

    public string Folder { get; }

    public string Name => Path.GetFileName(Folder);

    public int Port { get; }

    public string Address => $"127.0.0.1:{Port}";

    public string Token { get; }

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it wrote to its standard error in all its lives.</summary>
    public string Errors => File.Exists(ErrorFile) ? File.ReadAllText(ErrorFile) : "";

    private string ErrorFile => Folder + ".err";

    /// <summary>A port that nobody has now, and that no other caller and no outgoing connection is given later: it lies below those that the system hands out.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = LowestPort + Environment.ProcessId * 37 % (PastPorts - LowestPort) + Interlocked.Increment(ref s_ports);
            if (port >= PastPorts) port -= PastPorts - LowestPort;
            using var probe = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken: the next one.
            }
        }
    }

    /// <summary>What it says of itself; null when it does not answer.</summary>
    public HostedStatus? Status(int seconds = 15)
    {
        // A late answer to an earlier question is not one to this.
        while (_said.TryTake(out _)) { }
        return Tell("status") && Hear(TimeSpan.FromSeconds(seconds)) is { Length: > 0 } line ? JsonSerializer.Deserialize<HostedStatus>(line) : null;
    }

    public IReadOnlyList<string> Events()
    {
        var events = new List<string>();
        if (!Tell("events")) return events;
        while (Hear(TimeSpan.FromSeconds(5)) is { Length: > 0 } line) events.Add(line);
        return events;
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It was dead already.
        }
        _process.WaitForExit();
    }

    /// <summary>Stops it as a user would; kills it when it takes too long.</summary>
    /// <returns>Whether it stopped by itself.</returns>
    public bool Stop()
    {
        if (_process.HasExited) return false;
        _process.StandardInput.Close();
        var stopped = _process.WaitForExit(TimeSpan.FromSeconds(12));
        if (!stopped) Kill();
        return stopped;
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _errors.Wait(TimeSpan.FromSeconds(5));
        _process.Dispose();
    }

    private bool Tell(string line)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
            return true;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return false;
        }
    }

    private string? Hear(TimeSpan patience)
    {
        try
        {
            return _said.TryTake(out var line, patience) ? line : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private void Listen()
    {
        while (_process.StandardOutput.ReadLine() is { } line) _said.Add(line);
        _said.CompleteAdding();
    }

    private async Task KeepErrors()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line) await File.AppendAllTextAsync(ErrorFile, line + "\n");
    }
}
