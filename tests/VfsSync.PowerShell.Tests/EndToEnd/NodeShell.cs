using System.Runtime.CompilerServices;
using VfsSync.ShellTests.Hosted;

namespace VfsSync.ShellTests.EndToEnd;

/// <summary>Tests with nodes: they belong to the process, so these tests run one after another, each with none to begin with.</summary>
[Collection("Nodes")]
[Trait("Needs", "Engine")]
public abstract class NodeShell : IDisposable
{
    protected NodeShell()
    {
        Folder = Directory.CreateTempSubdirectory("vfssync-posh-").FullName;
        Shell = new Shell();
        Shell.Run("param($folder) Set-Location $folder", Folder);
    }

    protected string Folder { get; }

    protected Shell Shell { get; }

    public virtual void Dispose()
    {
        Shell.Try("Stop-VfsNode *");
        Shell.Dispose();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Waits until a script says true.</summary>
    protected void Eventually(string script) => Until(() => Holds(script), script);

    // What cannot be read in this moment does not hold yet.
    private bool Holds(string script)
    {
        try
        {
            return Shell.One<bool>(script);
        }
        catch (Xunit.Sdk.XunitException)
        {
            return false;
        }
    }

    /// <summary>Waits until something is so.</summary>
    protected static void Until(Func<bool> isSo, [CallerArgumentExpression(nameof(isSo))] string what = "")
    {
        for (var until = DateTime.UtcNow.AddSeconds(60); DateTime.UtcNow < until; Thread.Sleep(50))
            if (isSo()) return;
        Assert.Fail($"Never came true: {what}");
    }

    /// <summary>Starts node `a` on ./a.</summary>
    protected void StartOne() => Shell.Run("$a = Start-VfsNode ./a -Name a -Port 0");

    /// <summary>Starts `a`, and `b` on ./b by invitation, and waits until they are connected.</summary>
    protected void StartTwo() => Shell.Run("""
        $a = Start-VfsNode ./a -Name a -Port 0
        $b = Start-VfsNode ./b -Name b -Port 0 -Invitation (New-VfsInvitation -Node a)
        $a, $b | Wait-VfsNode -Connected -Timeout 30 | Out-Null
        """);
}

[CollectionDefinition("Nodes", DisableParallelization = true)]
public sealed class Nodes;
