using System.Collections.Concurrent;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Running;

/// <summary>How long the reading of a long file waits for those who take its chunks: what is not kept for them is read and hashed once more.</summary>
public sealed class OfferingTests
{
    private static readonly KeyRing Keys = KeyRing.From(new byte[32]);

    private readonly OfferedChunks _offered = new(Keys);
    private readonly byte[] _bytes = new byte[Chunker.Max];

    public OfferingTests() => new Random(1).NextBytes(_bytes); // what does not compress fills the room

    [Fact]
    public void A_taker_whom_a_busy_machine_stops_for_a_moment_is_waited_for()
    {
        var read = Read(chunks: 600, pause: taken => taken is 100 or 300 ? TimeSpan.FromMilliseconds(100) : default);
        Assert.True(_offered.Keeps);
        Assert.Equal(600, read);
    }

    [Fact]
    public void A_slow_line_does_not_hold_up_the_record()
    {
        // A chunk every 50 ms is 5 MB/s: waited for to the end this would take more than a minute.
        var read = Read(chunks: 1500, pause: _ => TimeSpan.FromMilliseconds(50));
        Assert.False(_offered.Keeps);
        Assert.Equal(1500, read);
    }

    // How many chunks were read while one taker took them in order, with a pause before each.
    private int Read(int chunks, Func<int, TimeSpan> pause)
    {
        using var ended = new ManualResetEventSlim();
        using var named = new BlockingCollection<ChunkId>();
        var taker = new Thread(() =>
        {
            for (var taken = 0; named.TryTake(out var id, Timeout.Infinite); taken++)
            {
                if (pause(taken) is { Ticks: > 0 } wait && ended.Wait(wait)) return;
                _offered.Take(id)?.Return();
            }
        });
        taker.Start();
        var listener = new Offering(_offered, new MemoryFolderStore(), () => 1, _ => { }).Of(EntryPath.Parse("f"));
        listener.Begun(chunks * (long)_bytes.Length);
        var read = 0;
        for (; read < chunks; read++)
        {
            BitConverter.TryWriteBytes(_bytes, read);
            var chunk = new OfferedChunk(Keys.IdOf(_bytes), _bytes.Length, read * (long)_bytes.Length);
            listener.Named(chunk, _bytes);
            named.Add(chunk.Id);
            listener.Paused();
        }
        listener.Ended(true);
        named.CompleteAdding();
        ended.Set();
        taker.Join();
        return read;
    }
}
