using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Runtime.InteropServices;
using Script = System.Management.Automation.PowerShell;

namespace VfsSync.Hosting;

/// <summary>A runspace with the module in it, that runs scripts as `pwsh -File` does.</summary>
public sealed class ScriptSession : IDisposable
{
    private readonly ScriptHost _host;
    private readonly ScriptUI _ui;

    /// <param name="ui">Where it reads and writes.</param>
    public ScriptSession(ScriptUI ui)
    {
        _ui = ui;
        _host = new ScriptHost(ui);
        var state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows()) state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        Runspace = RunspaceFactory.CreateRunspace(_host, state);
        Runspace.Open();
        using var import = Script.Create(Runspace);
        import.AddCommand("Import-Module").AddParameter("Name", ModulePath.Manifest).AddParameter("ErrorAction", ActionPreference.Stop).Invoke();
    }

    /// <summary>The runspace.</summary>
    public Runspace Runspace { get; }

    /// <summary>Runs a script file and prints what comes out of it.</summary>
    /// <returns>What it gave to `exit`; 1 after an error that nothing caught, or when its last statement failed; else 0.</returns>
    public int RunFile(string path, IEnumerable<string> arguments)
    {
        var ast = Parser.ParseFile(Path.GetFullPath(path), out _, out var errors);
        if (errors.Length > 0) return Report(new ParseException(errors));
        using var script = Script.Create(Runspace);
        // A block (not the file) so that `exit` comes through to the host; it still knows its $PSScriptRoot.
        Runspace.SessionStateProxy.SetVariable("VfsSyncScript", ast.GetScriptBlock());
        script.AddScript(". $VfsSyncScript " + string.Join(' ', arguments.Select(Quoted)));
        return Run(script);
    }

    /// <summary>Runs a script given as text, likewise.</summary>
    public int RunText(string text)
    {
        using var script = Script.Create(Runspace);
        script.AddScript(text);
        return Run(script);
    }

    /// <inheritdoc/>
    public void Dispose() => Runspace.Dispose();

    private int Run(Script script)
    {
        script.Commands.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        script.AddCommand("Out-Default");
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = true;
            script.BeginStop(null, null);
        });
        try
        {
            script.Invoke();
        }
        catch (PipelineStoppedException)
        {
            // Ctrl+C: what the script did before it counts, as in pwsh.
        }
        catch (RuntimeException e)
        {
            return Report(e);
        }
        return _host.ExitCode ?? (LastSucceeded() ? 0 : 1);
    }

    private bool LastSucceeded()
    {
        using var ask = Script.Create(Runspace);
        return ask.AddScript("$global:?").Invoke<bool>().All(ok => ok);
    }

    private int Report(RuntimeException e)
    {
        using var show = Script.Create(Runspace);
        _ui.AllToErrors = true;
        show.AddCommand("Out-Default").AddParameter("InputObject", e.ErrorRecord).Invoke();
        _ui.AllToErrors = false;
        return _host.ExitCode ?? 1;
    }

    // What looks like a parameter's name is one, as on pwsh's own command line.
    private static string Quoted(string argument) =>
        argument is ['-', var first, ..] && char.IsLetter(first) && argument.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or ':' or '$') ? argument : $"'{argument.Replace("'", "''", StringComparison.Ordinal)}'";
}
