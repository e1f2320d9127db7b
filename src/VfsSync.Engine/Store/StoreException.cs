namespace VfsSync.Engine.Store;

/// <summary>The store cannot be used as it is; trouble that may pass (disk full, I/O) is an <see cref="IOException"/> instead.</summary>
internal abstract class StoreException(string message, Exception? inner) : Exception(message, inner);

/// <summary>A later version of VfsSync wrote this store.</summary>
internal sealed class StoreVersionException(int found, int known)
    : StoreException($"The folder's state was written by a newer VfsSync (store version {found}; this one reads up to {known}). Update the module (Update-Module VfsSync), then start the node again.", null)
{
    public int Found { get; } = found;

    public int Known { get; } = known;
}

/// <summary>What the store holds is not what it wrote. <see cref="SqliteFolderStore.SetAside"/> makes room for a new one.</summary>
internal sealed class StoreCorruptException(string damage, Exception? inner = null)
    : StoreException($"The folder's state is damaged: {damage.TrimEnd('.')}. Start the node again: it keeps the damaged state aside and builds a new one from the folder and the peers.", inner)
{
    /// <summary>What is damaged, as part of a sentence.</summary>
    public string Damage { get; } = damage.TrimEnd('.');
}

/// <summary>Another process has this store open.</summary>
internal sealed class StoreInUseException(string directory, Exception inner)
    : StoreException($"'{directory}' is in use by another node. Stop that node first (Stop-VfsNode), or end its process.", inner);
