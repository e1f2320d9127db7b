using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Rules;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>
/// Captures contents over 64 KiB, so that versions can be brought back: of what was taken out of the folder at once, of what stands in it once it has been still.
/// One thread, which works only while the node has nothing else to do, and half of that time. What is due survives a restart (<see cref="IFolderStore.DueForCapture"/>,
/// `.vfs/kept`); what is read is believed only if it is what its name says.
/// </summary>
internal sealed class HistoryCapture : IDisposable
{
    private const int Page = 256;
    private static readonly TimeSpan s_still = TimeSpan.FromSeconds(2), s_later = TimeSpan.FromSeconds(10), s_look = TimeSpan.FromMilliseconds(50);

    // In a folder that is never quiet for long, and beside a slow line, who has waited for a while makes do with shorter pauses.
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(3), s_patience = TimeSpan.FromSeconds(30), s_shortQuiet = TimeSpan.FromMilliseconds(100);

    private readonly IFolderStore _store;
    private readonly IWorkingFolder _folder;
    private readonly ContentSource _source;
    private readonly Func<EntryPath, HistoryScope> _scope;
    private readonly Quiet _quiet;
    private readonly Action<bool> _full;
    private readonly Action _packed;
    private readonly CaptureSlice _slice;
    private readonly Worker _worker;
    private readonly CancellationTokenSource _stop = new();
    private readonly AutoResetEvent _armed = new(true);
    private readonly List<string> _taken = [];
    private bool _late;

    /// <param name="store">Where it goes.</param>
    /// <param name="folder">Where it comes from.</param>
    /// <param name="source">What was taken out of the folder.</param>
    /// <param name="keys">Names and seals chunks.</param>
    /// <param name="scope">What is wanted of a path; asked whenever something is due there.</param>
    /// <param name="quiet">When to work.</param>
    /// <param name="full">Told whether the disk has too little room for what is due.</param>
    /// <param name="packed">Told when what was taken out of the folder is captured.</param>
    /// <param name="failed">Told of a bug.</param>
    public HistoryCapture(IFolderStore store, IWorkingFolder folder, ContentSource source, KeyRing keys, Func<EntryPath, HistoryScope> scope, Quiet quiet, Action<bool> full, Action packed, Action<Exception> failed)
    {
        (_store, _folder, _source, _scope, _quiet, _full, _packed) = (store, folder, source, scope, quiet, full, packed);
        _slice = new CaptureSlice(store, keys);
        _worker = new Worker("vfs history", failed, ThreadPriority.Lowest);
    }

    public void Start() => _worker.Post(Run);

    /// <summary>Something may be due.</summary>
    public void Arm() => _armed.Set();

    /// <summary>Nothing new is begun.</summary>
    public void Stop() => _stop.Cancel();

    public void Dispose()
    {
        Stop();
        _worker.Dispose();
    }

    private void Run()
    {
        try
        {
            for (TimeSpan? next = TimeSpan.Zero; ; next = Pass())
            {
                if (WaitHandle.WaitAny([_stop.Token.WaitHandle, _armed], next ?? Timeout.InfiniteTimeSpan) == 0) return;
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // What is not captured is still due.
        }
    }

    // Captures what is due; says after which time to try again what is left.
    private TimeSpan? Pass()
    {
        try
        {
            var kept = _source.Kept.Unpacked;
            if (kept.Count == 0 && _store.DueForCapture(0, 1).Count == 0) return Nothing();
            _late = false;
            WaitUntilQuiet();
            if (!HasRoom()) return s_later;
            foreach (var name in kept) TakeKept(name);
            return TakeDue() ?? (_source.Kept.Unpacked.Count > 0 ? s_later : Nothing());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _slice.Drop();
            _taken.Clear();
            return s_later; // Of a disk that refuses, what cannot wait says so.
        }
    }

    private TimeSpan? Nothing()
    {
        _full(false);
        return null;
    }

    private bool HasRoom()
    {
        var room = !_folder.Kept.IsFull;
        _full(!room);
        return room;
    }

    // What of it is not what its name says never will be: then it is as good as captured. What the disk does not give in this moment is asked for again, and holds up nothing else.
    private void TakeKept(string name)
    {
        var isRead = true;
        foreach (var (chunk, offset) in Places(_source.Kept.ChunksOf(name)))
            if (!_slice.Has(chunk.Id)) Take(chunk, bytes => ReadKept(name, bytes.Span, offset, ref isRead));
        if (isRead) _taken.Add(name);
        if (_slice.IsFull) Flush();
    }

    private int ReadKept(string name, Span<byte> bytes, long offset, ref bool isRead)
    {
        try
        {
            return _source.Kept.Read(name, bytes, offset);
        }
        catch (IOException)
        {
            isRead = false;
            return 0;
        }
    }

    private TimeSpan? TakeDue()
    {
        TimeSpan? next = null;
        var page = _store.DueForCapture(0, Page);
        for (; page.Count > 0; page = _store.DueForCapture(page[^1].Turn, Page))
        {
            foreach (var (turn, path) in page)
            {
                if (TakeFile(path) is not { } wait) _slice.Done(turn);
                else if (next is null || wait < next) next = wait;
                if (_slice.IsFull) Flush();
            }
        }
        Flush();
        return next;
    }

    // Null: nothing more is to be done for what the index has there.
    private TimeSpan? TakeFile(EntryPath path)
    {
        _stop.Token.ThrowIfCancellationRequested();
        if (_store.OnDisk(path) is not { Entry: { Kind: EntryKind.File, Content: { Size: > Staging.SmallContent } content } } row || _scope(path) != HistoryScope.All) return null;
        if (!row.Placed) return s_later;
        try
        {
            if (StillIn(_folder.Look(path).Stamp) is var wait && wait > TimeSpan.Zero) return wait;
            return _source.Expand(content) is { } leaves ? TakeFile(path, leaves) : s_later;
        }
        catch (DiskProblemException)
        {
            return s_later; // The scanner says what is wrong with it.
        }
        catch (FormatException)
        {
            return null; // A manifest that contradicts itself: there is no such content.
        }
    }

    private TimeSpan? TakeFile(EntryPath path, IReadOnlyList<ChunkRef> leaves)
    {
        IReadableFile? file = null;
        try
        {
            foreach (var (chunk, offset) in Places(leaves))
            {
                if (_slice.Has(chunk.Id)) continue;
                file ??= _folder.OpenRead(path);
                // It changed: it comes again, with a turn of its own, or once it is as it was.
                if (!Take(chunk, bytes => file.Read(bytes.Span, offset))) return s_later;
            }
            return null;
        }
        finally
        {
            file?.Dispose();
        }
    }

    // By the clock that stamps the files; one that was set back says nothing.
    private static TimeSpan StillIn(FileStamp stamp)
    {
        var still = TimeSpan.FromMicroseconds((Stamps.NowNs - (stamp.ChangedNs != 0 ? stamp.ChangedNs : stamp.ModifiedNs)) / 1000);
        return still < TimeSpan.Zero ? TimeSpan.Zero : s_still - still;
    }

    private bool Take(ChunkRef chunk, Func<Memory<byte>, int> read)
    {
        if (_slice.IsFull) Flush();
        WaitUntilQuiet();
        return _slice.Add(chunk, read);
    }

    private void Flush()
    {
        WaitUntilQuiet();
        if (!HasRoom()) throw new IOException("The disk has too little room for history.");
        _slice.Flush();
        foreach (var name in _taken) _source.Kept.Packed(name);
        if (_taken.Count > 0) _packed();
        _taken.Clear();
        Rest(_slice.TakeWorked());
    }

    private void WaitUntilQuiet()
    {
        for (var since = Environment.TickCount64; !(_late ? _quiet.ButForSending(s_shortQuiet) : _quiet.For(s_quiet)); Rest(s_look))
            _late |= Environment.TickCount64 - since > s_patience.TotalMilliseconds;
        _stop.Token.ThrowIfCancellationRequested();
    }

    private void Rest(TimeSpan time)
    {
        _stop.Token.WaitHandle.WaitOne(time);
        _stop.Token.ThrowIfCancellationRequested();
    }

    private static IEnumerable<(ChunkRef Chunk, long Offset)> Places(IReadOnlyList<ChunkRef> chunks)
    {
        var offset = 0L;
        foreach (var chunk in chunks)
        {
            yield return (chunk, offset);
            offset += chunk.Length;
        }
    }
}
