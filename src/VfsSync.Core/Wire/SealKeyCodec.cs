using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;

namespace VfsSync.Core.Wire;

/// <summary>Seal keys that are shared, as bytes.</summary>
internal static class SealKeyCodec
{
    private const int Wrapped = Hash256.Length + KeyWrap.Length;
    private const int MaxOlderBytes = 64 + SealKeyShare.MaxOlder * Sealer.KeyLength;

    public static void Write(ref ProtoWriter w, int field, SealKeyShare share)
    {
        var mark = w.Begin(field, 256 + share.For.Length * Wrapped);
        w.Int(1, share.KeyId);
        w.Int(2, share.Generation);
        w.Bytes(3, share.Sender.Span);
        if (!share.For.IsEmpty)
        {
            var list = w.Begin(4, share.For.Length * Wrapped);
            foreach (var one in share.For)
            {
                w.Raw(one.Node.Hash);
                w.Raw(one.Bytes.Span);
            }
            w.End(list);
        }
        w.Bytes(5, share.Older.Span);
        w.End(mark);
    }

    public static SealKeyShare Read(ProtoReader r)
    {
        var share = new SealKeyShare(0, 0, default, [], default);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: share = share with { KeyId = r.Int() }; break;
                case 2: share = share with { Generation = r.Int32() }; break;
                case 3: share = share with { Sender = r.Memory(PublicKeys.Length) }; break;
                case 4: share = share with { For = ReadFor(r.Memory(SealKeyShare.MaxFor * Wrapped)) }; break;
                case 5: share = share with { Older = r.Memory(MaxOlderBytes) }; break;
                default: r.Skip(); break;
            }
        }
        return share.KeyId > KeyRing.FirstKeyId && share.Generation > 0 ? share : throw new FormatException("A seal key is shared under an impossible number.");
    }

    private static ImmutableArray<WrappedKey> ReadFor(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length % Wrapped != 0) throw new FormatException($"Wrapped keys have {bytes.Length} bytes.");
        var all = ImmutableArray.CreateBuilder<WrappedKey>(bytes.Length / Wrapped);
        for (; !bytes.IsEmpty; bytes = bytes[Wrapped..]) all.Add(new WrappedKey(new NodeId(new Hash256(bytes.Span[..Hash256.Length])), bytes[Hash256.Length..Wrapped]));
        return all.MoveToImmutable();
    }
}
