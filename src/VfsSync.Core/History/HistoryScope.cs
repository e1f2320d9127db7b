namespace VfsSync.Core.History;

/// <summary>Which contents over 64 KiB of a path are captured, so that its versions can be brought back. Smaller ones always are.</summary>
internal enum HistoryScope
{
    /// <summary>What stands in the folder, once it has been still, and what changes of other nodes take out of it.</summary>
    All,

    /// <summary>What changes of other nodes, and cmdlets, take out of the folder.</summary>
    Peers,

    /// <summary>Nothing.</summary>
    None,
}
