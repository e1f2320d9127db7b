using System.Buffers;
using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.Wire;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Disk.InMemory;
using VfsSync.Engine.Running;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Running;

/// <summary>What a link has to send.</summary>
public sealed class OutboxTests
{
    [Fact]
    public void However_much_is_asked_for_that_is_gone_every_answer_fits_a_frame()
    {
        var keys = KeyRing.From(new byte[32]);
        using var folder = new MemoryFolder(static () => 0);
        using var store = new MemoryFolderStore();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var source = new ContentSource(store, folder, keys, new ContentReader(folder, keys, new Chunker(keys.GearKey)));
        var (gone, buffer) = (0, new ArrayBufferWriter<byte>());
        var outbox = new Outbox(store, source, new OutgoingChunks(default, default, key, isVault: false), message =>
        {
            MessageCodec.Encode(message, buffer);
            gone += ((GoneMessage)message).Ids.Length;
        });
        Assert.True(outbox.Serve([.. Enumerable.Range(0, 20_000).Select(i => new ChunkId(new Hash256(BitConverter.GetBytes(i).Concat(new byte[28]).ToArray())))]));
        while (outbox.SendNext()) { }
        Assert.Equal(20_000, gone);
    }
}
