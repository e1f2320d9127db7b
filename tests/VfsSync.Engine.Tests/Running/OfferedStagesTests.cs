using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Disk.InMemory;
using VfsSync.Engine.Running;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Running;

/// <summary>Staged files that begin with chunks offered ahead of their record.</summary>
public sealed class OfferedStagesTests : IDisposable
{
    private static readonly KeyRing Keys = KeyRing.From(new byte[32]);

    private readonly MemoryFolder _folder = new(() => Stamps.NowNs);
    private readonly MemoryFolderStore _store = new();
    private readonly Stager _stager;
    private readonly List<byte[]> _chunks = [.. Enumerable.Range(0, 6).Select(seed => Bytes(seed, 20_000))];

    public OfferedStagesTests() => _stager = new Stager(_folder, _store, new ContentSource(_store, _folder, Keys, Reader), Keys);

    private ContentReader Reader => new(_folder, Keys, new Chunker(Keys.GearKey));

    public void Dispose() => _stager.Dispose();

    [Fact]
    public void A_record_goes_on_with_what_was_offered()
    {
        Assert.Equal(3, OfferOf(4, -1, 0, 1, 2).Missing.Count);
        Deliver(-1, 0, 1);
        var staged = _stager.Stage(Stage(7, 0, 1, 2, 3));
        Assert.Equal(-1, staged.Offer);
        Assert.Equal([Ref(2), Ref(3)], staged.Missing);
        Deliver(-1, 2); // was asked for by the offer and is on its way
        Deliver(7, 3);
        AssertHolds(7, 0, 1, 2, 3);
    }

    [Fact]
    public void A_content_that_contradicts_itself_is_a_problem_of_its_path()
    {
        var builder = new ManifestBuilder();
        for (var i = 0; i < 5000; i++) builder.Add(new ChunkRef(Keys.IdOf(BitConverter.GetBytes(i)), Chunker.Average));
        var content = builder.Build(group =>
        {
            var id = Keys.IdOf(group);
            _store.AddChunks([new SealedChunk(id, Keys.Seal(id, group, new byte[12], tryCompress: true))]);
            return id;
        });
        Assert.True(content.Depth > 0);
        content = new Manifest(content.Size + 1, content.Depth, content.Chunks);
        var staged = _stager.Stage(new StageEffect(7, EntryPath.Parse("f"), Entry.File(content, 0, 0x1A4)));
        Assert.Equal(EntryPath.Parse("f"), staged.Problem!.Path);
        Assert.Null(new ContentSource(_store, _folder, Keys, Reader).Expand(content));
    }

    [Fact]
    public void A_file_that_changed_meanwhile_starts_anew_and_fetches_what_changed()
    {
        Offer(-1, 0, 1, 2, 3);
        Deliver(-1, 0, 1, 2, 3);
        var staged = _stager.Stage(Stage(7, 0, 4, 2, 3));
        Assert.Equal(0, staged.Offer);
        Assert.Equal([Ref(4)], staged.Missing);
        Deliver(7, 4);
        AssertHolds(7, 0, 4, 2, 3);
    }

    [Fact]
    public void A_chunk_that_comes_twice_in_a_file_lies_at_both_places()
    {
        Offer(-1, 0, 1, 0);
        Deliver(-1, 0, 1);
        Assert.Empty(_stager.Stage(Stage(7, 0, 1, 0)).Missing);
        AssertHolds(7, 0, 1, 0);
    }

    [Fact]
    public void An_offer_that_is_dropped_leaves_nothing_and_its_chunks_are_fetched_anew()
    {
        Offer(-1, 0, 1);
        Deliver(-1, 0);
        _stager.Drop(-1);
        Deliver(-1, 1); // was on its way
        Assert.Equal(2, _stager.Stage(Stage(7, 0, 1)).Missing.Count);
        Assert.Null(_stager.Take(7));
    }

    [Fact]
    public void Two_halves_of_a_file_offered_over_two_links_are_both_of_use()
    {
        Assert.Equal(2, OfferOf(4, -1, 0, 1).Missing.Count);
        Deliver(-1, 0, 1);
        _stager.Offer(new OfferEffect(-2, 80_000, [new OfferedChunk(Ref(2).Id, 20_000, 40_000)]));
        Deliver(-2, 2);
        Assert.Equal([Ref(3)], _stager.Stage(Stage(7, 0, 1, 2, 3)).Missing);
        Deliver(7, 3);
        AssertHolds(7, 0, 1, 2, 3);
    }

    [Fact]
    public void An_offer_dropped_after_a_record_took_it_over_drops_nothing()
    {
        Offer(-1, 0, 1);
        Deliver(-1, 0, 1);
        _stager.Stage(Stage(7, 0, 1));
        _stager.Drop(-1);
        AssertHolds(7, 0, 1);
    }

    // What is nowhere must be missing: a null where bytes were meant once became an empty content.
    [Fact]
    public void What_a_file_was_thought_to_hold_and_does_not_is_missing()
    {
        var offered = new OfferedChunks(Keys);
        offered.Add(EntryPath.Parse("gone"), new OfferedChunk(Ref(0).Id, 20_000, 0), _chunks[0], takers: 1);
        Assert.NotNull(offered.Take(Ref(0).Id));
        Assert.Null(new ContentSource(_store, _folder, Keys, Reader, offered: offered).Read(Ref(0).Id));
    }

    [Fact]
    public void What_nobody_takes_is_not_kept_for_ever()
    {
        var offered = new OfferedChunks(Keys);
        var bytes = Bytes(9, Chunker.Max);
        for (var i = 0; i < 400 && offered.Keeps; i++)
        {
            BitConverter.TryWriteBytes(bytes, i);
            offered.Add(EntryPath.Parse("f"), new OfferedChunk(Keys.IdOf(bytes), bytes.Length, i * (long)bytes.Length), bytes, takers: 1);
            offered.WaitForRoom();
        }
        Assert.False(offered.Keeps);
    }

    private OfferedInput Offer(long stage, params int[] chunks) => OfferOf(chunks.Length, stage, chunks);

    private OfferedInput OfferOf(int inAll, long stage, params int[] chunks) =>
        _stager.Offer(new OfferEffect(stage, 20_000L * inAll, [.. chunks.Select((c, at) => new OfferedChunk(Ref(c).Id, 20_000, at * 20_000L))]));

    private StageEffect Stage(long stage, params int[] chunks) =>
        new(stage, EntryPath.Parse("f"), Entry.File(new Manifest(20_000L * chunks.Length, 0, [.. chunks.Select(Ref)]), 0, 0x1A4));

    private void Deliver(long stage, params int[] chunks)
    {
        foreach (var chunk in chunks) Assert.True(_stager.Deliver(new DeliverEffect(1, Keys.Seal(_chunks[chunk], Bytes(99 + chunk, 12), tryCompress: true), [stage], Keep: false)).Good);
    }

    private void AssertHolds(long stage, params int[] chunks)
    {
        using var file = _stager.Take(stage);
        Assert.NotNull(file);
        var held = new byte[20_000 * chunks.Length];
        Assert.Equal(held.Length, file.Read(held, 0));
        Assert.Equal(chunks.SelectMany(c => _chunks[c]), held);
    }

    private ChunkRef Ref(int chunk) => new(Keys.IdOf(_chunks[chunk]), 20_000);

    private static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
