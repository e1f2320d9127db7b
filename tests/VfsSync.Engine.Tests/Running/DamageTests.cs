using Microsoft.Data.Sqlite;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>A disk that forgets single bits of what a node keeps.</summary>
public sealed class DamageTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void A_small_content_that_rotted_at_a_relay_is_fetched_elsewhere()
    {
        var (a, b, c) = _nodes.Three();
        EventuallySettled(a, b, c);
        _nodes.Stop(c);
        File.WriteAllText(At(a, "f"), "as it was written");
        EventuallySettled(a, b);
        _nodes.Stop(a);
        _nodes.Stop(b);
        Rot(b.Root, "small", "bytes");
        b = _nodes.StartAgain(b.Root);
        c = _nodes.StartAgain(c.Root, AddressOf(b));
        Poll.Until(() => c.Problems().Any(p => p.Kind == Core.Tree.ProblemKind.Peer), () => "c finds out\n" + Story(b, c));
        Assert.False(File.Exists(At(c, "f")));
        a = _nodes.StartAgain(a.Root, AddressOf(b), AddressOf(c));
        EventuallySame(a, b, c);
        Assert.Equal("as it was written", File.ReadAllText(At(c, "f")));
    }

    [Fact]
    public void A_record_that_rotted_halts_its_node_and_then_the_log_is_built_anew()
    {
        var (a, b) = _nodes.Pair();
        File.WriteAllText(At(a, "f"), "as it was written");
        EventuallySettled(a, b);
        var token = a.CreateInvitation("editor", 1, null).Token;
        _nodes.Stop(b);
        Rot(b.Root, "log", "body");
        _nodes.Stop(a);
        b = _nodes.StartAgain(b.Root);
        var c = _nodes.Start(new NodeOptions { Path = _nodes.Folder("c"), Name = "c", Port = 0, InvitationToken = token, Peers = [AddressOf(b)] });
        Poll.Until(() => b.State == NodeState.Halted, () => "b finds out\n" + Story(b, c));
        Assert.Contains("damaged", b.HaltReason, StringComparison.Ordinal);
        b = _nodes.Resume(b);
        Assert.NotEmpty(Directory.GetDirectories(Path.Combine(b.Root, ".vfs"), "corrupt-*"));
        a = _nodes.StartAgain(a.Root, AddressOf(b), AddressOf(c));
        EventuallySettled(a, b, c);
        Assert.Equal("as it was written", File.ReadAllText(At(c, "f")));
    }

    // One bit of the newest row.
    private static void Rot(string root, string table, string column)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(root, ".vfs", "vfs.db")};Pooling=False");
        connection.Open();
        using var read = connection.CreateCommand();
        read.CommandText = $"select rowid, {column} from {table} order by rowid desc limit 1";
        using var row = read.ExecuteReader();
        Assert.True(row.Read());
        var bytes = (byte[])row[1];
        bytes[bytes.Length / 2] ^= 1;
        using var write = connection.CreateCommand();
        write.CommandText = $"update {table} set {column} = $bytes where rowid = $row";
        write.Parameters.AddWithValue("$bytes", bytes);
        write.Parameters.AddWithValue("$row", row.GetInt64(0));
        row.Close();
        Assert.Equal(1, write.ExecuteNonQuery());
    }
}
