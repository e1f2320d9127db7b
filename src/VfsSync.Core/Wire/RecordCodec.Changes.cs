using System.Collections.Immutable;
using System.Text;
using VfsSync.Core.History;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Wire;

internal static partial class RecordCodec
{
    /// <summary>An upper bound of the bytes that a change takes in an encoded body, whatever stands before it.</summary>
    public static int EstimateChange(Change change)
    {
        const int fixedFields = 80, dot = 40 + 5 + 10, reference = 32 + 5;
        return fixedFields
            + Encoding.UTF8.GetByteCount(change.Path.Text)
            + Encoding.UTF8.GetByteCount(change.MovedFrom?.Text ?? "")
            + Encoding.UTF8.GetByteCount(change.Entry.Target ?? "")
            + reference * (change.Entry.Content?.Chunks.Length ?? 0)
            + dot * (change.Parents.Dots.Length + change.FromParents.Dots.Length);
    }

    /// <summary>The plain body of a record of changes.</summary>
    /// <exception cref="ArgumentException">No reader would accept these changes.</exception>
    public static byte[] EncodeChanges(IReadOnlyList<Change> changes) => EncodeChanges(changes, []);

    /// <summary>The same of a version of the policy, with its rules.</summary>
    /// <exception cref="ArgumentException">No reader would accept these changes.</exception>
    public static byte[] EncodeChanges(IReadOnlyList<Change> changes, IReadOnlyList<PathRule> rules)
    {
        if (ChangeRules.Objection(changes) is { } reason) throw new ArgumentException(reason, nameof(changes));
        var authors = new Dictionary<Author, int>();
        foreach (var change in changes)
            foreach (var dot in change.Parents.Dots.Concat(change.FromParents.Dots)) authors.TryAdd(dot.Author, authors.Count);

        var w = new ProtoWriter(stackalloc byte[1024]);
        WriteAuthors(ref w, authors);
        byte[] previous = [];
        foreach (var change in changes)
        {
            var path = Encoding.UTF8.GetBytes(change.Path.Text);
            var mark = w.Begin(2);
            ChangeWire.Write(ref w, change, authors, previous, path);
            w.End(mark);
            previous = path;
        }
        foreach (var rule in rules) PolicyWire.Write(ref w, 3, rule);
        return w.ToArrayAndDispose();
    }

    private static ImmutableArray<PathRule> DecodeRules(ReadOnlySpan<byte> body)
    {
        var rules = ImmutableArray.CreateBuilder<PathRule>();
        var r = new ProtoReader(body);
        while (r.Next(out var field))
        {
            if (field == 3) rules.Add(PolicyWire.ReadRule(r.Message()));
            else r.Skip();
        }
        return rules.Count <= PathRule.Most ? rules.DrainToImmutable() : throw new FormatException("A policy has too many rules.");
    }

    private static void WriteAuthors(ref ProtoWriter w, Dictionary<Author, int> authors)
    {
        if (authors.Count == 0) return;
        var mark = w.Begin(1, authors.Count * ChangeWire.AuthorLength);
        foreach (var author in authors.Keys)
        {
            w.Raw(author.Node.Hash);
            w.Raw(author.Epoch);
        }
        w.End(mark);
    }

    /// <summary>The changes of a plain body.</summary>
    /// <exception cref="FormatException">Not a body, or one that says something impossible.</exception>
    public static ImmutableArray<Change> DecodeChanges(ReadOnlySpan<byte> body)
    {
        var changes = ImmutableArray.CreateBuilder<Change>();
        var decoder = new ChangeDecoder();
        var r = new ProtoReader(body);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: decoder.ReadAuthors(r.Bytes()); break;
                case 2: changes.Add(decoder.Read(r.Message())); break;
                default: r.Skip(); break;
            }
        }
        var result = changes.DrainToImmutable();
        return ChangeRules.Objection(result) is { } reason ? throw new FormatException(reason) : result;
    }
}
