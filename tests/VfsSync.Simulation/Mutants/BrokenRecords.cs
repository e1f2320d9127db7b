using System.Collections.Immutable;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Simulation.Mutants;

/// <summary>Changes what is about to be committed: heads, or the node's own records, which are signed anew.</summary>
internal static class BrokenRecords
{
    public static void NewestOnly(SimNode node, CommitBatch batch)
    {
        foreach (var (path, heads) in batch.Heads.ToList())
            if (heads.Count > 1) batch.Heads[path] = [heads.OrderByDescending(h => h.Time).ThenByDescending(h => h.Dot).First()];
    }

    public static void ParentsFromReceived(SimNode node, CommitBatch batch) =>
        Rewrite(node, batch, change => change with { Parents = node.Store.Heads(change.Path).Aggregate(change.Parents, (v, h) => v.Join(h.Vector)) });

    public static void AdoptsAny(SimNode node, CommitBatch batch) => Rewrite(node, batch, change =>
    {
        if (change.Entry.IsAbsent || change.MovedFrom is not null || !batch.Index.TryGetValue(change.Path, out var row) || row is null) return change;
        if (node.Store.Versions(change.Path).FirstOrDefault(v => v.Entry == change.Entry) is not { } known) return change;
        batch.Index[change.Path] = row with { Vector = change.Parents.Join(known.Vector), Shown = known.Dot };
        return null;
    });

    public static void DropsCopies(SimNode node, CommitBatch batch) =>
        Rewrite(node, batch, change => CopyName.OriginOf(change.Path) is not null && !change.Entry.IsAbsent && change.Parents.IsEmpty ? null : change);

    private static void Rewrite(SimNode node, CommitBatch batch, Func<Change, Change?> rewrite)
    {
        if (batch.SetAside.Count > 0 || !batch.Records.Exists(r => r.Opened.Header.Author == node.Session.Author && r.Opened.Changes.Length > 0)) return;
        RecordId? before = null;
        for (var i = 0; i < batch.Records.Count; i++)
        {
            var opened = batch.Records[i].Opened;
            if (opened.Header.Author != node.Session.Author) continue;
            batch.Records[i] = Signed(node, opened.Header with { Previous = before ?? opened.Header.Previous }, [.. opened.Changes.Select(rewrite).OfType<Change>()]);
            before = batch.Records[i].Opened.Id;
        }
        Refold(node, batch);
    }

    private static (SignedRecord, ChangeRecord) Signed(SimNode node, RecordHeader header, ImmutableArray<Change> changes)
    {
        var ring = SimCluster.Shared.Ring;
        var body = ring.SealBody(RecordCodec.EncodeChanges(changes), new byte[12]);
        var signed = RecordSigner.Sign(header, body, SimCluster.Shared.Member(node.Index).Key);
        return (signed, new ChangeRecord(RecordCodec.IdOf(signed), RecordCodec.DecodeHeader(signed.Header), changes, []));
    }

    private static void Refold(SimNode node, CommitBatch batch)
    {
        batch.Heads.Clear();
        foreach (var (_, record) in batch.Records) BatchFold.Add(batch, record, node.Store);
        var own = batch.Records.SelectMany(r => Version.Of(r.Opened)).ToDictionary(v => (v.Path, v.Dot));
        foreach (var (path, row) in batch.Index.ToList())
        {
            if (row is null || row.Shown.Author != node.Session.Author || row.Shown.Number <= node.Store.Cursor[row.Shown.Author]) continue;
            if (own.TryGetValue((path, row.Shown), out var version)) batch.Index[path] = row with { Vector = version.Vector };
            else batch.Index.Remove(path);
        }
    }
}
