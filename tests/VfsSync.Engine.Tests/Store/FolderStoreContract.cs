using VfsSync.Core.Session;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Store;

/// <summary>What every folder store keeps to. Its parts stand in files of their own; each back adds a class that opens it.</summary>
public abstract partial class FolderStoreContract : IDisposable
{
    private protected abstract IFolderStore Store { get; }

    private protected abstract void FullDisk(bool full);

    public abstract void Dispose();

    private void Commit(CommitBatch batch) => Store.Commit(batch, Durability.Flushed);
}
