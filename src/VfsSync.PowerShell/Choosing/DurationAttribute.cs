namespace VfsSync;

/// <summary>Lengths of time as people give them: a TimeSpan, text like '90m', '2h' or '7d', or 'never'.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class DurationAttribute : ArgumentTransformationAttribute
{
    internal static TimeSpan Never => TimeSpan.MaxValue;

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
    {
        TimeSpan time when time > TimeSpan.Zero => time,
        var number when TimeAttribute.Literal(number) is { } time && time > TimeSpan.Zero => time,
        string text when text.Trim().Equals("never", StringComparison.OrdinalIgnoreCase) => Never,
        string text when TimeAttribute.Length(text.Trim()) is { } time && time > TimeSpan.Zero => time,
        string text when TimeSpan.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var time) && text.Contains(':', StringComparison.Ordinal) && time > TimeSpan.Zero => time,
        var given => throw new ArgumentTransformationMetadataException($"'{given}' is no length of time. Give a TimeSpan, '90m', '2h', '7d' or 'never'."),
    };
}
