namespace VfsSync.Core.Tree;

/// <summary>
/// What a disk says of an entry without reading it. Equal stamps mean equal content, unless <see cref="Unsure"/>: then the entry changed so shortly
/// before the stamp was taken that a later write might not move the clock, and it is read once more after that grain.
/// </summary>
/// <param name="Size">Bytes.</param>
/// <param name="ModifiedNs">mtime, nanoseconds since 1970.</param>
/// <param name="Inode">Inode, or file id.</param>
/// <param name="ChangedNs">ctime, nanoseconds since 1970; 0 where the system has none. Of a directory, when it was made: that stays with it through renames.</param>
/// <param name="Mode">File type and permission bits as the disk has them.</param>
/// <param name="Unsure">Younger than the clock's grain when taken.</param>
internal readonly record struct FileStamp(long Size, long ModifiedNs, ulong Inode, long ChangedNs, int Mode, bool Unsure = false)
{
    /// <summary>Whether both are of one directory.</summary>
    public bool SameDirectoryAs(FileStamp other) => Inode == other.Inode && (ChangedNs == 0 || other.ChangedNs == 0 || ChangedNs == other.ChangedNs);

    public bool SameAs(FileStamp other) =>
        Size == other.Size && ModifiedNs == other.ModifiedNs && Inode == other.Inode && ChangedNs == other.ChangedNs && Mode == other.Mode;
}
