using System.Management.Automation.Language;
using System.Text;

namespace VfsSync.PowerShell.Running;

/// <summary>
/// A script block for another runspace: its text, and the <c>$using:</c> values as they were. The caller's ScriptBlock itself would go back to the caller's
/// session when invoked.
/// </summary>
/// <param name="Text">The script, with each <c>$using:</c> expression replaced by a variable.</param>
/// <param name="Values">Those variables.</param>
internal sealed record Hook(string Text, IReadOnlyDictionary<string, object?> Values)
{
    /// <summary>How long a hook may take before it is given up.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one that runs while its node is stopped may take to end.</summary>
    public static TimeSpan LastCall { get; } = TimeSpan.FromSeconds(2);

    /// <summary>How long its pipeline may take to stop: it stops between two statements.</summary>
    public static TimeSpan Stopping { get; } = TimeSpan.FromSeconds(1);

    /// <param name="block">The caller's block.</param>
    /// <param name="valueOf">Gives the value of a variable of the caller.</param>
    public static Hook Of(ScriptBlock block, Func<string, object?> valueOf)
    {
        var (start, text) = (block.Ast.Extent.StartOffset, new StringBuilder(block.Ast.Extent.Text));
        var values = new Dictionary<string, object?>();
        var uses = block.Ast.FindAll(ast => ast is UsingExpressionAst, searchNestedScriptBlocks: true).Cast<UsingExpressionAst>();
        foreach (var use in uses.OrderByDescending(u => u.Extent.StartOffset))
        {
            // `$using:a.b` is a use of `a.b`: its variable is what is replaced.
            var variable = (VariableExpressionAst)use.Find(ast => ast is VariableExpressionAst, searchNestedScriptBlocks: false);
            var name = "vfsUsing" + values.Count;
            values[name] = valueOf(variable.VariablePath.UserPath);
            text.Remove(variable.Extent.StartOffset - start, variable.Extent.Text.Length).Insert(variable.Extent.StartOffset - start, $"${{{name}}}");
        }
        return new Hook(Unbraced(text.ToString()), values);
    }

    private static string Unbraced(string text)
    {
        var trimmed = text.Trim();
        return trimmed is ['{', .., '}'] ? trimmed[1..^1] : trimmed;
    }
}
