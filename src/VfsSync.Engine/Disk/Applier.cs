using VfsSync.Core.Content;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk;

/// <summary>
/// Takes the steps of a plan, in order: the one place that changes the user's folder. Contents are staged and flushed first, many at once, then put in place
/// one by one, each after a check that the disk still holds what the plan assumed.
/// </summary>
/// <param name="folder">The disk.</param>
/// <param name="readChunk">A verified chunk of a small content; null if it is not on this machine.</param>
/// <param name="takeStage">Hands over a staged content; null if it was dropped.</param>
/// <param name="kept">Hears what long file came out, where, its name where it is kept, and what it holds.</param>
internal sealed class Applier(IWorkingFolder folder, Func<ChunkRef, ReadOnlyMemory<byte>?> readChunk, Func<long, IStagedFile?> takeStage, Action<EntryPath, string, Manifest> kept)
{
    private const int FilesAtOnce = 256;
    private const int FlushesAtOnce = 16;

    /// <summary>Takes the steps, and tells of each part of them once it is durable.</summary>
    public void Apply(IReadOnlyList<PlanStep> steps, IReadOnlyDictionary<EntryPath, long> stages, Action<AppliedInput> applied)
    {
        if (steps.Count == 0) applied(new AppliedInput([], Unflushed: FlushDirectories()));
        var taken = 0;
        var failed = new HashSet<EntryPath>();
        foreach (var batch in InBatches(steps))
        {
            var staged = Stage(batch, stages);
            var outcomes = batch.ConvertAll(step => Take(step, staged, failed));
            foreach (var content in staged.Values) content.File?.Dispose();
            var unflushed = FlushDirectories();
            taken += batch.Count;
            applied(new AppliedInput(outcomes, Last: taken == steps.Count, unflushed));
        }
    }

    // What stands there stands there; but a power cut could take it back. The next flush tries again.
    private string? FlushDirectories()
    {
        try
        {
            folder.FlushDirectories();
            return null;
        }
        catch (DiskProblemException e)
        {
            return e.Problem.Message;
        }
    }

    private static IEnumerable<List<PlanStep>> InBatches(IReadOnlyList<PlanStep> steps)
    {
        var batch = new List<PlanStep>();
        var files = 0;
        foreach (var step in steps)
        {
            batch.Add(step);
            if (step is not FileStep || ++files < FilesAtOnce) continue;
            yield return batch;
            (batch, files) = ([], 0);
        }
        if (batch.Count > 0) yield return batch;
    }

    private Dictionary<PlanStep, Content> Stage(List<PlanStep> steps, IReadOnlyDictionary<EntryPath, long> stages)
    {
        var staged = new Dictionary<PlanStep, Content>(ReferenceEqualityComparer.Instance);
        foreach (var step in steps.OfType<FileStep>())
            staged[step] = stages.TryGetValue(step.Path, out var stage) ? Content.Of(takeStage(stage), step.Wanted.Entry) : Write(step.Wanted.Entry, step.Path);
        var whole = staged.Values.Where(c => c.File is not null).ToList();
        if (whole.Count < 4) whole.ForEach(Flush);
        else if (!folder.TryFlushTogether(whole.ConvertAll(c => (c.File!, c.Entry!)))) Parallel.ForEach(whole, new ParallelOptions { MaxDegreeOfParallelism = FlushesAtOnce }, Flush);
        return staged;
    }

    private Content Write(Entry entry, EntryPath path)
    {
        IStagedFile? file = null;
        try
        {
            file = folder.Stage(entry.Size);
            var at = 0L;
            foreach (var chunk in entry.Content!.Chunks)
            {
                if (readChunk(chunk) is not { } bytes) throw new FileNotFoundException();
                file.Write(bytes.Span, at);
                at += chunk.Length;
            }
            return Content.Of(file, entry);
        }
        catch (DiskProblemException e)
        {
            file?.Dispose();
            return new Content { Problem = e.Problem with { Path = path } };
        }
        catch (FileNotFoundException)
        {
            file?.Dispose();
            return new Content();
        }
    }

    private static void Flush(Content content)
    {
        try
        {
            content.File!.Flush(content.Entry!);
        }
        catch (DiskProblemException e)
        {
            content.File!.Dispose();
            (content.File, content.Problem) = (null, e.Problem);
        }
    }

    private StepOutcome Take(PlanStep step, Dictionary<PlanStep, Content> staged, HashSet<EntryPath> failed)
    {
        if (step.After is { } first && failed.Contains(first)) return new StepOutcome(step, StepResult.Surprise);
        try
        {
            var outcome = Take(step, staged);
            if (step is RenameStep or FileStep or SymlinkStep && outcome.Result != StepResult.Done) failed.Add(step.Path);
            return outcome;
        }
        catch (DiskProblemException e)
        {
            if (step is RenameStep or FileStep or SymlinkStep) failed.Add(step.Path);
            return new StepOutcome(step, StepResult.Failed, Problem: e.Problem with { Path = step.Path });
        }
    }

    private StepOutcome Take(PlanStep step, Dictionary<PlanStep, Content> staged)
    {
        Expected? expected = step.Expected is { Placed: true, Entry.IsAbsent: false } row ? new(row.Stamp, row.Entry.Content) : null;
        var entry = step.Wanted.Entry;
        switch (step)
        {
            case AdoptStep: return new StepOutcome(step, StepResult.Done, step.Expected?.Stamp ?? default);
            case DirectoryStep: return Outcome(step, folder.PutDirectory(step.Path, entry, expected));
            case SymlinkStep: return Outcome(step, folder.PutSymlink(step.Path, entry, expected));
            case AttributesStep: return Outcome(step, folder.SetAttributes(step.Path, entry, expected?.Stamp ?? default));
            case RemoveStep: return Outcome(step, folder.Remove(step.Path, expected ?? default));
            case RenameStep move: return Outcome(step, folder.Rename(move.From, step.Path, entry, move.Source.Stamp));
            case FileStep:
                var content = staged[step];
                if (content.Problem is { } problem) return new StepOutcome(step, StepResult.Failed, Problem: problem with { Path = step.Path });
                if (content.File is not { } file) return new StepOutcome(step, StepResult.NoContent);
                return Outcome(step, folder.PutFile(step.Path, file, entry, expected));
            default: throw new ArgumentOutOfRangeException(nameof(step), step, "not a step");
        }
    }

    private StepOutcome Outcome(PlanStep step, PutOutcome put)
    {
        if (put.Kept is { } name) Keep(step.Path, name, step.Expected!.Entry.Content!);
        return OutcomeOf(step, put);
    }

    // Where it could not be noted, the next start reads it anew: it may be the only copy.
    private void Keep(EntryPath path, string name, Manifest content)
    {
        try
        {
            kept(path, name, content);
        }
        catch (IOException)
        {
            // It stays where it is.
        }
    }

    private static StepOutcome OutcomeOf(PlanStep step, PutOutcome put) => put.Result switch
    {
        PutResult.Done => new StepOutcome(step, StepResult.Done, put.Stamp, put.LocalName),
        PutResult.Surprise => new StepOutcome(step, StepResult.Surprise),
        _ => new StepOutcome(step, StepResult.Failed, Problem: put.Problem),
    };

    private sealed class Content
    {
        public IStagedFile? File { get; set; }

        public Problem? Problem { get; set; }

        public Entry? Entry { get; private init; }

        public static Content Of(IStagedFile? file, Entry entry) => new() { File = file, Entry = entry };
    }
}
