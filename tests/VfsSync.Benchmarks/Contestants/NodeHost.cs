using System.Globalization;
using VfsSync.Core.Crypto;
using VfsSync.Engine.Running;

namespace VfsSync.Benchmarks.Contestants;

/// <summary>The child process: one node, until its standard input is closed. Says READY and an invitation, then CONNECTED.</summary>
internal static class NodeHost
{
    /// <param name="folder">The node's folder.</param>
    /// <param name="port">0: any.</param>
    /// <param name="token">An invitation; "-": found a cluster.</param>
    public static int Run(string folder, string port, string token)
    {
        var invitation = token == "-" ? null : token;
        var options = new NodeOptions { Path = folder, Port = int.Parse(port, CultureInfo.InvariantCulture), InvitationToken = invitation };
        using var node = SyncNode.Start(options, CancellationToken.None);
        Console.WriteLine($"READY {(invitation is null ? node.CreateInvitation(Memberships.Admin, 1, TimeSpan.FromHours(1)).Token : "-")}");
        if (invitation is not null)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            node.WaitConnectedAsync(null, patience.Token).GetAwaiter().GetResult();
            Console.WriteLine("CONNECTED");
        }
        while (Console.In.ReadLine() is { } line) Answer(node, line);
        return 0;
    }

    private static void Answer(SyncNode node, string line)
    {
        if (line == "events")
            foreach (var happened in node.RecentEvents()) Console.Error.WriteLine(happened);
        foreach (var problem in node.Problems()) Console.Error.WriteLine(problem);
        if (node.HaltReason is { } reason) Console.Error.WriteLine(reason);
    }
}
