using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace VfsSync.Soak;

/// <summary>
/// Which contents are owed: those that a user closed and that no user has replaced or removed since, having had just them in hand. Equal contents count once,
/// so what is let go anywhere is owed nowhere: the ledger may forgive a loss, but never invents one.
/// </summary>
internal sealed class Ledger
{
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ConcurrentDictionary<string, (string Where, bool Owed)> _contents = new();

    private readonly ConcurrentQueue<string> _told = [];

    /// <summary>What users did, and when: for whoever looks for a cause.</summary>
    public IEnumerable<string> Told => _told;

    /// <summary>Contents that must be somewhere, and where they were written.</summary>
    public IEnumerable<(string Sum, string Where)> Owed => _contents.Where(c => c.Value.Owed).Select(c => (c.Key, c.Value.Where));

    public static string Sum(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes))[..Trees.SumLength];

    /// <summary>A user is about to close this. What was known before stays as it was: a return to an older content may be let go elsewhere.</summary>
    public void Wrote(string sum, string where)
    {
        Tell($"{sum} written", where);
        _contents.TryAdd(sum, (where, true));
    }

    /// <summary>A user replaced or removed this.</summary>
    public void LetGo(string sum, string where)
    {
        Tell($"{sum} let go", where);
        LetGo(sum);
    }

    public void Tell(string what, string where, string? to = null) =>
        _told.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {what} {JsonSerializer.Serialize(where, s_json)}{(to is null ? "" : " -> " + JsonSerializer.Serialize(to, s_json))}");

    private void LetGo(string sum)
    {
        while (_contents.TryGetValue(sum, out var known) && known.Owed && !_contents.TryUpdate(sum, (known.Where, false), known)) { }
    }

    /// <summary>A user removed something else than they had in hand: whatever others may see could be it.</summary>
    public void LetGoOfShared(string privatePrefix)
    {
        Tell("all that is shared let go", "");
        foreach (var (sum, known) in _contents)
            if (!Path.GetFileName(known.Where).StartsWith(privatePrefix, StringComparison.Ordinal)) LetGo(sum);
    }
}
