using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;

namespace VfsSync.Engine.Net;

/// <summary>The peer book on disk. Any thread may read the current value; changes are made one at a time and written at once, durably: a node that has lost it knows nobody to dial.</summary>
internal sealed class PeerBookFile
{
    /// <summary>The end of the name of the book before, which is read where the book is gone.</summary>
    public const string Before = ".old";

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly Action<byte[]> _write;
    private PeerBook _current;

    /// <param name="path">Usually `.vfs/peers.json`. A damaged file is kept aside as *.bad, and the book starts empty.</param>
    /// <param name="write">Puts it there, whole and durable when it returns.</param>
    public PeerBookFile(string path, Action<byte[]> write)
    {
        (_path, _write) = (path, write);
        _current = Load(_path) ?? Load(_path + Before) ?? PeerBook.Empty;
    }

    public PeerBook Current => Volatile.Read(ref _current);

    /// <summary>Swaps in a new value and writes it, if it differs.</summary>
    /// <remarks>On a disk that refuses (full, read-only) the new value counts all the same, and is written with the next one.</remarks>
    public PeerBook Update(Func<PeerBook, PeerBook> change)
    {
        lock (_lock)
        {
            var next = change(_current);
            if (next == _current) return next;
            Volatile.Write(ref _current, next);
            Save(next);
            return next;
        }
    }

    private void Save(PeerBook book)
    {
        try
        {
            _write(JsonSerializer.SerializeToUtf8Bytes(PeerBookJson.Of(book), PeerBookJsonContext.Default.PeerBookJson));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Addresses are learned anew; no node stops for them.
        }
    }

    private static PeerBook? Load(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), PeerBookJsonContext.Default.PeerBookJson)?.ToBook() : null;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            File.Move(path, path + ".bad", overwrite: true);
            return null;
        }
        catch (IOException)
        {
            return null; // What a failing disk left of it.
        }
    }
}

/// <summary>peers.json.</summary>
internal sealed record PeerBookJson(
    [property: JsonRequired] Dictionary<string, KnownAddressJson[]> Members, [property: JsonRequired] KnownAddressJson[] Bare, Dictionary<string, LastWordJson>? Words)
{
    public static PeerBookJson Of(PeerBook book) => new(book.Members.ToDictionary(m => m.Key.ToString(), m => Of(m.Value)), Of(book.Bare), book.Words.ToDictionary(w => w.Key.ToString(), w => LastWordJson.Of(w.Value)));

    /// <exception cref="FormatException">An id or address cannot be read.</exception>
    public PeerBook ToBook() => new(Members.ToImmutableSortedDictionary(m => new NodeId(Hash256.Parse(m.Key)), m => To(m.Value)), To(Bare),
        (Words ?? []).ToImmutableSortedDictionary(w => new NodeId(Hash256.Parse(w.Key)), w => w.Value.ToWord()));

    private static KnownAddressJson[] Of(ImmutableArray<KnownAddress> known) => [.. known.Select(k => new KnownAddressJson(k.Address.ToString(), k.Source, k.LastSuccess))];

    private static ImmutableArray<KnownAddress> To(KnownAddressJson[] known) => [.. known.Select(k => new KnownAddress(PeerAddress.Parse(k.Address), k.Source, k.LastSuccess))];
}

/// <summary>One address in peers.json.</summary>
internal sealed record KnownAddressJson([property: JsonRequired] string Address, AddressSource Source, DateTimeOffset? LastSuccess);

/// <summary>What was known last of a member, in peers.json.</summary>
internal sealed record LastWordJson(DateTimeOffset? Seen, long? Files, long? Bytes, ShownJson[]? Shown)
{
    public static LastWordJson Of(LastWord word) =>
        new(word.Seen, word.Standing?.Files, word.Standing?.Bytes, word.Standing?.Shown.Dots.Select(d => new ShownJson(d.Author.Node.ToString(), d.Author.Epoch, d.Number)).ToArray());

    /// <exception cref="FormatException">An id cannot be read.</exception>
    public LastWord ToWord() => new(Seen, Files is { } files && Bytes is { } bytes && Shown is { } shown
        ? new Standing(VersionVector.Of(shown.Select(s => new Dot(new Author(new NodeId(Hash256.Parse(s.Node)), s.Epoch), s.Number))), files, bytes, Hops: 0) : null);
}

/// <summary>Up to which record of an author a member shows the log.</summary>
internal sealed record ShownJson([property: JsonRequired] string Node, ulong Epoch, long Number);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(PeerBookJson))]
internal sealed partial class PeerBookJsonContext : JsonSerializerContext;
