using System.Collections.Concurrent;
using VfsSync.Engine.Running;

namespace VfsSync.Engine.Tests.Running;

public sealed class WorkerTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentQueue<Exception> _failures = new();

    [Fact]
    public void What_is_posted_from_several_threads_is_run_once_and_in_each_threads_order()
    {
        var seen = new List<(int Thread, int Number)>();
        using (var worker = new Worker("test", _failures.Enqueue))
            Parallel.For(0, 4, thread =>
            {
                for (var i = 0; i < 500; i++)
                {
                    var number = i;
                    worker.Post(() => seen.Add((thread, number)));
                }
            });
        Assert.Equal(2000, seen.Distinct().Count());
        Assert.Equal(2000, seen.Count);
        foreach (var one in seen.GroupBy(s => s.Thread)) Assert.Equal(Enumerable.Range(0, 500), one.Select(s => s.Number));
        Assert.Empty(_failures);
    }

    [Fact]
    public void What_fails_is_told_and_the_next_is_run()
    {
        var ran = false;
        using (var worker = new Worker("test", _failures.Enqueue))
        {
            worker.Post(() => throw new InvalidDataException("first"));
            worker.Post(() => ran = true);
        }
        Assert.True(ran);
        Assert.Equal("first", Assert.Single(_failures).Message);
    }

    [Fact]
    public void It_is_busy_from_the_post_until_the_action_has_ended()
    {
        using var goOn = new ManualResetEventSlim();
        using var worker = new Worker("test", _failures.Enqueue);
        Assert.False(worker.IsBusy);
        worker.Post(goOn.Wait);
        Assert.True(worker.IsBusy);
        goOn.Set();
        Assert.True(SpinWait.SpinUntil(() => !worker.IsBusy, s_patience));
    }

    [Fact]
    public void Abandoned_it_finishes_what_is_under_way_and_drops_the_rest()
    {
        using var begun = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var (finished, dropped) = (false, true);
        using (var worker = new Worker("test", _failures.Enqueue))
        {
            worker.Post(() =>
            {
                begun.Set();
                goOn.Wait();
                finished = true;
            });
            worker.Post(() => dropped = false);
            Assert.True(begun.Wait(s_patience));
            worker.Abandon();
            worker.Post(() => dropped = false);
            goOn.Set();
        }
        Assert.True(finished);
        Assert.True(dropped);
    }

    [Fact]
    public void It_may_be_disposed_by_what_it_runs()
    {
        using var done = new ManualResetEventSlim();
        var worker = new Worker("test", _failures.Enqueue);
        worker.Post(() =>
        {
            worker.Dispose();
            done.Set();
        });
        Assert.True(done.Wait(TimeSpan.FromSeconds(4)), "it waited for itself");
    }
}
