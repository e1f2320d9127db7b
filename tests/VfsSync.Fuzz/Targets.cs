using System.Text;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;
using VfsSync.Engine.Net;

namespace VfsSync.Fuzz;

/// <summary>Something that reads what others wrote.</summary>
/// <param name="Name">As the command line has it.</param>
/// <param name="Good">Inputs that it takes, to start from.</param>
/// <param name="Read">Reads one.</param>
/// <param name="IsRefusal">Whether an exception is how it says that an input is wrong.</param>
/// <param name="Words">What its format is made of.</param>
internal sealed record Target(string Name, Func<IReadOnlyList<byte[]>> Good, Action<byte[]> Read, Func<Exception, bool> IsRefusal, IReadOnlyList<byte[]> Words);

/// <summary>All there are.</summary>
internal static class Targets
{
    private const int MostOfToken = 64 * 1024;

    private static readonly EntryPath[] s_paths = [EntryPath.Parse("a"), EntryPath.Parse("docs/plan.md"), EntryPath.Parse(string.Join('/', Enumerable.Repeat("aaaaaaaa", 40)))];

    public static IReadOnlyList<Target> All { get; } =
    [
        new("frames", Corpus.Streams, ReadFrames, e => e is IOException or FormatException, []),
        new("messages", Corpus.Messages, bytes => MessageCodec.Decode(bytes), e => e is FormatException, []),
        new("records", Corpus.Records, ReadRecord, e => e is FormatException, []),
        new("manifests", Corpus.Manifests, ReadManifest, e => e is FormatException, []),
        new("squeezed", Corpus.Squeezed, bytes => Squeezer.Expand(bytes, Chunker.Max), e => e is FormatException, []),
        new("invitations", Corpus.Invitations, ReadInvitation, e => e is FormatException, Words("vfs-token-", "AAAA", "_-")),
        new("policies", Corpus.Policies, bytes => PolicyText.Read(bytes), e => e is PolicyException,
            Words("conflicts:", "history:", "keepBoth", "merge", "newest", "peers", "\n", "\n  ", ": ", "- ", "[", "]", "{", "}", ",", "\"", "'", "&a ", "*a", "!!", "? ", "| ", "> ", "# ", "---\n", "<<: ", "\t", "%YAML 1.2\n", "\\x", "**", "🙂")),
        new("globs", Corpus.Globs, ReadGlob, e => e is FormatException, Words("*", "**", "?", "[", "]", "[!", "{", "}", ",", "/", "\\", "a", "-", "**/")),
    ];

    private static IReadOnlyList<byte[]> Words(params string[] words) => [.. words.Select(Encoding.UTF8.GetBytes)];

    // As a link reads: frame by frame, each a message.
    private static void ReadFrames(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        var frames = new FrameReader(stream);
        while (frames.Next() is { } payload) MessageCodec.Decode(payload, rent: false);
    }

    private static void ReadRecord(byte[] bytes)
    {
        Each(() => RecordCodec.DecodeHeader(bytes), () => RecordCodec.DecodeChanges(bytes), () => RecordCodec.DecodeStatements(bytes));
    }

    // The groups of a long manifest are chunks like any other: whatever a member has put there.
    private static void ReadManifest(byte[] bytes)
    {
        var group = new ChunkRef(default, Math.Max(1, Math.Min(bytes.Length, Chunker.Max)));
        foreach (var depth in (int[])[1, 2, 4]) Each(() => ManifestReader.TryExpand(new Manifest(1L << 30, depth, [group]), _ => bytes, out _, out _));
    }

    private static void ReadInvitation(byte[] bytes) =>
        Each(() => InvitationToken.Decode(Encoding.UTF8.GetString(bytes)), () => MembershipCodec.ReadInvitation(bytes), () => Squeezer.Expand(bytes, MostOfToken));

    private static void ReadGlob(byte[] bytes)
    {
        var glob = Glob.Parse(Encoding.UTF8.GetString(bytes));
        foreach (var path in s_paths) glob.Matches(path);
    }

    // All of them, though the first refuses.
    private static void Each(params Action[] reads)
    {
        FormatException? refused = null;
        foreach (var read in reads)
        {
            try
            {
                read();
            }
            catch (FormatException e)
            {
                refused = e;
            }
        }
        if (refused is not null) throw refused;
    }
}
