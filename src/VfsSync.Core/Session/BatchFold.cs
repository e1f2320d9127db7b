using VfsSync.Core.Reconcile;
using VfsSync.Core.History;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Session;

/// <summary>Folds records into the heads of a batch.</summary>
internal static class BatchFold
{
    public static void Add(CommitBatch batch, ChangeRecord record, IFolderView view)
    {
        foreach (var version in Version.Of(record)) Add(batch, version, view);
    }

    public static void Add(CommitBatch batch, Version version, IFolderView view) =>
        batch.Heads[version.Path] = Fold.With(batch.Heads.TryGetValue(version.Path, out var heads) ? heads : view.Heads(version.Path), version);
}
