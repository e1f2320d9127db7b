using System.IO.MemoryMappedFiles;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Disk.InMemory;
using VfsSync.Engine.Disk.Linux;
using VfsSync.Engine.Store;
using VfsSync.Engine.Tests.Store;

namespace VfsSync.Engine.Tests.Disk;

/// <summary>What a scan tells of a disk that differs from the index.</summary>
public sealed class ScannerTests : IDisposable
{
    private readonly MemoryFolderStore _store = new();
    private readonly MemoryFolder _folder = new(() => 1_800_000_000_000_000_000);

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("d", true)]
    [InlineData("d", false)]
    [InlineData("", true)]
    [InlineData("", false)]
    public void What_the_index_holds_below_a_directory_that_is_gone_is_missing_whatever_it_says_of_the_directory_itself(string target, bool aRow)
    {
        var batch = new CommitBatch();
        if (aRow) Add(batch, "d", Entry.Absent);
        Add(batch, "d/e/f", Sample.File("1"));
        Add(batch, "d/g", Sample.File("2"));
        _store.Commit(batch, Durability.Flushed);
        Assert.Equal(["d/e/f", "d/g"], Missing(target));
    }

    [Fact]
    public void What_the_index_holds_below_a_file_that_it_knows_is_missing()
    {
        _folder.UserWrite(EntryPath.Parse("e"), "now a file"u8);
        var batch = new CommitBatch();
        Add(batch, "e", Sample.File("1"));
        Add(batch, "e/d", Entry.Directory(0x1ED));
        _store.Commit(batch, Durability.Flushed);
        Assert.Equal(["e/d"], Missing(""));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_read_while_a_program_had_it_mapped_is_read_once_more_when_that_is_closed(bool large)
    {
        Assert.SkipUnless(Libc.IsSupported, "Only Linux tells who has a file open.");
        using var disk = new OnDisk();
        using var folder = new LinuxFolder(disk.Root);
        var (path, size) = (EntryPath.Parse("database"), large ? Scanner.LargeFile + 1 : 4096);
        Observation seen;
        using (var mapped = MemoryMappedFile.CreateFromFile(disk["database"], FileMode.CreateNew, null, size))
        using (var view = mapped.CreateViewAccessor())
        {
            // A page that the kernel wrote back in between (another test's syncfs is enough) tells of the next write to it; one that stayed dirty does not.
            for (var tries = 0; ; tries++)
            {
                view.Write(0, (byte)'1');
                File.SetLastWriteTimeUtc(disk["database"], DateTime.UtcNow.AddMinutes(-1));
                Assert.True(SpinWait.SpinUntil(() => !folder.Look(path).Stamp.Unsure, TimeSpan.FromSeconds(10)));
                seen = Read(folder, open: true)!;
                Assert.Equal((true, true), (seen.Stamp.Unsure, seen.WhileOpen));
                view.Write(0, (byte)'2');
                if (folder.Look(path).Stamp.SameAs(seen.Stamp)) break;
                Assert.True(tries < 50, "Every write to the mapped page showed in the file's stamp.");
            }
        }
        var batch = new CommitBatch();
        batch.Index[path] = new IndexRow(path, seen.Entry, seen.Stamp, default, default, path);
        _store.Commit(batch, Durability.Flushed);
        var again = Read(folder, open: false)!;
        Assert.Equal((false, false), (again.Stamp.Unsure, again.WhileOpen));
        Assert.NotEqual(seen.Entry.Content, again.Entry.Content);
    }

    // As the effects do it: the long ones apart.
    private Observation? Read(LinuxFolder folder, bool open)
    {
        var ring = KeyRing.From(new byte[32]);
        var reader = new ContentReader(folder, ring, new Chunker(ring.GearKey));
        var path = EntryPath.Parse("database");
        var scanned = new Scanner(folder, _store, reader, m => m.Chunks).Scan([new ScanTarget(path, false, open)], default);
        return scanned.Large.Count > 0 ? reader.Read(path, isOpen: folder.HasWriter) : scanned.Seen.SingleOrDefault();
    }

    private static void Add(CommitBatch batch, string path, Entry entry) =>
        batch.Index[EntryPath.Parse(path)] = new IndexRow(EntryPath.Parse(path), entry, default, default, default, EntryPath.Parse(path));

    private IEnumerable<string> Missing(string target)
    {
        var ring = KeyRing.From(new byte[32]);
        var scanner = new Scanner(_folder, _store, new ContentReader(_folder, ring, new Chunker(ring.GearKey)), m => m.Chunks);
        var scanned = scanner.Scan([new ScanTarget(target.Length == 0 ? EntryPath.Root : EntryPath.Parse(target), true)], default);
        return scanned.Seen.Where(s => s.Entry.IsAbsent).Select(s => s.Path.Text).Order(StringComparer.Ordinal);
    }
}
