using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Simulation;

/// <summary>Lines of a trace.</summary>
internal static class Describe
{
    public static string Input(SessionInput input) => input switch
    {
        HintInput hint => $"hint {Join(hint.Targets.Select(t => t.Deep ? $"{t.Path}/" : t.Path.Text))}{(hint.Writing.Count > 0 ? $" writing {Join(hint.Writing)}" : "")}",
        ScannedInput scanned => $"scanned {Join(scanned.Seen.Select(s => $"{s.Path}={Entry(s.Entry)}"))} large {scanned.Large.Count} open {scanned.Open.Count} problems {Join(scanned.Problems.Select(p => p.Path))}",
        AppliedInput applied => $"applied {Join(applied.Outcomes.Select(o => $"{Step(o.Step)}: {o.Result}"))}",
        MessageInput message => $"{message.Link}: {Message(message.Message)}",
        StagedInput staged => $"staged {staged.Stage}, {staged.Missing.Count} missing{(staged.Problem is null ? "" : " " + staged.Problem.Message)}",
        LinkUpInput up => $"link {up.Link} up to {up.Address}",
        LinkDownInput down => $"link {down.Link} down",
        DeliveredInput delivered => $"delivered {delivered.Id.Hash.Short(4)} {(delivered.Good ? "good" : "bad")}",
        _ => input.GetType().Name.Replace("Input", "", StringComparison.Ordinal),
    };

    public static string? Effect(SessionEffect effect) => effect switch
    {
        CommitEffect { Batch: var batch } => $"commit {(batch.Opened.Count > 0 ? $"opened {Join(batch.Opened.Select(o => $"{o.Dot.Author.Node.Hash.Short(2)}:{o.Dot.Number}"))} " : "")}records {Join(batch.Records.SelectMany(r => r.Opened.Changes.Select(c => $"{r.Opened.Dot.Author.Node.Hash.Short(2)}:{r.Opened.Dot.Number} {Change(c)}")))} rows {Join(batch.Index.Select(i => $"{i.Key}={(i.Value is null ? "none" : Row(i.Value))}"))}",
        ScanEffect scan => $"scan {Join(scan.Targets.Select(t => t.Deep ? $"{t.Path}/" : t.Path.Text))}",
        ApplyEffect apply => $"apply {Join(apply.Steps.Select(Step))}",
        StageEffect stage => $"stage {stage.Stage} {stage.Path}",
        SendEffect { Message: HaveMessage or PingMessage or PongMessage } => null,
        SendEffect send => $"{send.Link}: {Message(send.Message)}",
        ProblemEffect problem => $"problem {problem.Path} {problem.Problem?.Message ?? "gone"}",
        HaltEffect halt => $"halt {halt.Reason}",
        EpochEffect epoch => $"epoch {epoch.Epoch:x}: {epoch.Why}",
        CloseEffect close => $"close {close.Link} {close.Reason} {close.Text}",
        KeyInUseEffect key => $"seals with {key.KeyId}",
        HashEffect hash => $"hash {hash.Path}",
        _ => null,
    };

    public static string Entry(Entry entry) => entry.Kind switch
    {
        EntryKind.Absent => "-",
        EntryKind.Directory => $"dir {Convert.ToString(entry.Mode, 8)}",
        EntryKind.Symlink => $"-> {entry.Target}",
        _ => $"{(entry.Content!.Chunks.IsEmpty ? "empty" : entry.Content.Chunks[0].Id.Hash.Short(4))} {Convert.ToString(entry.Mode, 8)}",
    };

    private static string Change(Change change) =>
        $"{(change.MovedFrom is { } from ? $"{from} => " : "")}{change.Path}={Entry(change.Entry)} after {Vector(change.Parents)}{(change.MovedFrom is null ? "" : Vector(change.FromParents))}";

    private static string Row(IndexRow row) => $"{Entry(row.Entry)} shows {row.Shown.Author.Node.Hash.Short(2)}:{row.Shown.Number} {Vector(row.Vector)}{(row.Origin == row.Path ? "" : $" for {row.Origin}")}";

    public static string Vector(VersionVector vector) => $"[{Join(vector.Dots.Select(d => $"{d.Author.Node.Hash.Short(2)}:{d.Number}"))}]";

    private static string Step(PlanStep step) => $"{step.GetType().Name.Replace("Step", "", StringComparison.Ordinal)} {(step is RenameStep r ? $"{r.From} => " : "")}{step.Path}={Entry(step.Wanted.Entry)}{(step.Expected is { } e ? $" over {Entry(e.Entry)}" : "")}";

    private static string Message(PeerMessage message) => message switch
    {
        RecordsMessage records => $"Records {records.Records.Length} {Join(records.Records.Select(r => RecordCodec.DecodeHeader(r.Header).Dot).Select(d => $"{d.Author.Node.Hash.Short(2)}:{d.Number}"))}, {records.Chunks.Length} chunks",
        WantMessage want => $"Want {want.Ids.Length}",
        GoneMessage gone => $"Gone {gone.Ids.Length}",
        ChunksMessage chunks => $"Chunks {chunks.Chunks.Length}",
        CursorMessage cursor => $"Cursor {Join(cursor.Received.Select(r => $"{r.Dot.Author.Node.Hash.Short(2)}:{r.Dot.Number}"))}",
        GoodbyeMessage bye => $"Goodbye {bye.Reason}",
        _ => message.GetType().Name,
    };

    private static string Join<T>(IEnumerable<T> parts) => string.Join(", ", parts);
}
