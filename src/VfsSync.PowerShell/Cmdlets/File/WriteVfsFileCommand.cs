using VfsSync.Core.Tree;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.File;

/// <summary>
/// Writes a file as Set-Content does. It is published whole when the pipeline has ended well; a pipeline that throws or is stopped leaves the old one.
/// </summary>
[Cmdlet(VerbsCommunications.Write, "VfsFile", SupportsShouldProcess = true)]
[OutputType(typeof(VfsFile))]
public sealed class WriteVfsFileCommand : VfsCmdlet
{
    private readonly List<(VfsPlace To, Source From)> _copies = [];
    private VfsPlace? _place;
    private TextWrite? _text;
    private bool _failed;

    /// <summary>The file, literally. A bare path is taken from the node's root. With a FileInfo as value it may be a directory, or end with '/'.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ArgumentCompleter(typeof(LiteralFileCompleter))]
    [Alias("LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Text (a line each), bytes (as they are), or files whose content is copied: FileInfo and VfsFile.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public object? Value { get; set; }

    /// <summary>Adds to what is there.</summary>
    [Parameter]
    public SwitchParameter Append { get; set; }

    /// <summary>No line feed after each text.</summary>
    [Parameter]
    public SwitchParameter NoNewline { get; set; }

    /// <summary>The node of this session. By default the one whose folder contains the current one, else the only one, else the first started.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNull]
    public NodeChoice? Node { get; set; }

    /// <summary>Emits what was written.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => Require(Path, () =>
    {
        _place = new VfsPathResolver(Chooser, Node, SessionState).Literal(Path);
    });

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_failed) return;
        Require(Path, () => Take(Value));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Stopping || _failed) return;
        if (_text is { } text)
            Attempt(Path, () =>
            {
                if (ShouldProcess(_place!.ToString(), Append ? "Append to file" : "Write file")) Show(_place, text.Commit(Cancellation));
            });
        foreach (var (to, from) in _copies)
        {
            if (Stopping) return;
            Attempt(to.Path.Text, () => Copy(to, from));
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _text?.Dispose();
        base.Dispose(disposing);
    }

    // Like Set-Content it takes apart what it is given and, one level down, what is in that; whatever is deeper is its own text.
    private void Take(object? given, int depth = 0)
    {
        var value = given is PSObject wrapped ? wrapped.BaseObject : given;
        switch (value)
        {
            case FileSystemInfo or VfsFile:
                Attempt(value, () => Plan(Source.Of(value)));
                break;
            case byte[] bytes:
                Text().Write(bytes);
                break;
            case byte one:
                Text().Write([one]);
                break;
            case null:
                Text();
                break;
            case not string when depth < 2 && LanguagePrimitives.GetEnumerable(value) is { } several:
                if (value is System.Collections.ICollection { Count: 0 }) Text();
                foreach (var each in several) Take(each, depth + 1);
                break;
            default:
                Text().Write(given!.ToString() ?? "");
                break;
        }
    }

    private TextWrite Text()
    {
        if (_text is not null) return _text;
        if (_copies.Count > 0) throw Mixed();
        if (_place!.IsDirectory)
            throw new CommandException("VfsIsDirectory", ErrorCategory.InvalidArgument, Path, $"'{Path}' is a directory: name a file in it. (Only files, as from Get-ChildItem, can be written into a directory.)");
        return _text = new TextWrite(_place, Append, NoNewline);
    }

    // Files are copied when all have come, so that a pipeline that throws changes nothing.
    private void Plan(Source from)
    {
        if (_text is not null)
        {
            _failed = true;
            throw Mixed();
        }
        if (_place!.IsDirectory)
        {
            var to = new VfsPlace(_place.Node, _place.Path.Child(from.Name));
            if (_copies.Exists(c => c.To.Path == to.Path))
            {
                _failed = true;
                throw new CommandException("VfsSeveralToOne", ErrorCategory.InvalidArgument, from.Origin, $"Two of the files are named '{from.Name}', and one would take the place of the other in '{Path}': nothing was written. Write them into directories of their own.");
            }
            _copies.Add((to, from));
        }
        else if (_copies.Count > 0 && !Append)
        {
            _failed = true;
            _copies.Clear();
            throw new CommandException("VfsSeveralToOne", ErrorCategory.InvalidArgument, Path, $"Several files cannot be written to the one file '{Path}': nothing was written. End the path with '/' to write them into a directory, or use -Append to join them.");
        }
        else _copies.Add((_place, from));
    }

    private void Copy(VfsPlace to, Source from)
    {
        if (!ShouldProcess(to.ToString(), $"Write file from {from.Origin}")) return;
        using var content = from.Open(Cancellation);
        using var write = to.Node.Sync.BeginWrite(to.Path, Append);
        using (var progress = new LongWork(this, "Writing", to.Path.Text, from.Size)) FileCopy.Pour(content, bytes => write.Write(bytes), progress, Cancellation);
        Show(to, write.Commit(Cancellation));
    }

    private void Show(VfsPlace at, VfsSync.Engine.Running.FileStatus written)
    {
        if (PassThru) WriteObject(VfsFile.Of(at.Node, written));
    }

    private static CommandException Mixed() => new("VfsMixedInput", ErrorCategory.InvalidArgument, null, "Text or bytes and files came in one pipeline: write them by separate calls.");
}
