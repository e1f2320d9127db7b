using System.Collections.Immutable;
using VfsSync.Core.History;

namespace VfsSync.Core.Wire;

internal static partial class RecordCodec
{
    /// <summary>The clear body of a record about members.</summary>
    public static byte[] EncodeStatements(IReadOnlyList<Statement> statements)
    {
        var w = new ProtoWriter(stackalloc byte[1024]);
        foreach (var statement in statements)
        {
            var mark = w.Begin(1, 512);
            switch (statement)
            {
                case Admission admission: MembershipCodec.Write(ref w, 1, admission.Membership); break;
                case GrantClosing closing: MembershipCodec.Write(ref w, 2, closing); break;
                case SealKeyShare share: SealKeyCodec.Write(ref w, 3, share); break;
                case RootCut cut: MembershipCodec.Write(ref w, 4, cut); break;
                case Succession succession: MembershipCodec.Write(ref w, 5, succession); break;
                case UnknownStatement { Bytes.IsEmpty: true } unknown: w.End(w.Begin(unknown.Kind)); break;
                case UnknownStatement unknown: w.Bytes(unknown.Kind, unknown.Bytes.Span); break;
                default: throw new ArgumentException($"{statement.GetType().Name} has no encoding.", nameof(statements));
            }
            w.End(mark);
        }
        return w.ToArrayAndDispose();
    }

    /// <exception cref="FormatException">Not such a body.</exception>
    public static ImmutableArray<Statement> DecodeStatements(ReadOnlyMemory<byte> body)
    {
        var statements = ImmutableArray.CreateBuilder<Statement>();
        var r = new ProtoReader(body);
        while (r.Next(out var field))
        {
            if (field == 1) statements.Add(DecodeStatement(r.Message()));
            else r.Skip();
        }
        return statements.DrainToImmutable();
    }

    private static Statement DecodeStatement(ProtoReader r)
    {
        if (!r.Next(out var kind)) throw new FormatException("A statement says nothing.");
        Statement statement = kind switch
        {
            1 => new Admission(MembershipCodec.ReadMembership(r.Message())),
            2 => MembershipCodec.ReadClosing(r.Message()),
            3 => SealKeyCodec.Read(r.Message()),
            4 => MembershipCodec.ReadCut(r.Message()),
            5 => MembershipCodec.ReadSuccession(r.Message()),
            _ => new UnknownStatement(kind, r.Memory(SignedRecord.MaxBytes)),
        };
        return r.AtEnd ? statement : throw new FormatException("A statement says two things.");
    }
}
