using VfsSync.Core.Session;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>Runs a session's effects: commits at once, everything long on threads of its own, one kind of work a thread.</summary>
internal sealed class EffectRunner : IDisposable
{
    private readonly IFolderStore _store;
    private readonly IWorkingFolder _folder;
    private readonly Scanner _scanner;
    private readonly ContentReader _reader;
    private readonly Stager _stager;
    private readonly Applier _applier;
    private readonly Offering _offering;
    private readonly Func<int, LinkDriver?> _link;
    private readonly Action<SessionInput> _post;
    private readonly Worker _scan, _hash, _stage, _apply;
    private readonly Worker[] _deliver;
    private readonly VaultKeeper? _keeper;
    private readonly Alarm _alarm;
    private readonly CancellationTokenSource _stop = new();

    public EffectRunner(IFolderStore store, IWorkingFolder folder, Scanner scanner, ContentReader reader, Stager stager, Applier applier, Offering offering, Func<int, LinkDriver?> link,
        Action<SessionInput> post, Func<long> nowMs, Action<Exception> failed, bool isVault)
    {
        if (isVault) _keeper = new VaultKeeper(store, post, failed);
        (_store, _folder, _scanner, _reader, _stager, _applier, _offering, _link, _post) = (store, folder, scanner, reader, stager, applier, offering, link, post);
        (_scan, _hash, _stage, _apply) = (new Worker("vfs scan", failed), new Worker("vfs hash", failed), new Worker("vfs stage", failed), new Worker("vfs apply", failed));
        _deliver = [new Worker("vfs deliver 1", failed), new Worker("vfs deliver 2", failed)];
        _alarm = new Alarm(nowMs, () => post(new TickInput()));
    }

    /// <summary>Whether anything long is under way.</summary>
    public bool IsBusy => _scan.IsBusy || _hash.IsBusy || _stage.IsBusy || _apply.IsBusy || Array.Exists(_deliver, d => d.IsBusy) || _keeper?.IsBusy == true;

    /// <summary>Runs an effect about disk, store and links. Null unless something must be handled next: the outcome of a commit, most of all. Other effects are left to the node.</summary>
    public SessionInput? Run(SessionEffect effect)
    {
        switch (effect)
        {
            case CommitEffect commit: return Commit(commit);
            case ContinueEffect: return new ContinueInput();
            case ScanEffect scan: _scan.Post(() => Scan(scan)); break;
            case HashEffect hash: _hash.Post(() => _post(Hash(hash))); break;
            case StageEffect stage: _stage.Post(() => _post(_stager.Stage(stage))); break;
            case OfferEffect offer: _stage.Post(() => _post(_stager.Offer(offer))); break;
            case UnstageEffect unstage: _stage.Post(() => _stager.Drop(unstage.Stage)); break;
            case DeliverEffect deliver when _keeper is not null: _keeper.Take(deliver); break;
            case DeliverEffect deliver: _deliver[(uint)deliver.Chunk.Id.GetHashCode() % _deliver.Length].Post(() => _post(_stager.Deliver(deliver))); break;
            case ApplyEffect apply: _apply.Post(() => _applier.Apply(apply.Steps, apply.Stages, _post)); break;
            case SendEffect send: _link(send.Link)?.Send(send.Message); break;
            case PushEffect push: _link(push.Link)?.Push(push.PeerCursor, push.Restart); break;
            case ServeEffect serve: _link(serve.Link)?.Serve(serve.Ids); break;
            case MemberEffect member: _link(member.Link)?.FromMember(member.IsVault); break;
            case CloseEffect close: _link(close.Link)?.Close(close.Reason, close.Text, close.AfterRecords); break;
            case KeepEffect keep: Keep(keep); break;
            case WakeEffect wake: _alarm.Set(wake.AtMs); break;
        }
        return null;
    }

    /// <summary>Finishes what is under way; nothing new is begun.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _alarm.Dispose();
        Worker[] all = [_scan, _hash, _stage, _apply, .. _deliver];
        foreach (var worker in all) worker.Abandon();
        foreach (var worker in all) worker.Dispose();
        _keeper?.Dispose();
    }

    private CommittedInput Commit(CommitEffect commit)
    {
        try
        {
            _store.Commit(commit.Batch, commit.Flushed ? Durability.Flushed : Durability.Ordered);
            return new CommittedInput(null);
        }
        catch (IOException e)
        {
            return new CommittedInput(e.Message);
        }
    }

    private void Scan(ScanEffect scan)
    {
        try
        {
            _post(_scanner.Scan(scan.Targets, _stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The node stops; the next start looks at everything anyway.
        }
    }

    private HashedInput Hash(HashEffect hash)
    {
        try
        {
            return new HashedInput(hash.Path, _reader.Read(hash.Path, _offering.Of(hash.Path), _folder.HasWriter, _stop.Token) is { } seen ? seen with { Entry = Modes.Held(_folder, seen.Entry, _store.OnDisk(hash.Path)) } : null, null);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return new HashedInput(hash.Path, null, null);
        }
        catch (DiskProblemException e)
        {
            return new HashedInput(hash.Path, null, e.Problem);
        }
    }

    private void Keep(KeepEffect keep)
    {
        try
        {
            // Whatever is kept under a name stands in the way of what else comes under it.
            var good = keep.Chunks.Where(c => _keeper is not null || _stager.Verifies(c)).ToList();
            if (good.Count > 0) _store.AddChunks(good);
        }
        catch (IOException)
        {
            // They came unasked; their record will have them fetched, and says so if that fails, too.
        }
    }
}
