using VfsSync.Engine.Disk;
using VfsSync.Engine.Disk.Linux;

namespace VfsSync.Engine.Tests.Disk;

public sealed partial class LinuxFolderTests : WorkingFolderContract
{
    private readonly OnDisk _disk = new();
    private readonly LinuxFolder _folder;

    public LinuxFolderTests()
    {
        Assert.SkipUnless(Libc.IsSupported, "This is not Linux.");
        _folder = new LinuxFolder(_disk.Root);
    }

    private protected override IWorkingFolder Folder => _folder;

    private protected override void UserWrites(string path, string text) => _disk.Write(path, text);

    private protected override string? UserReads(string path) => _disk.Read(path);

    private protected override void UserMakesDirectory(string path) => Directory.CreateDirectory(_disk[path]);

    private protected override void UserMakesSymlink(string path, string target) => File.CreateSymbolicLink(_disk[path], target);

    private protected override void UserDeletes(string path) => _disk.Delete(path);

    private protected override void UserRenames(string from, string to) => _disk.Rename(from, to);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _disk.Dispose();
    }
}
