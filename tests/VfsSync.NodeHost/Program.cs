using System.Globalization;
using VfsSync.Engine.Running;

// A node in a process of its own, to be killed: NodeHost FOLDER PORT TOKEN|- [PEER...]. Says "READY TOKEN"; ends when its input does.
var token = args[2] == "-" ? null : args[2];
using var node = SyncNode.Start(new NodeOptions { Path = args[0], Port = int.Parse(args[1], CultureInfo.InvariantCulture), InvitationToken = token, Peers = [.. args[3..]] }, default);
Console.WriteLine($"READY {(node.Role == "admin" ? node.CreateInvitation("editor", 0, null).Token : "-")}");
while (Console.In.Read() >= 0) { }
