namespace VfsSync.ShellTests.Units;

public sealed class TimeTests
{
    private static readonly DateTimeOffset Now = new(new DateTime(2026, 7, 22, 13, 5, 0, DateTimeKind.Local));

    [Theory]
    [InlineData("2h", "2026-07-22 11:05")]
    [InlineData("90m", "2026-07-22 11:35")]
    [InlineData("1d12h", "2026-07-21 01:05")]
    [InlineData("2 hours ago", "2026-07-22 11:05")]
    [InlineData("1w", "2026-07-15 13:05")]
    [InlineData("now", "2026-07-22 13:05")]
    [InlineData("today", "2026-07-22 00:00")]
    [InlineData("Yesterday", "2026-07-21 00:00")]
    [InlineData("yesterday 08:00", "2026-07-21 08:00")]
    [InlineData("2026-07-22 08:00", "2026-07-22 08:00")]
    public void Text_is_read_as_people_mean_it(string text, string expected) =>
        Assert.Equal(DateTime.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), ((DateTimeOffset)TimeAttribute.Moment(text, Now)!).LocalDateTime);

    [Fact]
    public void A_time_span_is_so_long_ago() => Assert.Equal(Now - TimeSpan.FromMinutes(3), TimeAttribute.Moment(TimeSpan.FromMinutes(3), Now));

    [Theory]
    [InlineData("7d", 7 * 24 * 3600)]
    [InlineData("1.5d", 36 * 3600)]
    [InlineData("30s", 30)]
    [InlineData("2h", 2 * 3600)]
    public void No_quotes_are_needed(string bare, int seconds)
    {
        using var shell = new Hosted.Shell();
        shell.Run("function Get-Length { param([VfsSync.Duration()] $For) $For }; function Get-Moment { param([VfsSync.Time()] $Since) $Since }");
        Assert.Equal(TimeSpan.FromSeconds(seconds), shell.One<TimeSpan>($"Get-Length {bare}"));
        Assert.InRange(DateTimeOffset.Now - shell.One<DateTimeOffset>($"Get-Moment {bare}"), TimeSpan.FromSeconds(seconds - 5), TimeSpan.FromSeconds(seconds + 5));
    }

    [Fact]
    public void A_date_without_a_zone_is_local() => Assert.Equal(Now, TimeAttribute.Moment(Now.DateTime, Now));

    [Theory]
    [InlineData("soon")]
    [InlineData("2x")]
    [InlineData("")]
    public void What_is_no_moment_says_what_would_be_one(string text) =>
        Assert.Contains("yesterday", Assert.Throws<ArgumentTransformationMetadataException>(() => TimeAttribute.Moment(text, Now)).Message, StringComparison.Ordinal);
}
