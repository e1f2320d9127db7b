using System.Management.Automation;
using VfsSync.Help;
using VfsSync.Hosting;

// vfssync-help PAGES OUTPUT: turns docs/cmdlets/*.md into the MAML and about topics that Get-Help reads.
var (pages, output) = (args[0], args[1]);
using var session = new ScriptSession(ScriptUI.Console);
using var shell = PowerShell.Create(session.Runspace);
var commands = shell.AddCommand("Get-Command").AddParameter("Module", "VfsSync").Invoke<CmdletInfo>();
List<string> faults = [];
List<(CmdletInfo, HelpPage)> helped = [];
foreach (var command in commands)
{
    var file = Path.Combine(pages, command.Name + ".md");
    if (!File.Exists(file))
    {
        faults.Add($"{file}: error VFSHELP: {command.Name} has no page.");
        continue;
    }
    var page = HelpPage.Read(file);
    faults.AddRange(page.FaultsFor(command).Select(fault => $"{file}: error VFSHELP: {fault}"));
    helped.Add((command, page));
}
faults.ForEach(Console.Error.WriteLine);
if (faults.Count > 0) return 1;
Directory.CreateDirectory(output);
Maml.Document(helped).Save(Path.Combine(output, "VfsSync.PowerShell.dll-Help.xml"));
foreach (var about in Directory.EnumerateFiles(pages, "about_*.md"))
    File.WriteAllText(Path.Combine(output, Path.GetFileNameWithoutExtension(about) + ".help.txt"), AboutTopic.Text(File.ReadAllLines(about)));
return 0;
