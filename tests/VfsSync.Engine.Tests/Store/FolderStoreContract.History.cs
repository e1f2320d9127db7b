using VfsSync.Core.Content;
using VfsSync.Core.Session;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Store;

public abstract partial class FolderStoreContract
{
    private static readonly string s_half = new('x', 40_000);

    [Fact]
    public void What_is_captured_in_the_place_of_another_is_what_is_read_and_a_disk_that_refuses_leaves_one()
    {
        var (first, second) = (Sample.Sealed("c", 1000), new SealedChunk(Sample.Sealed("c", 1000).Id, Sample.Sealed("other", 900).Bytes));
        Store.Capture([first], []);
        Store.Capture([second], []);
        Expect(first);
        FullDisk(true);
        Assert.Throws<IOException>(() => Store.Capture([second, .. Enumerable.Range(0, 200).Select(i => Sample.Sealed($"c{i}"))], [], replace: true));
        FullDisk(false);
        Assert.True(Store.TryReadChunk(first.Id, out var left));
        Assert.Contains(left.ToArray(), new[] { first, second }.Select(c => c.Bytes.ToArray()));
        Store.Capture([second], [], replace: true);
        Expect(second);
        Assert.True(Store.IsCaptured(second.Id));
    }

    [Fact]
    public void Captured_chunks_are_there_and_are_told_from_those_of_records()
    {
        var chunk = Sample.Sealed("c", 1000);
        Store.Capture([chunk, Sample.Sealed("d"), chunk], []);
        Expect(chunk);
        Assert.True(Store.IsCaptured(chunk.Id));
        Store.Capture([chunk], []);
        Assert.True(Store.IsCaptured(chunk.Id));
        Commit(new CommitBatch { Chunks = { chunk } });
        Assert.False(Store.IsCaptured(chunk.Id));
        Store.AddChunks([Sample.Sealed("d")]);
        Assert.False(Store.IsCaptured(Sample.Sealed("d").Id));
        Expect(chunk);
        Expect(Sample.Sealed("d"));
        Assert.False(Store.IsCaptured(Sample.Sealed("unknown").Id));
    }

    [Fact]
    public void Long_files_are_due_in_order_until_they_are_captured()
    {
        Put("small", "s");
        Put("b", s_half, "b");
        Put("long", s_half, s_half + "2");
        Put("a", s_half, s_half + "3");
        Assert.Equal(["long", "a"], Due());
        Assert.Equal(["a"], Store.DueForCapture(Store.DueForCapture(0, 1)[0].Turn, 10).Select(d => d.Path.Text));
        Store.Capture([], [Store.DueForCapture(0, 1)[0].Turn]);
        Assert.Equal(["a"], Due());
        Store.Commit(new CommitBatch { Index = { [Sample.At("a")] = null } }, Durability.Ordered);
        Assert.Empty(Due());
    }

    [Fact]
    public void A_file_that_changes_while_it_is_captured_stays_due()
    {
        Put("a", s_half, s_half + "2");
        var turn = Store.DueForCapture(0, 1)[0].Turn;
        Put("a", s_half, s_half + "3");
        Store.Capture([], [turn]);
        Assert.Equal(["a"], Due());
    }

    [Fact]
    public void All_long_files_can_be_made_due_again()
    {
        Put("small", "s");
        Put("a", s_half, s_half + "2");
        Put("b", s_half, s_half + "3");
        Store.Capture([], [Store.DueForCapture(0, 1)[0].Turn]);
        Store.MakeAllDue();
        Assert.Equal(["b", "a"], Due());
        Assert.Equal(2, Store.DueForCapture(0, 10).DistinctBy(d => d.Turn).Count());
    }

    [Fact]
    public void A_capture_that_fails_forgets_nothing()
    {
        Put("a", s_half, s_half + "2");
        FullDisk(true);
        Assert.Throws<IOException>(() => Store.Capture([.. Enumerable.Range(0, 200).Select(i => Sample.Sealed($"c{i}"))], [Store.DueForCapture(0, 1)[0].Turn]));
        FullDisk(false);
        Assert.Equal(["a"], Due());
    }

    private void Put(string path, params string[] chunks)
    {
        var batch = Sample.Rows(Sample.Row(path, Sample.File(chunks)));
        batch.Places[Sample.At(path)] = [.. chunks.Select(Sample.Chunk)];
        Store.Commit(batch, Durability.Ordered);
    }

    private IEnumerable<string> Due() => Store.DueForCapture(0, 10).Select(d => d.Path.Text);
}
