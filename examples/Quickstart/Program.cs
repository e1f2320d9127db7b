using VfsSync.Hosting;

// Without arguments: the quick start. With them: any script, with the module loaded, as `pwsh -File` would run it.
var script = args.Length > 0 ? args[0] : Path.Combine(ModulePath.Root, "examples", "quickstart.ps1");
if (!File.Exists(script))
{
    Console.Error.WriteLine($"There is no script '{script}'. Usage: dotnet run --project examples/Quickstart -- [FILE.ps1 [arguments]]");
    return 64;
}
using var session = new ScriptSession(ScriptUI.Console);
return session.RunFile(script, args.Skip(1));
