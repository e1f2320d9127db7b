using System.Globalization;
using System.Text.Json;
using VfsSync.Engine.Running;
using VfsSync.NodeHost;

// A node in a process of its own, to be killed: NodeHost FOLDER PORT TOKEN|- [--discover] [PEER...]. Says "READY TOKEN"; ends when its input does.
// A line "status" is answered by one line of JSON, "events" by one event a line and an empty line.
var token = args[2] == "-" ? null : args[2];
var options = new NodeOptions { Path = args[0], Name = Path.GetFileName(args[0]), Port = int.Parse(args[1], CultureInfo.InvariantCulture), InvitationToken = token, Peers = [.. args.Skip(3).Except(["--discover"])], Discovers = args.Contains("--discover") };
try
{
    using var node = SyncNode.Start(options, default);
    Console.WriteLine($"READY {(node.Role == "admin" ? node.CreateInvitation("editor", 0, null).Token : "-")}");
    while (Console.In.ReadLine() is { } line)
    {
        switch (line)
        {
            case "status": Console.WriteLine(JsonSerializer.Serialize(HostedStatus.Of(node))); break;
            case "events": Console.WriteLine(string.Concat(node.RecentEvents().Select(e => JsonSerializer.Serialize(e.ToString()) + "\n"))); break;
        }
    }
    return 0;
}
catch (NodeException e)
{
    Console.Error.WriteLine($"{e.Id}: {e.Message}");
    return 1;
}
