using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Tests.Tree;

public class EntryTests
{
    private static readonly Entry File = Samples.SmallFile(1, 100);

    [Fact]
    public void Same_content_whatever_times_and_modes()
    {
        Assert.True(File.SameContent(File with { ModifiedNs = 1, Mode = 0 }));
        Assert.False(File.SameContent(Samples.SmallFile(2, 100)));
        Assert.False(File.SameContent(Entry.Absent));
        Assert.True(Entry.Directory(1).SameContent(Entry.Directory(2)));
        Assert.False(Entry.Symlink("a", 0).SameContent(Entry.Symlink("b", 0)));
    }

    public static TheoryData<string> Impossible => [.. ImpossibleEntries.Keys];

    private static readonly Dictionary<string, Entry> ImpossibleEntries = new()
    {
        ["mode"] = File with { Mode = 0x200 },
        ["negative mode"] = File with { Mode = -1 },
        ["size"] = File with { Size = 99 },
        ["no content"] = File with { Content = null },
        ["target of a file"] = File with { Target = "x" },
        ["length"] = File with { Content = new Manifest(100, 0, [new ChunkRef(Samples.Chunk(1), 99)]) },
        ["zero length"] = File with { Content = new Manifest(100, 0, [new ChunkRef(Samples.Chunk(1), 100), new ChunkRef(Samples.Chunk(1), 0)]) },
        ["long chunk"] = Entry.File(new Manifest(Chunker.Max + 1, 0, [new ChunkRef(Samples.Chunk(1), Chunker.Max + 1)]), 0, 0),
        ["depth"] = File with { Content = new Manifest(100, 5, [new ChunkRef(Samples.Chunk(1), 36)]) },
        ["refs"] = Entry.File(new Manifest(65, 0, [.. Enumerable.Repeat(new ChunkRef(Samples.Chunk(1), 1), 65)]), 0, 0),
        ["negative size"] = Entry.File(new Manifest(-1, 1, [new ChunkRef(Samples.Chunk(1), 36)]), 0, 0),
        ["directory with content"] = Entry.Directory(0) with { Content = Manifest.Empty },
        ["directory with size"] = Entry.Directory(0) with { Size = 1 },
        ["directory with time"] = Entry.Directory(0) with { ModifiedNs = 1 },
        ["directory with target"] = Entry.Directory(0) with { Target = "x" },
        ["absent with time"] = Entry.Absent with { ModifiedNs = 1 },
        ["absent with mode"] = Entry.Absent with { Mode = 1 },
        ["symlink to nothing"] = Entry.Symlink("", 0),
        ["symlink without target"] = new Entry(EntryKind.Symlink),
        ["symlink with NUL"] = Entry.Symlink("a\0b", 0),
        ["long symlink"] = Entry.Symlink(new string('語', 1366), 0),
        ["symlink with mode"] = Entry.Symlink("a", 0) with { Mode = 1 },
        ["kind"] = new Entry((EntryKind)4),
    };

    // Asked of our own changes before they are signed, since no reader would accept them either.
    [Theory]
    [MemberData(nameof(Impossible))]
    public void Impossible_entries_are_not_authored(string what) =>
        Assert.Throws<ArgumentException>(() => RecordCodec.EncodeChanges([new Change(0, Samples.Path("a"), ImpossibleEntries[what], VersionVector.Empty)]));

    [Fact]
    public void Impossible_changes_are_not_authored()
    {
        var good = new Change(0, Samples.Path("a"), File, VersionVector.Empty, Samples.Path("b"));
        var vector = VersionVector.Of(Samples.Dot(1, 1));
        foreach (var changes in new Change[][]
        {
            [good with { Branch = -1 }],
            [good with { Path = EntryPath.Root }],
            [good with { MovedFrom = EntryPath.Root }],
            [good with { MovedFrom = good.Path }],
            [good with { Entry = Entry.Absent }],
            [good with { MovedFrom = null, FromParents = vector }],
            [good, good],
            [good, good with { Path = Samples.Path("b"), MovedFrom = null }],
            [good, good with { Path = Samples.Path("c") }],
        })
            Assert.Throws<ArgumentException>(() => RecordCodec.EncodeChanges(changes));
        RecordCodec.EncodeChanges([good, good with { Branch = 1 }]);
    }
}
