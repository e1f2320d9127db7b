using System.Text;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.File;

/// <summary>Reads files: lines, one string (-Raw), bytes (-AsByteStream), or into files of the disk (-Destination).</summary>
[Cmdlet(VerbsCommunications.Read, "VfsFile", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
[OutputType(typeof(string), typeof(byte), typeof(byte[]), typeof(FileInfo))]
public sealed class ReadVfsFileCommand : VfsFileCmdlet
{
    private readonly HashSet<string> _copied = [];
    private VersionChoice? _choice;

    /// <summary>Versions as Get-VfsHistory emits them, also those that were denied or set aside; each brings its node along.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "History", ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public VfsHistory[]? History { get; set; }

    /// <summary>The whole content as one string, or, with -AsByteStream, as one byte[].</summary>
    [Parameter]
    public SwitchParameter Raw { get; set; }

    /// <summary>Bytes instead of text.</summary>
    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    /// <summary>That version, as Get-VfsHistory counts them, in place of what the folder shows.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [ArgumentCompleter(typeof(VersionCompleter))]
    public int Version { get; set; }

    /// <summary>What was there at that moment. Not together with -Version.</summary>
    [Parameter]
    [Time]
    [ArgumentCompleter(typeof(MomentCompleter))]
    public DateTimeOffset? At { get; set; }

    /// <summary>A file of the disk to copy to, or a directory of it to copy into. Like any path of the file system it is relative to the current folder.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>With -Destination: emits the file.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Version > 0 && At is not null)
            Require(At, () => throw new CommandException("VfsVersionAmbiguous", ErrorCategory.InvalidArgument, At, "-Version and -At both say which state to read: give one of them."));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ForEachPlace(place => Read(place, VersionOf), IsPast ? NodeGlob.OverHistory() : null);
        foreach (var version in History ?? [])
            Attempt(version, () => Read(new VfsPlace(Chooser.One(Node ?? new NodeChoice(version.Node, version.NodeId)), version.Status.Path), _ => version.Status));
    }

    private bool IsPast => Version > 0 || At is not null;

    private Stream Open(VfsPlace place, VersionStatus? version) =>
        version is not null ? place.Node.Sync.OpenRead(version, Cancellation) : place.Node.Sync.OpenRead(place.Path, Cancellation);

    private VersionStatus? VersionOf(VfsPlace place) => IsPast ? (_choice ??= new VersionChoice(Version, At)).Of(place) : null;

    private void Read(VfsPlace place, Func<VfsPlace, VersionStatus?> versionOf)
    {
        if (Destination is not null)
        {
            Copy(place, versionOf);
            return;
        }
        using var content = Open(place, versionOf(place));
        if (AsByteStream) Bytes(content);
        else if (Raw) WriteObject(Whole(Text(content)));
        else Lines(Text(content));
    }

    private string Whole(StreamReader text)
    {
        var (whole, some) = (new StringBuilder(), new char[64 * 1024]);
        for (int n; (n = text.Read(some)) > 0;)
        {
            Cancellation.ThrowIfCancellationRequested();
            whole.Append(some, 0, n);
        }
        return whole.ToString();
    }

    private void Lines(StreamReader text)
    {
        while (text.ReadLine() is { } line)
        {
            Cancellation.ThrowIfCancellationRequested();
            WriteObject(line);
        }
    }

    private void Bytes(Stream content)
    {
        if (Raw)
        {
            var whole = new MemoryStream();
            var some = new byte[256 * 1024];
            for (int n; (n = content.Read(some)) > 0;)
            {
                Cancellation.ThrowIfCancellationRequested();
                whole.Write(some, 0, n);
            }
            WriteObject(whole.ToArray(), enumerateCollection: false);
            return;
        }
        var buffer = new byte[64 * 1024];
        for (int n; (n = content.Read(buffer)) > 0;)
        {
            Cancellation.ThrowIfCancellationRequested();
            WriteObject(buffer[..n], enumerateCollection: true);
        }
    }

    private void Copy(VfsPlace place, Func<VfsPlace, VersionStatus?> versionOf)
    {
        var target = Target(place);
        if (!ShouldProcess($"{place} to {target}", "Copy")) return;
        var version = versionOf(place);
        using var content = Open(place, version);
        var status = place.Status;
        var size = version?.Entry.Size ?? status?.Size ?? 0;
        var modifiedNs = version?.Entry.ModifiedNs ?? status?.ModifiedNs;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
        _copied.Add(target);
        using (var copy = new FileCopy(target))
        {
            copy.From(content, new LongWork(this, "Reading", place.Path.Text, size), Cancellation);
            copy.Publish(modifiedNs is { } ns ? DateTime.UnixEpoch.AddTicks(ns / TimeSpan.NanosecondsPerTick) : null);
        }
        if (PassThru) WriteObject(new FileInfo(target));
    }

    // As Copy-Item: a directory is named by being one, or by a '/' at its end, and its last part is made.
    private string Target(VfsPlace place)
    {
        var target = SessionState.Path.GetUnresolvedProviderPathFromPSPath(Destination);
        var named = Destination![^1] is '/' or '\\';
        var directory = named || Directory.Exists(target) ? target : System.IO.Path.GetDirectoryName(target)!;
        if (directory == target) target = System.IO.Path.Combine(target, place.Path.Name);
        var parent = named ? System.IO.Path.GetDirectoryName(directory.TrimEnd('/', '\\')) : directory;
        if (parent is not null && !Directory.Exists(parent))
            throw new CommandException("VfsNoSuchFolder", ErrorCategory.ObjectNotFound, Destination, $"There is no folder '{parent}', so '{place.Path}' cannot be copied to '{Destination}'. Create it, or correct the path.");
        if (_copied.Contains(target))
            throw new CommandException("VfsSeveralToOne", ErrorCategory.InvalidArgument, Destination, $"'{target}' has just been written from another file, so '{place.Path}' was not copied. Name a directory (end it with '/'), and one for each place where names are equal.");
        return target;
    }

    private static StreamReader Text(Stream content) => new(content, new UTF8Encoding(false), detectEncodingFromByteOrderMarks: true, bufferSize: 64 * 1024);
}
