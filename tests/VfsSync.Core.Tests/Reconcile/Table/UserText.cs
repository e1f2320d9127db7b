using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>
/// What a user does, as text. <c>a=2</c> writes a file (in place, if it is there), <c>a:=2</c> a new one over it, <c>a+=3</c> appends; <c>d/</c>, <c>l->x</c>, <c>rm a</c>, <c>mv a b</c>,
/// <c>swap a b</c>, <c>chmod a 600</c>, <c>touch a</c>. What stands between commas is seen by one look at the disk; a semicolon parts what is seen by two.
/// <c>lose a</c>, as a look of its own, is no deed of the user's: what was just recorded is gone before another node had it.
/// </summary>
internal static class UserText
{
    public static IEnumerable<string> Looks(string text) => text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public static void Do(string look, ModelDisk disk)
    {
        foreach (var deed in look.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)) Deed(deed, disk);
    }

    private static void Deed(string deed, ModelDisk disk)
    {
        EntryPath Path(string text) => PathOf(text, disk);
        switch (deed.Split(' '))
        {
            case ["rm", var path]: disk.Remove(Path(path)); break;
            case ["mv", var from, var to]: disk.Move(Path(from), Path(to)); break;
            case ["swap", var one, var other]:
                disk.Move(Path(one), Samples.Path("put-by"));
                disk.Move(Path(other), Path(one));
                disk.Move(Samples.Path("put-by"), Path(other));
                break;
            case ["chmod", var path, var mode]: disk.SetMode(Path(path), Convert.ToInt32(mode, 8)); break;
            case ["touch", var path]: disk.Touch(Path(path)); break;
            case [var made]: Make(made, disk); break;
            default: throw new FormatException($"'{deed}' is nothing that a user does here.");
        }
    }

    private static void Make(string made, ModelDisk disk)
    {
        EntryPath Path(string text) => PathOf(text, disk);
        if (made.EndsWith('/')) disk.MakeDirectory(Path(made[..^1]));
        else if (made.Split("->") is [var link, var target]) disk.Link(Path(link), target);
        else if (made.Split(":=") is [var over, var text]) disk.Replace(Path(over), text);
        else if (made.Split("+=") is [var longer, var more]) disk.Write(Path(longer), TextAt(longer, disk) + more);
        else if (made.Split('=') is [var path, var content]) disk.Write(Path(path), content);
        else throw new FormatException($"'{made}' is nothing that can be made.");
    }

    private static string TextAt(string path, ModelDisk disk)
    {
        var shown = TreeText.Of([new(PathOf(path, disk), disk.At(PathOf(path, disk)))]);
        return shown[(shown.IndexOf('=', StringComparison.Ordinal) + 1)..].Split(':', '~')[0];
    }

    // A copy has one name on all disks, but a row cannot know it.
    private static EntryPath PathOf(string text, ModelDisk disk)
    {
        if (!text.Contains('!', StringComparison.Ordinal)) return Samples.Path(text);
        return disk.Things.Keys.Single(p => TreeText.Short(p.Text) == text);
    }
}
