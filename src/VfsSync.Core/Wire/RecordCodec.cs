using System.Collections.Immutable;
using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;

namespace VfsSync.Core.Wire;

/// <summary>Records as bytes: headers here, bodies in the other parts. docs/vfs.proto is the specification.</summary>
internal static partial class RecordCodec
{
    /// <summary>More policy heads than this are not believed.</summary>
    public const int MaxPolicyHeads = 256;

    public static RecordId IdOf(SignedRecord record) => new(SHA256.HashData(record.Header.Span));

    /// <summary>
    /// Reads header and body. Without a ring (a vault) changes stay closed, and there are none in the result. The signature is another's affair.
    /// </summary>
    /// <exception cref="FormatException">The body is not what the header names, cannot be opened with the ring, or says something impossible.</exception>
    public static ChangeRecord Open(SignedRecord record, KeyRing? ring)
    {
        if (record.Length > SignedRecord.MaxBytes) throw new FormatException($"A record of {record.Length} bytes is too long.");
        var header = DecodeHeader(record.Header);
        if (!HasOwnBody(record, header)) throw new FormatException("The body of a record is not the one that its header names.");
        if (header.KeyId == 0) return new ChangeRecord(IdOf(record), header, [], DecodeStatements(record.Body));
        if (ring is null) return new ChangeRecord(IdOf(record), header, [], []);
        var body = OpenBody(record, header.KeyId, ring);
        return new ChangeRecord(IdOf(record), header, DecodeChanges(body), []) { Rules = header.Policy is null ? [] : DecodeRules(body) };
    }

    /// <summary>Whether a record has the body that its header names.</summary>
    public static bool HasOwnBody(SignedRecord record, RecordHeader header) => new Hash256(SHA256.HashData(record.Body.Span)) == header.BodyHash;

    private static byte[] OpenBody(SignedRecord record, long keyId, KeyRing ring)
    {
        try
        {
            return ring.OpenBody(keyId, record.Body.Span);
        }
        catch (CryptographicException e)
        {
            throw new FormatException($"The body of a record cannot be opened: {e.Message}", e);
        }
    }

    public static byte[] EncodeHeader(RecordHeader header)
    {
        if (Objection(header) is { } reason) throw new ArgumentException(reason, nameof(header));
        var w = new ProtoWriter(stackalloc byte[512]);
        w.Hash(1, header.Author.Node.Hash);
        w.Fixed64(2, header.Author.Epoch);
        w.Int(3, header.Number);
        w.Hash(4, header.Previous.Hash);
        w.Fixed64(5, (ulong)header.Time.Value);
        w.Hash(6, header.BodyHash);
        w.Int(7, header.KeyId);
        WriteHashes(ref w, 8, header.PolicyHeads, id => id.Hash);
        WriteHashes(ref w, 9, header.Needed, id => id.Hash);
        if (header.Continues is { } end)
        {
            var mark = w.Begin(10);
            w.Fixed64(1, end.Epoch);
            w.Int(2, end.Number);
            w.Hash(3, end.Id.Hash);
            w.End(mark);
        }
        if (header.Policy is { } policy) PolicyWire.Write(ref w, 11, policy);
        return w.ToArrayAndDispose();
    }

    /// <exception cref="FormatException">Not a header, or one that says something impossible.</exception>
    public static RecordHeader DecodeHeader(ReadOnlyMemory<byte> bytes)
    {
        var header = new RecordHeader(default, 0, default, default, default, 0, [], []);
        var r = new ProtoReader(bytes.Span);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: header = header with { Author = header.Author with { Node = new NodeId(r.Hash()) } }; break;
                case 2: header = header with { Author = header.Author with { Epoch = r.Fixed64() } }; break;
                case 3: header = header with { Number = r.Int() }; break;
                case 4: header = header with { Previous = new RecordId(r.Hash()) }; break;
                case 5: header = header with { Time = new HybridTime((long)r.Fixed64()) }; break;
                case 6: header = header with { BodyHash = r.Hash() }; break;
                case 7: header = header with { KeyId = r.Int() }; break;
                case 8: header = header with { PolicyHeads = ReadHashes(r.Bytes(), MaxPolicyHeads, h => new RecordId(h)) }; break;
                case 9: header = header with { Needed = ReadHashes(r.Bytes(), RecordHeader.MaxNeeded, h => new ChunkId(h)) }; break;
                case 10: header = header with { Continues = DecodeEpochEnd(r.Message()) }; break;
                case 11: header = header with { Policy = PolicyWire.ReadStatement(r.Message()) }; break;
                default: r.Skip(); break;
            }
        }
        return Objection(header) is { } reason ? throw new FormatException(reason) : header;
    }

    private static EpochEnd DecodeEpochEnd(ProtoReader r)
    {
        var end = new EpochEnd(0, 0, default);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: end = end with { Epoch = r.Fixed64() }; break;
                case 2: end = end with { Number = r.Int() }; break;
                case 3: end = end with { Id = new RecordId(r.Hash()) }; break;
                default: r.Skip(); break;
            }
        }
        return end;
    }

    private static string? Objection(RecordHeader header)
    {
        if (header.Author.Node.Hash.IsZero) return "A record has no author.";
        if (header.Number < 1) return "A record has no number.";
        if (header.Previous.IsNone != (header.Number == 1)) return "A record must name the one before it, unless it is the first.";
        if (header.Continues is not null && header.Number != 1) return "Only the first record of an epoch says how the one before ended.";
        if (header.Time.Value < 0) return "A record has an impossible time.";
        if (header.KeyId < 0) return "A record has an impossible key id.";
        if (header.Policy is { } policy && (header.KeyId == 0 ? "A policy's record has a clear body." : PolicyWire.Objection(policy)) is { } objection) return objection;
        if (header.PolicyHeads.Length > MaxPolicyHeads || header.Needed.Length > RecordHeader.MaxNeeded) return "A record names too many policies or chunks.";
        return null;
    }

    internal static void WriteHashes<T>(ref ProtoWriter w, int field, ImmutableArray<T> ids, Func<T, Hash256> hash)
    {
        if (ids.IsEmpty) return;
        var mark = w.Begin(field, ids.Length * Hash256.Length);
        foreach (var id in ids) w.Raw(hash(id));
        w.End(mark);
    }

    internal static ImmutableArray<T> ReadHashes<T>(ReadOnlySpan<byte> bytes, int max, Func<Hash256, T> make)
    {
        var count = bytes.Length / Hash256.Length;
        if (bytes.Length % Hash256.Length != 0 || count > max) throw new FormatException($"A list of ids has {bytes.Length} bytes.");
        var ids = ImmutableArray.CreateBuilder<T>(count);
        for (; !bytes.IsEmpty; bytes = bytes[Hash256.Length..]) ids.Add(make(new Hash256(bytes[..Hash256.Length])));
        return ids.MoveToImmutable();
    }
}
