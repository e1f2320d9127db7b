namespace VfsSync.Engine.Running;

/// <summary>The one place where a synchronous door waits for asynchronous work: on threads that have no synchronization context.</summary>
internal static class Blocking
{
    public static void WaitHere(this Task task) => task.GetAwaiter().GetResult();

    public static T WaitHere<T>(this Task<T> task) => task.GetAwaiter().GetResult();
}
