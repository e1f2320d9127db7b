using System.Collections.ObjectModel;
using System.Management.Automation.Runspaces;
using VfsSync.Hosting;
using Script = System.Management.Automation.PowerShell;

namespace VfsSync.ShellTests.Hosted;

/// <summary>A session as a user has it: the module imported, and stand-ins for the cmdlets that the bare engine lacks.</summary>
public sealed class Shell : IDisposable
{
    private readonly ScriptSession _session;
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    public Shell(int width = 100, bool colours = false)
    {
        _session = new ScriptSession(new ScriptUI(TextReader.Null, _output, _errors, colours, progress: false, width));
        // The clusters of tests have the shape that each test gives them: whoever is on the same network is not to join in.
        Run("$global:PSDefaultParameterValues['Start-VfsNode:NoDiscovery'] = $true");
        Run("Import-Module -Assembly $args[0]", typeof(SelectObjectCommand).Assembly);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "StandIns"), "*.ps1").Order()) Run($". '{file}'");
    }

    public Runspace Runspace => _session.Runspace;

    /// <summary>Errors of the last <see cref="Try"/>.</summary>
    public Collection<ErrorRecord> Errors { get; private set; } = [];

    /// <summary>What comes out of a script; any error is the test's failure.</summary>
    public Collection<PSObject> Run(string script, params object?[] arguments)
    {
        var output = Try(script, arguments);
        Assert.True(Errors.Count == 0, string.Join(Environment.NewLine, Errors.Select(e => $"{e.FullyQualifiedErrorId}: {e}")));
        return output;
    }

    /// <summary>The one thing that comes out.</summary>
    public T One<T>(string script, params object?[] arguments) => (T)LanguagePrimitives.ConvertTo(Assert.Single(Run(script, arguments)), typeof(T), null);

    /// <summary>What comes out, errors aside in <see cref="Errors"/>.</summary>
    public Collection<PSObject> Try(string script, params object?[] arguments)
    {
        using var ps = Script.Create(Runspace);
        ps.AddScript(script);
        foreach (var argument in arguments) ps.AddArgument(argument);
        try
        {
            return ps.Invoke();
        }
        catch (RuntimeException e)
        {
            ps.Streams.Error.Add(e.ErrorRecord);
            return [];
        }
        finally
        {
            Errors = [.. ps.Streams.Error];
        }
    }

    /// <summary>The error id that a script ends with.</summary>
    public string ErrorOf(string script, params object?[] arguments)
    {
        Try(script, arguments);
        return Assert.Single(Errors).FullyQualifiedErrorId.Split(',')[0];
    }

    /// <summary>What a user sees on the screen.</summary>
    public string Screen(string script)
    {
        _output.GetStringBuilder().Clear();
        _errors.GetStringBuilder().Clear();
        ExitCode = _session.RunText(script);
        return _output.ToString();
    }

    public int ExitCode { get; private set; }

    public string ScreenErrors => _errors.ToString();

    public IEnumerable<string> Completions(string line) => CommandCompletion.MapStringInputToParsedInput(line, line.Length) is var (ast, tokens, position)
        ? Complete(ast, tokens, position) : [];

    public void Dispose() => _session.Dispose();

    private List<string> Complete(System.Management.Automation.Language.Ast ast, System.Management.Automation.Language.Token[] tokens, System.Management.Automation.Language.IScriptPosition position)
    {
        using var ps = Script.Create(Runspace);
        return [.. CommandCompletion.CompleteInput(ast, tokens, position, null, ps).CompletionMatches.Select(m => m.CompletionText)];
    }
}
