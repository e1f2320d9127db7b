using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Disk.InMemory;
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
