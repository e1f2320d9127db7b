using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Store;

public sealed class SqliteFolderStoreTests : FolderStoreContract
{
    private readonly StoreDirectory _directory = new();
    private readonly SqliteFolderStore _store;

    public SqliteFolderStoreTests() => _store = SqliteFolderStore.Open(_directory.Path);

    private protected override IFolderStore Store => _store;

    public override void Dispose()
    {
        _store.Dispose();
        _directory.Dispose();
    }

    private protected override void FullDisk(bool full) => _store.LimitPages(full ? 1 : null);
}
