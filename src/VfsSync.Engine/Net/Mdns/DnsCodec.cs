using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Text;

namespace VfsSync.Engine.Net.Mdns;

/// <summary>DNS messages as bytes (RFC 1035 section 4). No library that can be had writes them; reading is as strict as bytes from strangers ask for.</summary>
internal static class DnsCodec
{
    private const int Header = 12, ClassIn = 1, ClassAny = 255, TopBit = 0x8000, MostRecords = 512;
    private const ushort Response = 0x8000, OpCode = 0x7800, Authoritative = 0x0400, Truncated = 0x0200, Rcode = 0x000F;

    /// <summary>Encodes a message; names are compressed.</summary>
    public static byte[] Write(DnsMessage message)
    {
        var to = new Writer();
        to.UInt16(message.Id);
        to.UInt16((message.IsResponse ? Response | Authoritative : 0) | (message.IsTruncated ? Truncated : 0));
        foreach (var count in (ReadOnlySpan<int>)[message.Questions.Length, message.Answers.Length, message.Authorities.Length, message.Additionals.Length]) to.UInt16(count);
        foreach (var question in message.Questions)
        {
            to.Name(question.Name);
            to.UInt16((int)question.Type);
            to.UInt16(ClassIn | (question.WantsUnicast ? TopBit : 0));
        }
        foreach (var record in message.Answers) to.Record(record);
        foreach (var record in message.Authorities) to.Record(record);
        foreach (var record in message.Additionals) to.Record(record);
        return to.ToArray();
    }

    /// <exception cref="FormatException">It is no message, or one that multicast DNS has no use for.</exception>
    public static DnsMessage Read(ReadOnlySpan<byte> bytes)
    {
        var from = new Reader(bytes);
        var (id, flags) = (from.UInt16(), from.UInt16());
        if ((flags & (OpCode | Rcode)) != 0) throw new FormatException("It is neither a question nor an answer.");
        var (questions, answers, authorities, additionals) = (from.UInt16(), from.UInt16(), from.UInt16(), from.UInt16());
        if (questions + answers + authorities + additionals > MostRecords) throw new FormatException($"It has more than {MostRecords} records.");
        return new DnsMessage
        {
            Id = (ushort)id,
            IsResponse = (flags & Response) != 0,
            IsTruncated = (flags & Truncated) != 0,
            Questions = from.Questions(questions),
            Answers = from.Records(answers),
            Authorities = from.Records(authorities),
            Additionals = from.Records(additionals),
        };
    }

    private sealed class Writer
    {
        private readonly List<byte> _bytes = new(512);
        private readonly Dictionary<string, int> _names = [];

        public byte[] ToArray() => [.. _bytes];

        public void UInt16(int value)
        {
            _bytes.Add((byte)(value >> 8));
            _bytes.Add((byte)value);
        }

        // The rest of a name that stood before is pointed at.
        public void Name(DnsName name)
        {
            for (var i = 0; i < name.Labels.Length; i++)
            {
                var rest = string.Join('\0', name.Labels.Skip(i).Select(DnsName.Folded));
                if (_names.TryGetValue(rest, out var at))
                {
                    UInt16(0xC000 | at);
                    return;
                }
                if (_bytes.Count < 0x4000) _names[rest] = _bytes.Count;
                var text = Encoding.UTF8.GetBytes(name.Labels[i]);
                _bytes.Add((byte)text.Length);
                _bytes.AddRange(text);
            }
            _bytes.Add(0);
        }

        public void Record(DnsRecord record)
        {
            Name(record.Name);
            UInt16((int)record.Type);
            UInt16(ClassIn | (record.IsUnique ? TopBit : 0));
            UInt16((int)(record.Ttl >> 16));
            UInt16((int)(record.Ttl & 0xFFFF));
            var length = _bytes.Count;
            UInt16(0);
            switch (record.Data)
            {
                case PtrData ptr: Name(ptr.Target); break;
                case SrvData srv:
                    _bytes.AddRange(srv.Bytes[..6]);
                    Name(srv.Host);
                    break;
                default: _bytes.AddRange(record.Data.Bytes); break;
            }
            var written = _bytes.Count - length - 2;
            (_bytes[length], _bytes[length + 1]) = ((byte)(written >> 8), (byte)written);
        }
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _at;

        public int UInt16()
        {
            if (_bytes.Length - _at < 2) throw CutOff();
            var value = BinaryPrimitives.ReadUInt16BigEndian(_bytes[_at..]);
            _at += 2;
            return value;
        }

        public ImmutableArray<DnsQuestion> Questions(int count)
        {
            var all = ImmutableArray.CreateBuilder<DnsQuestion>();
            for (var i = 0; i < count; i++)
            {
                var (name, type, space) = (Name(), (DnsType)UInt16(), UInt16());
                if ((space & ~TopBit) is ClassIn or ClassAny) all.Add(new DnsQuestion(name, type, (space & TopBit) != 0));
            }
            return all.ToImmutable();
        }

        public ImmutableArray<DnsRecord> Records(int count)
        {
            var all = ImmutableArray.CreateBuilder<DnsRecord>();
            for (var i = 0; i < count; i++)
            {
                var (name, type, space) = (Name(), (DnsType)UInt16(), UInt16());
                var ttl = (uint)UInt16() << 16 | (uint)UInt16();
                var length = UInt16();
                if (_bytes.Length - _at < length) throw CutOff();
                var end = _at + length;
                var data = Data(type, end);
                _at = end;
                if ((space & ~TopBit) == ClassIn) all.Add(new DnsRecord(name, type, (space & TopBit) != 0, ttl, data));
            }
            return all.ToImmutable();
        }

        private DnsData Data(DnsType type, int end)
        {
            switch (type)
            {
                case DnsType.Ptr: return new PtrData(NameUpTo(end));
                case DnsType.Srv:
                    UInt16();
                    UInt16();
                    var port = (ushort)UInt16();
                    return new SrvData(NameUpTo(end), port);
                case DnsType.A when end - _at == 4:
                case DnsType.Aaaa when end - _at == 16: return new AddressData(new IPAddress(_bytes[_at..end]));
                case DnsType.A or DnsType.Aaaa: throw new FormatException("An address is too long or too short.");
                case DnsType.Txt: return new TxtData([.. _bytes[_at..end]]);
                default: return new RawData([.. _bytes[_at..end]]);
            }
        }

        private DnsName NameUpTo(int end)
        {
            var name = Name();
            return _at <= end ? name : throw CutOff();
        }

        // Pointers lead back only, so that none leads in a circle.
        private DnsName Name()
        {
            var labels = new List<string>();
            var (at, after, before, length) = (_at, -1, _at, 0);
            while (true)
            {
                if (at >= _bytes.Length) throw CutOff();
                int head = _bytes[at];
                if (head == 0) break;
                if (head >= 0xC0)
                {
                    if (at + 1 >= _bytes.Length) throw CutOff();
                    if (after < 0) after = at + 2;
                    at = (head & 0x3F) << 8 | _bytes[at + 1];
                    if (at >= before || at < Header) throw new FormatException("A compressed name does not lead back.");
                    before = at;
                    continue;
                }
                if (head > DnsName.MaxLabel || at + 1 + head > _bytes.Length) throw CutOff();
                length += 1 + head;
                if (length >= DnsName.MaxBytes) throw new FormatException("A name is too long.");
                labels.Add(Encoding.UTF8.GetString(_bytes.Slice(at + 1, head)));
                at += 1 + head;
            }
            _at = after < 0 ? at + 1 : after;
            return DnsName.Of(labels);
        }

        private static FormatException CutOff() => new("It is cut off.");
    }
}
