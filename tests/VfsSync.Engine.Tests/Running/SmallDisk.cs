using System.Diagnostics;

namespace VfsSync.Engine.Tests.Running;

/// <summary>A file system of its own, a small one (an ext4 image, so that it behaves as a disk does in trouble). Where nothing can be mounted the test is skipped.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _image, _ballast;

    public SmallDisk(int megabytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "needs to mount (root)");
        var home = Directory.CreateTempSubdirectory("vfs-disk-").FullName;
        (_image, Root, _ballast) = (Path.Combine(home, "image"), Path.Combine(home, "disk"), Path.Combine(home, "disk", "ballast"));
        Directory.CreateDirectory(Root);
        using (var image = File.Create(_image)) image.SetLength((long)megabytes << 20);
        Assert.SkipUnless(Try("mkfs.ext4", "-q", "-F", "-O", "^has_journal", "-m", "0", _image) && Try("mount", "-o", "loop", _image, Root), "needs a loop mount");
    }

    public string Root { get; }

    public long Free => new DriveInfo(Root).AvailableFreeSpace;

    /// <summary>Makes a folder on it.</summary>
    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(Root, name)).FullName;

    /// <summary>Something else takes all but so much.</summary>
    public void Fill(long leave)
    {
        using var ballast = File.Create(_ballast);
        var bytes = new byte[64 * 1024];
        try
        {
            while (Free > leave)
            {
                var length = (int)Math.Min(bytes.Length, Math.Max(4096, Free - leave));
                RandomAccess.Write(ballast.SafeFileHandle, bytes.AsSpan(0, length), RandomAccess.GetLength(ballast.SafeFileHandle));
            }
        }
        catch (IOException) when (leave == 0)
        {
            // Now it is full.
        }
    }

    public void FreeSpace() => File.Delete(_ballast);

    /// <summary>What the kernel does with a disk that fails: nothing more is written.</summary>
    public void BecomeReadOnly() => Assert.True(Try("mount", "-o", "remount,abort", Root));

    public void Remount(string options)
    {
        Assert.True(SpinWait.SpinUntil(() => Try("umount", Root), TimeSpan.FromSeconds(10))); // A process that another test starts may hold it for a moment.
        // Another test's mount namespace (`ip netns exec`) may have a copy of the mount for longer, and the file system lives on as it was: a mount would join it, failed as it is.
        Poll.Until(() => !IsAttached, "the disk is free", seconds: 120);
        Assert.True(Try("mount", "-o", "loop," + options, _image, Root));
    }

    private bool IsAttached => Directory.GetDirectories("/sys/block", "loop*").Any(device => BackingFile(Path.Combine(device, "loop", "backing_file")) == _image);

    private static string? BackingFile(string told)
    {
        try
        {
            return File.ReadAllText(told).TrimEnd('\n');
        }
        catch (IOException)
        {
            return null; // Nothing lies behind the device.
        }
    }

    public void Dispose()
    {
        // Whatever still holds it open will let go of it.
        if (!Try("umount", Root)) Try("umount", "-l", Root);
        File.Delete(_image);
        Directory.Delete(Path.GetDirectoryName(_image)!, recursive: true);
    }

    private static bool Try(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
