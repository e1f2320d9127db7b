using System.Security.Cryptography;
using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>What a cmdlet takes the place of can be brought back in its turn, also what the node had not recorded yet (invariant 1).</summary>
public sealed class RecordedFirstTests : IDisposable
{
    private static readonly EntryPath s_path = EntryPath.Parse("f");

    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void What_a_program_is_still_writing_is_not_restored_over()
    {
        var a = _nodes.Start("a");
        File.WriteAllText(At(a, "f"), "first");
        LookAtAll(a);
        using (var program = new FileStream(At(a, "f"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            program.Write("later, and longer"u8);
            program.Flush();
            Assert.Equal("VfsChangedMeanwhile", Assert.Throws<NodeException>(() => a.Restore(a.History(s_path)[0], default)).Id);
        }
        a.Restore(a.History(s_path)[0], default);
        Assert.Equal("first", File.ReadAllText(At(a, "f")));
        a.Restore(a.History(s_path)[1], default);
        Assert.Equal("later, and longer", File.ReadAllText(At(a, "f")));
    }

    [Fact]
    public void What_was_not_there_then_goes_only_once_it_is_recorded()
    {
        var a = _nodes.Start("a");
        File.WriteAllText(At(a, "f"), "first");
        LookAtAll(a);
        File.Delete(At(a, "f"));
        LookAtAll(a);
        File.WriteAllText(At(a, "f"), "again");
        LookAtAll(a);
        var gone = a.History(s_path)[1];
        Assert.True(gone.Entry.IsAbsent);
        using (var program = new FileStream(At(a, "f"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            program.Write("later, and longer"u8);
            program.Flush();
            Assert.Equal("VfsChangedMeanwhile", Assert.Throws<NodeException>(() => a.Restore(gone, default)).Id);
            Assert.True(File.Exists(At(a, "f")));
        }
        a.Restore(gone, default);
        Assert.False(File.Exists(At(a, "f")));
        a.Restore(a.History(s_path).Last(v => !v.Entry.IsAbsent), default);
        Assert.Equal("later, and longer", File.ReadAllText(At(a, "f")));
    }

    [Fact]
    public void A_long_file_that_was_saved_a_moment_ago_is_recorded_before_it_is_restored_over()
    {
        var a = _nodes.Start("a");
        File.WriteAllText(At(a, "f"), "first");
        LookAtAll(a);
        var saved = RandomNumberGenerator.GetBytes(8 << 20);
        File.WriteAllBytes(At(a, "f"), saved);
        a.Restore(a.History(s_path)[0], default);
        Assert.Equal("first", File.ReadAllText(At(a, "f")));
        VersionStatus Saved() => a.History(s_path).Single(v => v.Entry.Size == saved.Length); // That it was empty while it was being written may have been recorded, too.
        Poll.Until(() => Saved().IsHeld, "what came out is at rest"); // A process that another test starts may hold it open for a moment.
        a.Restore(Saved(), default);
        Assert.Equal(saved, File.ReadAllBytes(At(a, "f")));
    }

    [Fact]
    public async Task What_a_program_opens_the_moment_it_is_written_is_waited_for_and_said_not_to_be_recorded_if_it_stays_open()
    {
        var a = _nodes.Start("a");
        using var stop = new CancellationTokenSource();
        using var write = a.BeginWrite(s_path, append: false);
        write.Write("by the cmdlet"u8);
        var opens = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
                if (File.Exists(At(a, "f"))) return new FileStream(At(a, "f"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            return null;
        });
        var error = Record.Exception(() => write.Commit(default));
        await stop.CancelAsync();
        using (var program = await opens)
            if (error is not null) Assert.Equal("VfsNotRecorded", Assert.IsType<NodeException>(error).Id);
        Poll.Until(() => a.File(s_path) is { Size: 13 }, "it is recorded when it is closed");
    }

    [Fact]
    public void A_symlink_does_not_take_the_place_of_what_is_not_recorded()
    {
        var a = _nodes.Start("a");
        File.CreateSymbolicLink(At(a, "f"), "target");
        LookAtAll(a);
        File.Delete(At(a, "f"));
        File.WriteAllText(At(a, "f"), "a file now");
        a.Restore(a.History(s_path)[0], default);
        Assert.Equal("target", new FileInfo(At(a, "f")).LinkTarget);
        a.Restore(a.History(s_path)[1], default);
        Assert.Equal("a file now", File.ReadAllText(At(a, "f")));
    }

    [Fact]
    public void Nothing_is_appended_to_a_directory_and_a_symlink_gives_way_to_what_is()
    {
        var a = _nodes.Start("a");
        File.CreateSymbolicLink(At(a, "f"), "target");
        using (var write = a.BeginWrite(s_path, append: true))
        {
            write.Write("appended\n"u8);
            write.Commit(default);
        }
        Assert.Equal("appended\n", File.ReadAllText(At(a, "f")));
        Directory.CreateDirectory(At(a, "d"));
        using var none = a.BeginWrite(EntryPath.Parse("d"), append: true);
        Assert.Equal("VfsIsDirectory", Assert.Throws<NodeException>(() => none.Commit(default)).Id);
    }

    [Theory]
    [InlineData("first\n")]
    [InlineData(null)]
    public void What_is_appended_goes_behind_what_stands_there_when_it_is_published(string? before)
    {
        var a = _nodes.Start("a");
        if (before is not null) File.WriteAllText(At(a, "f"), before);
        using var write = a.BeginWrite(s_path, append: true);
        write.Write("appended\n"u8);
        File.AppendAllText(At(a, "f"), "by another\n");
        write.Commit(default);
        Assert.Equal($"{before}by another\nappended\n", File.ReadAllText(At(a, "f")));
    }
}
