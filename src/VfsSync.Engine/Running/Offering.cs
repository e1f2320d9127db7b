using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using VfsSync.Core.Content;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>Tells the session of a long file's new chunks while it is being read, and keeps them at hand for peers. One file at a time.</summary>
/// <param name="chunks">Where they are kept.</param>
/// <param name="store">Knows what is not new.</param>
/// <param name="peers">How many might take them.</param>
/// <param name="post">To the session.</param>
internal sealed class Offering(OfferedChunks chunks, IFolderStore store, Func<int> peers, Action<SessionInput> post)
{
    private const double LongestWait = 2, SlowestTaker = 64 << 20; // seconds; bytes a second

    private readonly ConcurrentBag<OfferedChunk> _named = [];
    private long _number, _size;
    private int _takers;
    private bool _offered;
    private TimeSpan _waited;

    public ReadingListener Of(EntryPath path) => new()
    {
        Begun = Begin,
        Named = (chunk, bytes) =>
        {
            if (_takers == 0 || store.KnowsChunk(chunk.Id)) return;
            _named.Add(chunk);
            chunks.Add(path, chunk, bytes, _takers);
        },
        Paused = Tell,
        Ended = good => End(good),
    };

    private void Begin(long size)
    {
        _number++;
        (_size, _takers, _offered, _waited) = (size, peers(), false, default);
        _named.Clear();
        chunks.Begin();
    }

    private void Tell()
    {
        if (_named.IsEmpty) return;
        _offered = true;
        var named = new List<OfferedChunk>();
        while (_named.TryTake(out var chunk)) named.Add(chunk);
        post(new ReadingInput(_number, _size, [.. named.OrderBy(c => c.Offset)], Withdrawn: false));
        if (!chunks.Keeps) return;
        // Waiting for the takers saves reading and hashing all of it once more for them; but a slow line must not hold up the record, and what is read after this.
        var start = Stopwatch.GetTimestamp();
        chunks.WaitForRoom();
        _waited += Stopwatch.GetElapsedTime(start);
        if (_waited.TotalSeconds > LongestWait + chunks.Taken / SlowestTaker) chunks.GiveUp();
    }

    private void End(bool good)
    {
        if (_offered && !good) post(new ReadingInput(_number, _size, [], Withdrawn: true));
    }
}
