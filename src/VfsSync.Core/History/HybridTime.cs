namespace VfsSync.Core.History;

/// <summary>
/// Hybrid logical time (Kulkarni et al. 2014) in one number: milliseconds since 1970 times 65,536, plus a counter that keeps order within a millisecond.
/// It only breaks ties between concurrent versions; what is newer is told by vectors.
/// </summary>
internal readonly record struct HybridTime(long Value) : IComparable<HybridTime>
{
    /// <summary>A time further ahead than this of the receiver's clock is kept as written but never taken over.</summary>
    public const long MaxAheadMs = 5 * 60 * 1000;

    public long UnixMs => Value >> 16;

    public static HybridTime At(long unixMs) => new(unixMs << 16);

    /// <summary>The next time of one's own: the clock's, or just after the highest time seen.</summary>
    public HybridTime Next(long nowMs) => nowMs > UnixMs ? At(nowMs) : new(Value + 1);

    /// <summary>The higher of both, unless <paramref name="seen"/> is too far ahead of the clock.</summary>
    public HybridTime Seeing(HybridTime seen, long nowMs) => seen.Value > Value && seen.UnixMs <= nowMs + MaxAheadMs ? seen : this;

    public int CompareTo(HybridTime other) => Value.CompareTo(other.Value);
}
