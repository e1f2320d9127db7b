using System.Globalization;
using System.Text.RegularExpressions;

namespace VfsSync;

/// <summary>
/// Moments as people give them: DateTime, DateTimeOffset, TimeSpan (so long ago), or text: '2h', '1d12h', 'now', 'today', 'yesterday', 'yesterday 08:00', or a
/// date and time.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed partial class TimeAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) => Moment(inputData is PSObject wrapped ? wrapped.BaseObject : inputData, DateTimeOffset.Now);

    internal static object? Moment(object? given, DateTimeOffset now) => given switch
    {
        null => null,
        DateTimeOffset moment => moment,
        DateTime moment => new DateTimeOffset(moment.Kind == DateTimeKind.Unspecified ? DateTime.SpecifyKind(moment, DateTimeKind.Local) : moment),
        TimeSpan ago => now - ago.Duration(),
        decimal or short => now - Literal(given)!.Value.Duration(),
        string text when Parse(text.Trim(), now) is { } moment => moment,
        _ => throw new ArgumentTransformationMetadataException($"'{given}' is no moment. Give a DateTime, a TimeSpan (so long ago), '2h', '3d', 'yesterday', 'yesterday 08:00' or '2026-07-22 08:00'."),
    };

    private static DateTimeOffset? Parse(string text, DateTimeOffset now)
    {
        if (Length(text) is { } ago) return now - ago;
        if (Day().Match(text) is { Success: true } day) return OnDay(day, now);
        foreach (var culture in new[] { CultureInfo.InvariantCulture, CultureInfo.CurrentCulture })
            if (DateTimeOffset.TryParse(text, culture, DateTimeStyles.AssumeLocal | DateTimeStyles.AllowWhiteSpaces, out var moment)) return moment;
        return null;
    }

    // Without quotes PowerShell reads 7d and 30s as numbers with a suffix: a decimal, a short.
    internal static TimeSpan? Literal(object given) => given switch
    {
        decimal days => TimeSpan.FromDays((double)days),
        short seconds => TimeSpan.FromSeconds(seconds),
        _ => null,
    };

    internal static TimeSpan? Length(string text)
    {
        var ago = Ago().Match(text);
        if (!ago.Success) return null;
        var sum = TimeSpan.Zero;
        for (var i = 0; i < ago.Groups["n"].Captures.Count; i++)
        {
            var n = double.Parse(ago.Groups["n"].Captures[i].Value, CultureInfo.InvariantCulture);
            sum += char.ToLowerInvariant(ago.Groups["u"].Captures[i].Value[0]) switch
            {
                'w' => TimeSpan.FromDays(7 * n),
                'd' => TimeSpan.FromDays(n),
                'h' => TimeSpan.FromHours(n),
                'm' => TimeSpan.FromMinutes(n),
                _ => TimeSpan.FromSeconds(n),
            };
        }
        return sum;
    }

    private static DateTimeOffset? OnDay(Match day, DateTimeOffset now)
    {
        var word = day.Groups["d"].Value.ToLowerInvariant();
        if (word == "now") return now;
        var midnight = now.LocalDateTime.Date.AddDays(word == "yesterday" ? -1 : 0);
        if (!day.Groups["t"].Success) return new DateTimeOffset(midnight);
        return TimeSpan.TryParse(day.Groups["t"].Value, CultureInfo.InvariantCulture, out var time) ? new DateTimeOffset(midnight + time) : null;
    }

    [GeneratedRegex(@"^(?:(?<n>\d+(?:\.\d+)?)\s*(?<u>w|d|h|m|s)(?:eeks?|ays?|ours?|in(?:utes?)?|ec(?:onds?)?)?\s*)+(?:ago)?$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Ago();

    [GeneratedRegex(@"^(?<d>now|today|yesterday)(?:\s+(?<t>\d{1,2}:\d{2}(?::\d{2})?))?$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Day();
}
