using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using VfsSync.Core.History;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Crypto;

/// <summary>
/// An invitation as one word: "vfs-token-" and, in base64url, [1 byte version][1 byte codec: 0 plain, 1 zstd][4 bytes length, big-endian][invitation]
/// [first 4 bytes of the SHA-256 of all before].
/// </summary>
internal static class InvitationToken
{
    public const string Prefix = "vfs-token-";

    private const string Advice = "Copy the whole line that New-VfsInvitation printed.";
    private const byte Version = 1;
    private const int Head = 2 + sizeof(int);
    private const int MaxLength = 64 * 1024;
    private const int Sum = 4;

    public static string Encode(Invitation invitation)
    {
        var w = new ProtoWriter(stackalloc byte[1024]);
        MembershipCodec.Write(ref w, invitation);
        var plain = w.ToArrayAndDispose();

        // Keys and their prefixes come several times in an invitation: a quarter of its length.
        var squeezed = Squeezer.Squeeze(plain);
        var body = squeezed.IsEmpty ? plain : squeezed;
        var bytes = new byte[Head + body.Length + Sum];
        bytes[0] = Version;
        bytes[1] = squeezed.IsEmpty ? (byte)0 : (byte)1;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(2), body.Length);
        body.CopyTo(bytes.AsSpan(Head));
        Checksum(bytes.AsSpan(0, Head + body.Length)).CopyTo(bytes, Head + body.Length);
        return Prefix + Base64Url.EncodeToString(bytes);
    }

    /// <exception cref="FormatException">The text is no token, or not a whole one; the message says what to do.</exception>
    public static Invitation Decode(string text)
    {
        var token = string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
        if (!token.StartsWith(Prefix, StringComparison.Ordinal)) throw Refused($"This is not an invitation: a token starts with {Prefix}. {Advice}");
        var bytes = FromBase64(token.AsSpan(Prefix.Length));
        if (bytes.Length > 0 && bytes[0] > Version) throw Refused("This invitation was made by a newer version of VfsSync. Update VfsSync on this machine.");
        var length = bytes.Length < Head ? 0 : BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(2));
        if (bytes.Length < Head || bytes.Length < (long)Head + length + Sum) throw Refused($"This invitation is cut off. {Advice}");
        if (length < 0 || bytes.Length > Head + length + Sum) throw Damaged();
        var whole = bytes.AsSpan(0, Head + length);
        if (!Checksum(whole).AsSpan().SequenceEqual(bytes.AsSpan(Head + length))) throw Damaged();
        var invitation = MembershipCodec.ReadInvitation(bytes[1] == 0 ? bytes.AsMemory(Head, length) : Squeezer.Expand(whole[Head..], MaxLength));
        return invitation.ClusterKey.Length is 0 or ClusterKey.Length && invitation.SealKey.Length is 0 or Sealer.KeyLength ? invitation : throw Damaged();
    }

    // A cut-off token may end inside a group of four characters; what is whole is enough to tell.
    private static byte[] FromBase64(ReadOnlySpan<char> text)
    {
        if (Base64Url.IsValid(text)) return Base64Url.DecodeFromChars(text);
        var whole = text[..(text.Length / 4 * 4)];
        return Base64Url.IsValid(whole) ? Base64Url.DecodeFromChars(whole) : throw Damaged();
    }

    private static byte[] Checksum(ReadOnlySpan<byte> bytes) => SHA256.HashData(bytes)[..Sum];

    private static FormatException Damaged() => Refused($"This invitation is damaged: a character was changed or added. {Advice}");

    private static FormatException Refused(string message) => new(message);
}
