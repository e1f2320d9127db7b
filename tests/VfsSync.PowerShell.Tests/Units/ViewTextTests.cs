namespace VfsSync.ShellTests.Units;

public sealed class ViewTextTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(84, "84 B")]
    [InlineData(999, "999 B")]
    [InlineData(1023, "1.0 KB")]
    [InlineData(1229, "1.2 KB")]
    [InlineData(881_852_416, "841.0 MB")]
    [InlineData(1L << 40, "1.0 TB")]
    public void Sizes_are_short(long bytes, string text) => Assert.Equal(text, ViewText.Bytes(bytes));

    [Theory]
    [InlineData(0.8, "0.8 ms")]
    [InlineData(14, "14 ms")]
    [InlineData(1234, "1.2 s")]
    [InlineData(600_000, "10 min")]
    public void Durations_are_short(double ms, string text) => Assert.Equal(text, ViewText.Duration(TimeSpan.FromMilliseconds(ms)));
}
