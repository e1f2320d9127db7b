using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using VfsSync.Core.Content;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;

namespace VfsSync.Engine.Tests.Disk;

/// <summary>What every working folder promises. The user's side is played through a small door that each back opens.</summary>
public abstract partial class WorkingFolderContract : IDisposable
{
    private protected const long LongAgo = 1_700_000_000_123_456_700;

    private protected abstract IWorkingFolder Folder { get; }

    /// <summary>Whether mode bits and symlinks mean something here.</summary>
    private protected virtual bool HasModes => true;

    private protected abstract void UserWrites(string path, string text);

    private protected abstract string? UserReads(string path);

    private protected abstract void UserMakesDirectory(string path);

    private protected abstract void UserMakesSymlink(string path, string target);

    private protected abstract void UserDeletes(string path);

    private protected abstract void UserRenames(string from, string to);

    // A process that another test starts has all that is open here open as well, for a moment.
    private protected AsideFile SweptOne()
    {
        IReadOnlyList<AsideFile> swept = [];
        SpinWait.SpinUntil(() => (swept = Sweep()).Count == 1, TimeSpan.FromSeconds(10));
        return Assert.Single(swept);
    }

    private protected IReadOnlyList<AsideFile> Sweep() => Folder.SweepAside(content =>
    {
        var bytes = new byte[content.Stamp().Size];
        return Content(Encoding.UTF8.GetString(bytes.AsSpan(0, content.Read(bytes, 0))));
    });

    /// <summary>A content as an index knows it.</summary>
    private protected static Manifest Content(string text)
    {
        var builder = new ManifestBuilder();
        builder.Add(new ChunkRef(new ChunkId(new Hash256(SHA256.HashData(Encoding.UTF8.GetBytes(text)))), Encoding.UTF8.GetByteCount(text)));
        return builder.Build(_ => throw new UnreachableException());
    }

    [Fact]
    public void Nothing_there_is_an_answer()
    {
        Assert.Equal(default, Folder.Look(At("nowhere")));
        Assert.Equal(default, Folder.Look(At("no/where")));
        UserWrites("file", "x");
        Assert.Equal(default, Folder.Look(At("file/below a file")));
    }

    [Fact]
    public void A_look_tells_kind_size_and_time()
    {
        UserWrites("dir/file", "12345");
        UserMakesSymlink("link", "dir/file");
        Assert.Equal(EntryKind.Directory, Folder.Look(At("dir")).Kind);
        Assert.Equal(EntryKind.Symlink, Folder.Look(At("link")).Kind);
        var file = Folder.Look(At("dir/file"));
        Assert.Equal((EntryKind.File, 5L), (file.Kind, file.Stamp.Size));
        Assert.Equal(EntryKind.Directory, Folder.Look(EntryPath.Root).Kind);
        Assert.Equal("dir/file", Folder.ReadSymlink(At("link")));
    }

    [Fact]
    public void A_listing_shows_what_is_directly_inside_and_never_the_nodes_own_folder()
    {
        UserWrites("a", "1");
        UserWrites("b/c", "2");
        UserMakesSymlink("l", "nowhere");
        using (Folder.Stage(0))
        {
            Assert.Equal(["a", "b", "l"], Folder.List(EntryPath.Root).Entries.Select(e => e.Path.Text).Order(StringComparer.Ordinal));
        }
        var (path, sighting) = Assert.Single(Folder.List(At("b")).Entries);
        Assert.Equal(At("b/c"), path);
        Assert.True(sighting.Stamp.SameAs(Folder.Look(At("b/c")).Stamp));
        Assert.Empty(Folder.List(At("b")).Problems);
    }

    [Fact]
    public void Listing_or_reading_what_is_not_there_is_a_problem()
    {
        UserWrites("file", "x");
        UserMakesDirectory("dir");
        Assert.Throws<DiskProblemException>(() => Folder.List(At("nowhere")));
        Assert.Throws<DiskProblemException>(() => Folder.List(At("file")));
        Assert.Throws<DiskProblemException>(() => Folder.OpenRead(At("nowhere")));
        Assert.Throws<DiskProblemException>(() => Folder.OpenRead(At("dir")));
        Assert.Throws<DiskProblemException>(() => Folder.ReadSymlink(At("file")));
    }

    [Fact]
    public void A_file_is_read_at_any_offset_with_the_stamp_of_what_is_open()
    {
        UserWrites("file", "0123456789");
        using var file = Folder.OpenRead(At("file"));
        var buffer = new byte[4];
        Assert.Equal(4, file.Read(buffer, 3));
        Assert.Equal("3456", Encoding.UTF8.GetString(buffer));
        Assert.Equal(2, file.Read(buffer, 8));
        Assert.Equal(0, file.Read(buffer, 10));
        Assert.True(file.Stamp().SameAs(Folder.Look(At("file")).Stamp));
    }

    [Fact]
    public void A_symlink_is_never_read_through()
    {
        UserWrites("dir/file", "x");
        UserMakesSymlink("link", "dir/file");
        UserMakesSymlink("way", "dir");
        Assert.Throws<DiskProblemException>(() => Folder.OpenRead(At("link")));
        Assert.Throws<DiskProblemException>(() => Folder.OpenRead(At("way/file")));
        Assert.Throws<DiskProblemException>(() => Folder.List(At("way")));
        Assert.Equal(default, Folder.Look(At("way/file")));
        Assert.Equal(PutResult.Surprise, Put("way/new", "x", null).Result);
        Assert.Null(UserReads("dir/new"));
    }

    [Fact]
    public void The_root_is_there_and_has_an_identity()
    {
        Assert.True(Folder.RootIsThere());
        Assert.NotEmpty(Folder.Identity);
    }

    [Fact]
    public void The_watcher_hints_at_what_the_user_does()
    {
        using var hints = new HintLog(Folder);
        UserWrites("file", "x");
        hints.Await(At("file"), HintKind.Changed);
        UserWrites("dir/sub/file", "x");
        hints.AwaitAtOrAbove(At("dir/sub/file"));
        UserRenames("file", "other");
        hints.Await(At("file"), HintKind.Changed);
        hints.Await(At("other"), HintKind.Changed);
        UserDeletes("other");
        hints.Await(At("other"), HintKind.Changed);
    }

    [Fact]
    public void The_watcher_follows_a_renamed_directory()
    {
        UserWrites("dir/sub/file", "x");
        using var hints = new HintLog(Folder);
        UserRenames("dir", "new");
        hints.Await(At("new"), HintKind.NewTree);
        hints.Clear();
        UserWrites("new/sub/file", "longer");
        hints.Await(At("new/sub/file"), HintKind.Changed);
    }

    private protected static EntryPath At(string path) => EntryPath.Parse(path);

    // As the index has it once the file was read again.
    private protected FileStamp Stamp(string path) => Folder.Look(At(path)).Stamp with { Unsure = false };

    private protected static Entry FileEntry(string text, int mode = 0x1A4) => Entry.File(new Manifest(text.Length, 0, []), LongAgo, mode);

    private protected PutOutcome Put(string path, string text, Expected? expected, int mode = 0x1A4)
    {
        using var staged = Folder.Stage(text.Length);
        staged.Write(Encoding.UTF8.GetBytes(text), 0);
        staged.Flush(FileEntry(text, mode));
        return Folder.PutFile(At(path), staged, FileEntry(text, mode), expected);
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => Folder.Dispose();
}
