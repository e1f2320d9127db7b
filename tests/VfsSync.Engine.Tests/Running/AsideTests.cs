using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>A program that holds a file open while it is replaced or removed loses no line (invariant 1).</summary>
public sealed class AsideTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_logger_that_keeps_appending_to_what_was_replaced_loses_no_line(bool removed)
    {
        var (a, b) = _nodes.Pair();
        Directory.CreateDirectory(At(a, "logs"));
        File.WriteAllText(At(a, "logs/app.log"), "first line\n");
        EventuallySame(a, b);
        using (var logger = new StreamWriter(new FileStream(At(b, "logs/app.log"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)))
        {
            if (removed) Directory.Delete(At(a, "logs"), true);
            else
            {
                File.WriteAllText(At(a, "new"), "rotated\n");
                File.Move(At(a, "new"), At(a, "logs/app.log"), overwrite: true);
            }
            EventuallySame(a, b);
            for (var i = 0; i < 10; i++)
            {
                logger.WriteLine($"late line {i}");
                logger.Flush();
                Poll.Pause(50);
            }
        }
        Poll.Until(() => Copies(a).Length == 1 && Copies(b).Length == 1, () => "the late lines come back on both\n" + Story(a, b));
        EventuallySame(a, b);
        Assert.Equal(11, File.ReadAllLines(Copies(a)[0]).Length);
        Assert.EndsWith("late line 9\n", File.ReadAllText(Copies(b)[0]), StringComparison.Ordinal);
        if (!removed) Assert.Equal("rotated\n", File.ReadAllText(At(b, "logs/app.log")));
        Assert.Empty(b.Disk.Aside);
    }

    [Fact]
    public void A_program_that_only_holds_it_open_leaves_nothing_behind()
    {
        var (a, b) = _nodes.Pair();
        File.WriteAllText(At(a, "f"), "first");
        EventuallySame(a, b);
        using (new FileStream(At(b, "f"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            File.WriteAllText(At(a, "f"), "second");
            EventuallySame(a, b);
            Poll.Until(() => b.Disk.Aside.Count == 1, "what was replaced is put aside");
        }
        Poll.Until(() => b.Disk.Aside.Count == 0, "nothing is left aside");
        NoConflicts(a, b);
    }

    private static string[] Copies(SyncNode node) => Directory.GetFiles(node.Root, "app.conflict-*", SearchOption.AllDirectories);
}
