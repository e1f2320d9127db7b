namespace VfsSync.Soak;

/// <summary>One user at one folder: what they do next is chance's choice, by the seed and what they see.</summary>
internal sealed class SoakUser(UserFolder folder, SoakOptions options, Random random)
{
    private static readonly string[] _names = ["f1", "g", "h.txt", "ü x", "q\"t'", "party 🎉", "a,b;c", ".hidden", "-dash", "new\nline"];

    private readonly string _own = UserFolder.Private + Path.GetFileName(folder.Root) + "-";
    private int _owned;

    /// <summary>Operations begun so far.</summary>
    public int Operations { get; private set; }

    public void Work(CancellationToken until)
    {
        while (!until.IsCancellationRequested)
        {
            Once();
            until.WaitHandle.WaitOne(Pause());
        }
    }

    public void Once()
    {
        Operations++;
        UserFolder.Try(Act);
    }

    private int Pause() => options.Slow ? random.Next(20, 300) : random.Next(10) switch { < 4 => 0, < 7 => 1, < 9 => 10, _ => 50 };

    private void Act()
    {
        var (directories, all) = folder.List();
        var files = all.Where(f => !Path.GetFileName(f).StartsWith(UserFolder.Private, StringComparison.Ordinal)).ToList();
        var own = all.Where(f => Path.GetFileName(f).StartsWith(_own, StringComparison.Ordinal) && !f.Contains(".conflict-", StringComparison.Ordinal)).ToList();
        string In(string name) => Path.Combine(Any(directories), name);
        switch (random.Next(100))
        {
            case < 8: folder.Create(In($"{_own}{_owned++}")); break;
            case < 14 when own.Count > 0: ChangeOwn(Any(own)); break;
            case < 32: folder.Create(In(Name())); break;
            case < 36: folder.MakeDirectory(In($"d{random.Next(6)}")); break;
            case < 38: folder.Link(In($"l{random.Next(10)}")); break;
            case < 40: Deep(directories); break;
            case < 56 when directories.Count > 1: OnDirectory(directories); break;
            case var _ when files.Count > 0: OnFile(Any(files), In); break;
            default: folder.Create(In(Name())); break;
        }
    }

    private void OnFile(string file, Func<string, string> within)
    {
        switch (random.Next(44))
        {
            case < 7: folder.Append(file); break;
            case < 11: folder.Rewrite(file); break;
            case < 13: folder.Truncate(file); break;
            case < 16: folder.Patch(file); break;
            case < 21: folder.Save(file); break;
            case < 27: folder.Delete(file); break;
            case < 31: folder.Rename(file, within(Path.GetFileName(file))); break;
            case < 35: folder.Rename(file, within($"m{random.Next(30)}")); break;
            case < 37: folder.Copy(file, within(Name())); break;
            case < 39: folder.SetMode(file, random.Next(2) == 0 ? (UnixFileMode)0b111_101_101 : (UnixFileMode)0b110_100_100); break;
            case < 41: folder.Touch(file); break;
            default: folder.FileToDirectory(file); break;
        }
    }

    private void ChangeOwn(string file)
    {
        switch (random.Next(6))
        {
            case 0: folder.Append(file); break;
            case 1: folder.Rewrite(file); break;
            case 2: folder.Save(file); break;
            case 3: folder.Patch(file); break;
            case 4: folder.SetMode(file, (UnixFileMode)0b110_000_000); break;
            default: folder.Rename(file, Path.Combine(Path.GetDirectoryName(file)!, $"{_own}{_owned++}")); break;
        }
    }

    private void OnDirectory(List<string> directories)
    {
        var directory = directories[random.Next(1, directories.Count)];
        switch (random.Next(16))
        {
            case < 3: folder.RemoveTree(directory); break;
            case < 4: folder.DirectoryToFile(directory); break;
            case < 6: folder.SetMode(directory, random.Next(2) == 0 ? (UnixFileMode)0b111_101_101 : (UnixFileMode)0b111_000_000); break;
            case < 9: folder.Create(Path.Combine(directory, Name())); break;
            default: if (options.DirectoryRenames) RenameDirectory(directory, directories); break;
        }
    }

    private void RenameDirectory(string directory, List<string> directories)
    {
        var to = Path.Combine(Any(directories), $"r{random.Next(9)}");
        if (!to.StartsWith(directory, StringComparison.Ordinal)) folder.Rename(directory, to);
    }

    private void Deep(List<string> directories)
    {
        var directory = Path.Combine(Any(directories), $"d{random.Next(6)}", $"e{random.Next(3)}", $"f{random.Next(3)}");
        if (directory.Length > folder.Root.Length + 200) return;
        folder.MakeDirectory(directory);
        folder.Create(Path.Combine(directory, Name()));
    }

    private string Name() => $"{_names[random.Next(_names.Length)]}{random.Next(6)}";

    private string Any(List<string> of) => of[random.Next(of.Count)];
}
