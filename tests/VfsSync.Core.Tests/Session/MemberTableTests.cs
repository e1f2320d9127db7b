using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Session;

namespace VfsSync.Core.Tests.Session;

/// <summary>What records say of members, whatever came first.</summary>
public sealed class MemberTableTests
{
    private readonly Cluster _cluster = new();
    private readonly Cluster.Member _inviter, _sponsor;
    private readonly ChangeRecord _admitsInviter;
    private List<ChangeRecord> _log = [];

    public MemberTableTests()
    {
        (_inviter, _sponsor) = (_cluster.Admit("inviter", "admin", _cluster.Founder), _cluster.Admit("sponsor", "editor", _cluster.Founder));
        _admitsInviter = Record(_cluster.Founder, 1, new Admission(_inviter.Membership));
    }

    [Fact]
    public void A_closing_counts_also_where_its_author_is_learned_to_be_an_admin_later()
    {
        var asEditor = _cluster.Admit("late", "editor", _cluster.Founder);
        var (grant, grantKey) = _cluster.Grant("admin", _cluster.Founder);
        var asAdmin = Memberships.SignMembership(grant, "late", asEditor.Key, asEditor.Agreement.ExportSubjectPublicKeyInfo(), grantKey);
        var admitted = Record(_cluster.Founder, 2, new Admission(asAdmin));
        var closings = Enumerable.Range(1, 100).Select(n => Record(asEditor, n, new GrantClosing(Samples.HashOf(n), []))).ToList();
        foreach (var records in (List<ChangeRecord>[])[[admitted, .. closings], [.. closings, admitted]])
        {
            var table = Table(asEditor.Membership);
            foreach (var record in records) Take(table, record);
            Assert.Equal(100, table.Closed.Count);
        }
        var without = Table(asEditor.Membership);
        foreach (var record in closings) Take(without, record);
        Assert.Empty(without.Closed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // All of it in one record, which is not in the log yet.
    public void Admissions_that_came_before_their_inviter_are_known_however_many_there_were(bool inOne)
    {
        var stranger = _cluster.Admit("unknown", "admin", _inviter);
        var made = Enumerable.Range(0, 64).Select(n => (Statement)new Admission(Membership($"made{n}", stranger))).ToList();
        var late = Enumerable.Range(0, 3).Select(n => (Statement)new Admission(Membership($"true{n}", _inviter))).ToList();
        List<ChangeRecord> records = inOne ? [Record(_sponsor, 1, [.. made, .. late, new Admission(_inviter.Membership)])]
            : [.. made.Concat(late).Select((s, i) => Record(_sponsor, i + 1, s)), _admitsInviter];
        var table = Table();
        foreach (var record in records) Take(table, record);
        Assert.All(late, s => Assert.True(table.IsAdmitted(((Admission)s).Membership.Node)));
        Assert.All(made, s => Assert.False(table.IsAdmitted(((Admission)s).Membership.Node)));
        Assert.Equal(64, table.Now.Pending.Count);
    }

    [Fact]
    public void A_node_gives_its_place_to_another_key_by_its_own_record_alone()
    {
        using var key = Samples.NewKey();
        var next = Memberships.SignSuccessor(_inviter.Membership, _inviter.Key, key, _inviter.Membership.AgreementKey);
        var word = new Succession(next, []);
        var guest = _cluster.Admit("guest", "editor", new Cluster.Member(next, key, _inviter.Agreement)).Membership;
        var table = Table();
        Take(table, _admitsInviter);
        Take(table, Record(_sponsor, 1, word, new Admission(guest)));
        Assert.Equal((false, false), (table.IsAdmitted(next.Node), table.IsAdmitted(guest.Node)));
        Take(table, Record(_inviter, 1, word));
        Assert.Equal((true, true, 1), (table.IsAdmitted(next.Node), table.IsAdmitted(guest.Node), table.Successions.Count));
        Assert.Equal("inviter", table.FreeName("inviter", next.Node));
        table.SetAside(new Author(_inviter.Membership.Node, 3), 1);
        Assert.Equal((false, 0), (table.IsAdmitted(next.Node), table.Successions.Count));
    }

    [Fact]
    public void Of_too_many_words_of_one_key_the_earliest_stay_whatever_came_first_and_two_in_one_record_are_none()
    {
        var words = Enumerable.Range(1, 18).Select(n => Record(_inviter, n, new Succession(Memberships.SignSuccessor(_inviter.Membership, _inviter.Key, Samples.NewKey(), _inviter.Membership.AgreementKey), []))).ToList();
        var (there, back) = (Table(), Table());
        foreach (var table in (MemberTable[])[there, back]) Take(table, _admitsInviter);
        foreach (var word in words) there.Take(word);
        foreach (var word in Enumerable.Reverse(words)) back.Take(word);
        Assert.Equal(words.Take(16).Select(w => w.Dot), there.Successions.Select(s => s.Record.Dot).Order());
        Assert.Equal(words.Take(16).Select(w => w.Dot), back.Successions.Select(s => s.Record.Dot).Order());

        var both = Table();
        Take(both, _admitsInviter);
        both.Take(Record(_inviter, 1, words[0].Statements[0], words[1].Statements[0]));
        Assert.Empty(both.Successions);
    }

    // Its author was let in twice, and who invited it the second time is not known yet.
    [Fact]
    public void A_word_that_cannot_be_verified_yet_is_taken_when_it_can()
    {
        var asEditor = _cluster.Admit("late", "editor", _cluster.Founder);
        var (grant, grantKey) = _cluster.Grant("admin", _inviter);
        var asAdmin = Memberships.SignMembership(grant, "late", asEditor.Key, asEditor.Membership.AgreementKey, grantKey);
        using var key = Samples.NewKey();
        var next = Memberships.SignSuccessor(asAdmin, asEditor.Key, key, asAdmin.AgreementKey);
        var table = Table(asEditor.Membership);
        Take(table, Record(asEditor, 1, new Succession(next, [])));
        Assert.False(table.IsAdmitted(next.Node));
        Take(table, _admitsInviter);
        Assert.True(table.IsAdmitted(next.Node));
    }

    [Fact]
    public void What_was_set_aside_is_not_read_again()
    {
        var stranger = _cluster.Admit("unknown", "admin", _inviter);
        var table = Table();
        foreach (var record in Enumerable.Range(0, 64).Select(n => Record(_sponsor, n + 1, new Admission(Membership($"made{n}", stranger))))) Take(table, record);
        var gone = Membership("gone", _inviter);
        Take(table, Record(_sponsor, 65, new Admission(gone)));
        table.SetAside(new Author(_sponsor.Membership.Node, 3), 65);
        Take(table, _admitsInviter);
        Assert.True(table.IsAdmitted(_inviter.Membership.Node));
        Assert.False(table.IsAdmitted(gone.Node));
        // It was not set aside after all.
        table.Replaced();
        Assert.True(table.IsAdmitted(gone.Node));
    }

    // A reader could restate an admin's admission in record after record.
    [Fact]
    public void Who_says_again_what_is_known_of_an_admin_makes_nobody_read_the_log()
    {
        var table = Table();
        Take(table, Record(_inviter, 9, new GrantClosing(default, []))); // Something of it is in the log alone.
        var read = 0;
        table.Log = () =>
        {
            read++;
            return _log;
        };
        for (var n = 10; n < 20; n++) Take(table, Record(_inviter, n, new Admission(_cluster.Founder.Membership)));
        Assert.Equal(0, read);
        Take(table, _admitsInviter);
        Assert.NotEqual(0, read);
    }

    private MemberTable Table(params Membership[] more)
    {
        var (table, log) = (new MemberTable(_cluster.Id), _log = []);
        table.Log = () => log;
        foreach (var member in (Membership[])[_cluster.Founder.Membership, _sponsor.Membership, .. more]) Assert.True(table.TryAdd(member, [], out _));
        return table;
    }

    // It is in the log only when it has been taken.
    private void Take(MemberTable table, ChangeRecord record)
    {
        table.Take(record);
        _log.Add(record);
    }

    private Membership Membership(string name, Cluster.Member by)
    {
        var (grant, grantKey) = _cluster.Grant("editor", by);
        return Memberships.SignMembership(grant, name, Samples.NewKey(), by.Agreement.ExportSubjectPublicKeyInfo(), grantKey);
    }

    private static ChangeRecord Record(Cluster.Member by, long number, params Statement[] statements) => new(new RecordId(Samples.HashOf((int)number)),
        new RecordHeader(new Author(by.Membership.Node, 3), number, default, HybridTime.At(SessionBench.Noon), default, 0, [], []), [], [.. statements]);
}
