using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>What the index says once the steps of a plan are taken.</summary>
internal sealed class PlacedRows(CommitBatch batch, SessionContext context)
{
    public void Add(StepOutcome outcome)
    {
        var (step, wanted) = (outcome.Step, outcome.Step.Wanted);
        if (step is RenameStep rename) Move(rename.From, wanted.Path, rename.Source.Entry.Kind == EntryKind.Directory);
        var known = Row(wanted.Path);
        var stamp = step is AdoptStep ? known?.Stamp ?? default : outcome.Stamp;
        if (known is not null && known.Shown != wanted.Shown) Unsee(known);
        var gone = wanted.Entry.IsAbsent && wanted.Vector.IsEmpty;
        if (!known?.Entry.SameContent(wanted.Entry) ?? true) Place(wanted.Path, wanted.Entry);
        batch.Index[wanted.Path] = gone ? null : new IndexRow(wanted.Path, wanted.Entry, stamp, wanted.Vector, wanted.Shown, wanted.Origin, outcome.LocalName ?? known?.LocalName, step is not AdoptStep || (known?.Placed ?? true), Of: wanted.Of);
    }

    // A renamed directory carries everything in it. Below a file there may be rows, too: what lay in the directory that a user put the file in place of.
    private void Move(EntryPath from, EntryPath to, bool isDirectory)
    {
        if (isDirectory) foreach (var row in context.View.OnDiskBelow(from))
                if (Row(row.Path) is { Entry.IsAbsent: false } now) Shift(now, row.Path.Rebase(from, to));
        if (Row(from) is { } source) Shift(source, to);
    }

    // What a copy showed is not seen beside its path any more: who changes that path next has not seen it, and does not settle it.
    private void Unsee(IndexRow copy)
    {
        if (copy.Origin == copy.Path || copy.Entry.IsAbsent || Row(copy.Origin) is not { Entry.IsAbsent: false } row || row.Shown == copy.Shown || !row.Vector.Contains(copy.Shown)) return;
        var shown = context.View.Versions(row.Of ?? row.Path).FirstOrDefault(v => v.Dot == row.Shown);
        batch.Index[row.Path] = row with { Vector = shown?.Vector ?? default };
    }

    private void Shift(IndexRow row, EntryPath to)
    {
        Unsee(row);
        batch.Index[to] = row with { Path = to, Origin = row.Origin == row.Path ? to : row.Origin, Of = (row.Of ?? row.Path) is var of && of == to ? null : of };
        batch.Index[row.Path] = null; // Nothing of what is due there has been shown: it was carried away.
        batch.Places[row.Path] = [];
        Place(to, row.Entry);
    }

    private void Place(EntryPath path, Entry entry) => batch.Places[path] = entry.Content is { } content ? context.Contents.Expand(content) ?? [] : [];

    private IndexRow? Row(EntryPath path) => batch.Index.TryGetValue(path, out var row) ? row : context.View.OnDisk(path);
}
