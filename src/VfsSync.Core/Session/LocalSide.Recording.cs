using VfsSync.Core.History;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>From what was seen to records, and to the answers that wait for them.</summary>
internal sealed partial class LocalSide
{
    private void Record(IReadOnlyList<Observation> seen, List<long> requests, bool atStart = false, bool believed = false)
    {
        believed |= atStart && _context.Unrecorded.Count == 0 || requests.Count > 0;
        var (batch, changes) = LocalChanges.Of(seen, _context, _authoring, atStart, believed ? null : Doubt, path => atStart || _firstHashes.Contains(path));
        if (IsTooMuchGone(changes)) return;
        _doubted.Forget(batch.Index.ContainsKey); // Recorded: as gone, or as come to another place.
        foreach (var observation in seen)
            if (observation is { Stamp.Unsure: true, WhileOpen: false }) _schedule.Later(new ScanTarget(observation.Path, false), _context.Settings.GrainMs);
        if (batch.IsEmpty)
        {
            _firstHashes.ExceptWith(seen.Select(s => s.Path));
            AnswerAll(requests, changes);
            return;
        }
        _context.Commit(batch, flushed: batch.Records.Count > 0, () => Done(batch, changes, requests), error => Failed(seen, requests, error, atStart));
    }

    private bool IsTooMuchGone(IReadOnlyList<Change> changes)
    {
        var gone = changes.Where(c => c.Entry.IsAbsent && _context.View.OnDisk(c.Path) is { Entry.Kind: EntryKind.File } && !IsLeaving(c.Path)).ToList();
        if (_context.Removals.Allows(gone.Count)) return false;
        _context.Halt($"{gone.Count} files are gone from this folder within a minute, such as '{gone[0].Path}': more than the limit of {_context.Settings.RemovalLimit}. Nothing was removed elsewhere. If that was meant, Resume-VfsNode goes on, and they are removed everywhere; if not, put them back first.");
        return true;
    }

    private void Settle(EntryPath path)
    {
        if (_context.View.OnDisk(path) is not { Entry.IsAbsent: false } row) return;
        var (batch, changes) = LocalChanges.Settling(row, _context, _authoring);
        if (batch.IsEmpty) AnswerAll([], []);
        else _context.Commit(batch, flushed: true, () => Done(batch, changes, []), error =>
        {
            Failed([], [], error, atStart: false);
            _settleAgain.Add(path);
            _context.Emit(new WakeEffect(_settleAtMs = _context.NowMs + AgainMs));
        });
    }

    private IReadOnlyCollection<EntryPath> Doubt(IReadOnlyList<Observation> absent)
    {
        // What vanished may be where something came from that the store has refused: to be told as gone before that is recorded, it could be lost with this disk.
        var refused = _context.Unrecorded.Count > 0;
        var doubted = _doubted.Doubt(absent, all: refused);
        var againMs = refused ? AgainMs : _doubted.AgainMs;
        if (doubted.Count > 0 && _doubtsAtMs == long.MaxValue) WatchDoubts();
        // What lies in a directory that is missing is missed with it; where much is missing in one, all of it is looked at.
        foreach (var group in doubted.Where(p => !p.Ancestors().Any(doubted.Contains)).GroupBy(p => p.Parent))
        {
            if (group.Count() > MostLooks) _schedule.Later(new ScanTarget(group.Key, true), againMs);
            else foreach (var path in group) _schedule.Later(new ScanTarget(path, _context.View.OnDisk(path)?.Entry.Kind == EntryKind.Directory), againMs);
        }
        return doubted;
    }

    private void Done(CommitBatch batch, IReadOnlyList<Change> changes, IReadOnlyList<long> requests)
    {
        _firstHashes.ExceptWith(batch.Index.Keys);
        if (batch.Records.Count == 0)
        {
            AnswerAll(requests, changes);
            return;
        }
        Recorded?.Invoke();
        // It is on its way to the peers meanwhile.
        _context.AtRest(() =>
        {
            _placing.HeadsChanged(batch.Heads.Keys, _context.View.LastSequence);
            foreach (var change in changes)
                _context.Emit(new HappenedEffect(Happening.Recorded, _authoring.Author.Node, change.Path, change.Entry, change.MovedFrom));
            AnswerAll(requests, changes);
        });
    }

    // Nothing of it was kept (a full disk, most likely): the changes are still on the disk, and are looked at again.
    private void Failed(IReadOnlyList<Observation> seen, IReadOnlyList<long> requests, string error, bool atStart)
    {
        _refusal = $"Changes cannot be recorded: {error} They stay on this disk and are tried again.";
        _context.Problem(EntryPath.Root, ProblemKind.Unwritable, _refusal);
        _refused = true;
        _context.Unrecorded.UnionWith(seen.Select(s => s.Path));
        FirstLookPending |= atStart;
        if (atStart) _schedule.Later(new ScanTarget(EntryPath.Root, true), AgainMs);
        else foreach (var observation in seen) _schedule.Later(new ScanTarget(observation.Path, false), AgainMs);
        _asked.Refuse(requests, _refusal);
    }

    private void Accepted()
    {
        _refused = false;
        _context.Emit(new ProblemEffect(EntryPath.Root, null));
    }

    private void AnswerAll(IReadOnlyList<long> requests, IReadOnlyList<Change> changes)
    {
        // What was refused before was looked at again: it is recorded, or as the index says, since its user took it back.
        if (_refused && _context.Unrecorded.Count == 0 && _settleAgain.Count == 0) Accepted();
        if (_settleAgain.Count > 0) _asked.RefuseAbout(_settleAgain, _refusal);
        _asked.Answer(requests, changes);
    }
}
