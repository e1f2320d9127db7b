using System.Diagnostics;
using VfsSync.Benchmarks.Contestants;

namespace VfsSync.Benchmarks.Harness;

/// <summary>One contestant in one fresh place: what a scenario acts on, and what it measured.</summary>
internal sealed class Round(Contestant contestant, string place, bool young)
{
    private readonly List<double> _seconds = [];
    private bool _measuring;

    /// <summary>Nothing of the scenario's own kind comes before it counts.</summary>
    public bool Young => young;

    public Contestant Contestant => contestant;

    /// <summary>The folder in which things are done.</summary>
    public string A { get; } = Path.Combine(place, "a");

    /// <summary>The folder in which they are awaited.</summary>
    public string B { get; } = Path.Combine(place, "b");

    /// <summary>Beside both, on the same disk: what is made here can be renamed in.</summary>
    public string Stage { get; } = Path.Combine(place, "stage");

    public IReadOnlyList<double> Seconds => _seconds;

    /// <summary>Sightings of something at the final path that was neither the old nor the new content.</summary>
    public int Wrong { get; private set; }

    /// <summary>Echo: bytes on the wire in the seconds after everything had arrived.</summary>
    public long Echo { get; private set; }

    public Usage Used { get; private set; }

    public void Prepare()
    {
        foreach (var path in (string[])[A, B, Stage]) Directory.CreateDirectory(path);
        contestant.Start(this);
    }

    /// <summary>Acts of now on count.</summary>
    public void Measure(Action act)
    {
        contestant.WaitIdle();
        contestant.ForgetPeaks();
        var before = contestant.Usage();
        _measuring = true;
        act();
        _measuring = false;
        contestant.WaitIdle();
        Used = contestant.Usage().Since(before);
        var wire = OwnNetwork.LoopbackBytes();
        Pause.For(TimeSpan.FromSeconds(3));
        Echo = OwnNetwork.LoopbackBytes() - wire;
    }

    /// <summary>Does something at A and waits until it is whole at B; from the end of the change (a close, a rename) unless <paramref name="fromStart"/>.</summary>
    /// <param name="change">At A.</param>
    /// <param name="looksWhole">A quick look at B.</param>
    /// <param name="isWhole">A thorough one, after the clock has stopped; false counts as a sighting of wrong content, and the clock goes on.</param>
    /// <param name="interval">How often to look.</param>
    /// <param name="fromStart">The clock starts before the change.</param>
    public void Do(Action change, Func<bool> looksWhole, Func<bool> isWhole, TimeSpan interval, bool fromStart = false)
    {
        var start = Stopwatch.GetTimestamp();
        change();
        if (!fromStart) start = Stopwatch.GetTimestamp();
        contestant.Changed();
        long end;
        while (true)
        {
            end = Pause.Until(looksWhole, interval);
            if (isWhole()) break;
            Wrong++;
        }
        contestant.Arrived();
        if (_measuring) _seconds.Add(Stopwatch.GetElapsedTime(start, end).TotalSeconds);
    }

    /// <summary>For scenarios that last as long as they want.</summary>
    public void Note(TimeSpan time) => _seconds.Add(time.TotalSeconds);

    public void NoteUsed(Usage used) => Used = used;

    public void SawWrong() => Wrong++;
}
