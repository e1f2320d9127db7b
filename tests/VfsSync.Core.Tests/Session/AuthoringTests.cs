using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;
using static VfsSync.Core.Tests.Session.SessionBench;

namespace VfsSync.Core.Tests.Session;

public sealed class AuthoringTests
{
    private readonly SessionBench _bench = new();

    private Authoring Authoring => _bench.Authoring;

    [Fact]
    public void Records_are_numbered_from_one_and_each_names_the_one_before()
    {
        var (_, first) = _bench.Author(Put("a"));
        var (_, second) = _bench.Author(Put("b"));
        Assert.Equal((1, default), (first.Header.Number, first.Header.Previous));
        Assert.Equal((2, first.Id), (second.Header.Number, second.Header.Previous));
    }

    [Fact]
    public void Many_epochs_of_one_node_push_out_nobody_else_from_what_was_seen()
    {
        for (ulong epoch = 1; epoch <= 1100; epoch++) Has(8, epoch, 100 + (long)epoch);
        for (ulong epoch = 1; epoch <= 3; epoch++) Has(9, epoch, 5 - (long)epoch);
        var seen = Authoring.Seen();
        Assert.Equal(PolicyStatement.MaxSeen, seen.Length);
        Assert.Equal<ulong>([1, 2, 3], EpochsOf(9, seen));
        Assert.Equal(Enumerable.Range(1100 - 1020, 1021).Select(e => (ulong)e), EpochsOf(8, seen)); // the newest
    }

    [Fact]
    public void Of_whom_the_root_cuts_off_only_what_has_room_is_named()
    {
        for (ulong epoch = 1; epoch <= 600; epoch++)
            foreach (var node in (int[])[8, 9]) Has(node, epoch, 1);
        Assert.Equal((512, 512), (EpochsOf(8, Authoring.Seen()).Count, EpochsOf(9, Authoring.Seen()).Count));
        var seen = Authoring.Seen(last: Samples.Author(8).Node);
        Assert.Equal((424, 600), (EpochsOf(8, seen).Count, EpochsOf(9, seen).Count));
    }

    private void Has(int node, ulong epoch, long number)
    {
        var header = Samples.Header() with { Author = new Author(Samples.Author(node).Node, epoch), Number = number, Time = HybridTime.At((long)epoch) };
        _bench.View.Add(new ChangeRecord(new RecordId(Samples.HashOf(node)), header, [], []));
    }

    private static List<ulong> EpochsOf(int node, IEnumerable<SeenRecord> seen) => [.. seen.Select(s => s.Dot.Author).Where(a => a.Node == Samples.Author(node).Node).Select(a => a.Epoch).Order()];

    [Fact]
    public void A_record_is_signed_by_the_node_and_opens_with_the_clusters_key()
    {
        var (signed, opened) = _bench.Author(Put("a"));
        Assert.True(new SignatureChecker().Verify(signed, _bench.Self.Membership.Node, _bench.Self.Membership.PublicKey.Span));
        Assert.Equal(opened.Changes, RecordCodec.Open(signed, Samples.Ring).Changes);
        Assert.Equal(opened.Id, RecordCodec.IdOf(signed));
    }

    [Fact]
    public void A_number_is_taken_only_by_a_commit()
    {
        var (lost, kept) = (Write(Put("a")), Write(Put("b")));
        Assert.Equal([1L], lost.Records.Select(r => r.Opened.Header.Number));
        Assert.Equal([1L], kept.Records.Select(r => r.Opened.Header.Number));
    }

    [Fact]
    public void One_record_says_one_thing_of_a_path_and_the_next_has_seen_it()
    {
        var batch = Write(Put("a", 1), Put("b", 2), Put("a", 3));
        Assert.Equal([["a", "b"], ["a"]], batch.Records.Select(r => r.Opened.Changes.Select(c => c.Path.Text).ToArray()));
        Assert.Equal(VersionVector.Of(batch.Records[0].Opened.Dot), batch.Records[1].Opened.Changes[0].Parents);
    }

    // Somebody claimed that this author had written it: said again, all that this author writes later would seem to be seen.
    [Fact]
    public void What_this_author_has_not_written_yet_nobody_has_seen()
    {
        var claimed = VersionVector.Of(new Dot(Authoring.Author, long.MaxValue), Samples.Dot(3, 5));
        var change = Write(Put("a", 1, claimed)).Records.Single().Opened.Changes[0];
        Assert.Equal(VersionVector.Of(Samples.Dot(3, 5)), change.Parents);
        var (_, first) = _bench.Author(Put("b"));
        Assert.Equal(first.Dot.Number, Write(Put("a", 1, claimed)).Records.Single().Opened.Changes[0].Parents[Authoring.Author]);
    }

    [Fact]
    public void Of_more_authors_than_a_record_may_name_those_go_first_of_whom_nothing_is_here()
    {
        var (_, known) = _bench.Author(Put("b"));
        var many = VersionVector.Of(Enumerable.Range(1, ChangeRules.MaxAuthors + 100).Select(i => new Dot(new Author(new NodeId(Samples.HashOf(i)), 1), 1)).Append(known.Dot));
        var batch = Write(Put("a", 1, many), Put("c", 2, many));
        Assert.All(batch.Records.SelectMany(r => r.Opened.Changes), c => Assert.True(c.Parents.Contains(known.Dot)));
        Assert.All(batch.Records, r => Assert.Equal(r.Opened.Changes, RecordCodec.Open(r.Signed, Samples.Ring).Changes));
    }

    [Fact]
    public void A_rename_touches_both_its_ends()
    {
        var move = new Change(0, Samples.Path("b"), Samples.SmallFile(), default, Samples.Path("a"), VersionVector.Of(new Dot(Authoring.Author, 1)));
        var batch = Write(move, Put("a", 2));
        Assert.Equal(2, batch.Records.Count);
        Assert.True(batch.Records[1].Opened.Changes[0].Parents.Contains(batch.Records[0].Opened.Dot));
    }

    [Fact]
    public void What_one_frame_cannot_hold_goes_into_several_records()
    {
        var batch = Write([.. Enumerable.Range(0, 3000).Select(i => Put($"some/directory/with a name of its own/file number {i}", i))]);
        Assert.InRange(batch.Records.Count, 2, 30);
        Assert.All(batch.Records, r => Assert.InRange(r.Signed.Length, 1, SignedRecord.MaxBytes));
        Assert.Equal(Enumerable.Range(1, batch.Records.Count).Select(n => (long)n), batch.Records.Select(r => r.Opened.Header.Number));
        Assert.Equal(3000, batch.Records.Sum(r => r.Opened.Changes.Length));
    }

    [Fact]
    public void Chunks_that_no_header_can_name_go_ahead_in_records_that_name_nothing_else()
    {
        var chunks = Enumerable.Range(0, RecordHeader.MaxNeeded * 2 + 5).Select(Samples.Chunk).ToList();
        var batch = new CommitBatch();
        Authoring.Write(batch, [(Put("a"), (IReadOnlyList<ChunkId>)chunks)]);
        Assert.Equal([0, 0, 1], batch.Records.Select(r => r.Opened.Changes.Length));
        Assert.Equal(chunks, batch.Records.SelectMany(r => r.Opened.Header.Needed));
    }

    [Fact]
    public void Time_never_goes_back()
    {
        var first = _bench.Author(Put("a")).Opened.Header.Time;
        _bench.Context.NowMs -= 60_000;
        var second = _bench.Author(Put("b")).Opened.Header.Time;
        Assert.True(second.CompareTo(first) > 0);
    }

    [Fact]
    public void What_was_seen_of_others_lies_before()
    {
        var theirs = HybridTime.At(Noon + 60_000);
        Authoring.Saw(theirs);
        Assert.True(_bench.Author(Put("a")).Opened.Header.Time.CompareTo(theirs) > 0);
    }

    [Fact]
    public void A_clock_that_is_far_ahead_is_not_followed()
    {
        Authoring.Saw(HybridTime.At(Noon + HybridTime.MaxAheadMs + 1));
        Assert.Equal(Noon, _bench.Author(Put("a")).Opened.Header.Time.UnixMs);
    }

    [Fact]
    public void What_the_log_says_lies_before_it_also_when_the_clock_was_set_back()
    {
        _bench.Context.NowMs += 60_000;
        var before = _bench.Author(Put("a")).Opened.Header.Time;
        _bench.Context.NowMs -= 120_000;
        var started = new Authoring(_bench.Context, 7, null);
        started.Begin();
        var batch = new CommitBatch();
        started.WriteEnd(batch);
        Assert.True(Assert.Single(batch.Records).Opened.Header.Time.CompareTo(before) > 0);
    }

    [Fact]
    public void A_new_epoch_counts_from_one_and_says_how_the_old_one_ended()
    {
        var last = _bench.Author(Put("a")).Opened;
        var old = Authoring.Author;
        Authoring.BeginEpoch("a copy");
        Assert.Equal(Authoring.Author.Epoch, The<EpochEffect>(_bench.Effects()).Epoch);
        Assert.Equal((old.Node, false), (Authoring.Author.Node, Authoring.Author == old));
        var first = _bench.Author(Put("b")).Opened;
        Assert.Equal((1, default), (first.Header.Number, first.Header.Previous));
        Assert.Equal(new EpochEnd(old.Epoch, 1, last.Id), first.Header.Continues);
        Assert.Null(_bench.Author(Put("c")).Opened.Header.Continues);
        Assert.True(Authoring.Wrote(old));
    }

    [Fact]
    public void An_epoch_in_which_nothing_was_written_is_not_spoken_of() =>
        Assert.Null(new SessionBench(continues: new EpochEnd(3, 0, default)).Author(Put("a")).Opened.Header.Continues);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_others_have_of_the_old_epoch_is_acknowledged_though_it_is_not_here(bool rebuilt)
    {
        var end = new EpochEnd(3, 80, new RecordId(Samples.HashOf(80)));
        var bench = new SessionBench(continues: end, rebuilt: rebuilt);
        Assert.True(bench.Authoring.OwesEnd);
        Assert.Equal(!rebuilt, bench.Authoring.Wrote(bench.Authoring.Author with { Epoch = 3 }));
        Assert.Equal(end, bench.Author(Put("a")).Opened.Header.Continues);
        Assert.False(bench.Authoring.OwesEnd);
    }

    [Fact]
    public void The_word_on_the_old_epoch_needs_no_change()
    {
        var end = new EpochEnd(3, 80, new RecordId(Samples.HashOf(80)));
        var bench = new SessionBench(continues: end);
        var batch = new CommitBatch();
        bench.Authoring.WriteEnd(batch);
        var (signed, opened) = Assert.Single(batch.Records);
        Assert.Equal(end, opened.Header.Continues);
        Assert.Empty(RecordCodec.Open(signed, Samples.Ring).Changes);
    }

    [Fact]
    public void A_new_epoch_acknowledges_the_highest_that_others_have()
    {
        var old = Authoring.Author;
        foreach (var number in new[] { 5, 9, 7 }) Authoring.OthersHave(new Dot(old, number), new RecordId(Samples.HashOf(number)));
        Authoring.BeginEpoch("a copy");
        var end = new EpochEnd(old.Epoch, 9, new RecordId(Samples.HashOf(9)));
        Assert.Equal(end, The<EpochEffect>(_bench.Effects()).Acknowledged);
        Assert.Equal(end, _bench.Author(Put("b")).Opened.Header.Continues);
    }

    [Fact]
    public void It_knows_its_own_epochs_and_no_others()
    {
        var bench = new SessionBench(epoch: 7, continues: new EpochEnd(3, 0, default));
        var self = bench.Authoring.Author;
        Assert.Equal([true, true, false, false], new[] { self, self with { Epoch = 3 }, self with { Epoch = 4 }, Samples.Author(1) }.Select(bench.Authoring.Wrote));
    }

    [Fact]
    public void Statements_about_members_are_clear()
    {
        var batch = new CommitBatch();
        Authoring.Write(batch, new Admission(_bench.Self.Membership));
        var (signed, opened) = Assert.Single(batch.Records);
        Assert.Equal(0, opened.Header.KeyId);
        Assert.Equal(_bench.Self.Membership.Node, Assert.IsType<Admission>(Assert.Single(RecordCodec.Open(signed, null).Statements)).Membership.Node);
    }

    [Fact]
    public void A_vault_writes_no_changes() => Assert.Throws<InvalidOperationException>(() => new SessionBench(vault: true).Author(Put("a")));

    private CommitBatch Write(params Change[] changes)
    {
        var batch = new CommitBatch();
        Authoring.Write(batch, [.. changes.Select(c => (c, (IReadOnlyList<ChunkId>)[]))]);
        return batch;
    }
}
