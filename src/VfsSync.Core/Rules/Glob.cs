using System.Text;
using System.Text.RegularExpressions;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Rules;

/// <summary>
/// A pattern of paths, as people know it from Git: without a '/' it is a name anywhere, with one a path from the folder's root; '*', '?' and '[a-z]' stay within a name,
/// '**' does not; '{a,b}' is one of several. What matches a directory matches all below it; a '/' at the end matches directories alone, that is, what lies below them.
/// </summary>
internal sealed class Glob
{
    private const int Longest = 1024; // to make one ready takes time that grows with its length

    private readonly Regex _regex;
    private readonly bool _belowOnly;

    private readonly EntryPath? _within;

    private Glob(string text, Regex regex, bool belowOnly, EntryPath? within) => (Text, _regex, _belowOnly, _within) = (text, regex, belowOnly, within);

    public string Text { get; }

    /// <exception cref="FormatException">It is no pattern; the message says why.</exception>
    public static Glob Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var belowOnly = text.EndsWith('/') && !text.EndsWith(@"\/", StringComparison.Ordinal);
        var body = belowOnly ? text[..^1] : text;
        var anchored = body.Contains('/', StringComparison.Ordinal);
        body = body.StartsWith('/') ? body[1..] : body;
        if (body.Length == 0) throw new FormatException($"the pattern '{text}' is empty");
        if (body.Length > Longest) throw new FormatException($"the pattern '{text[..40]}...' is longer than {Longest} characters");
        var regex = new StringBuilder(anchored ? @"\A" : @"\A(?:.*/)?");
        new Translation(text, body, regex).Run();
        try
        {
            // Whoever writes the policy decides the pattern: matching must take linear time whatever it is.
            return new Glob(text, new Regex(regex.Append(@"\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline), belowOnly, anchored || belowOnly ? WithinOf(body, belowOnly) : null);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new FormatException($"the pattern '{text}' is too long or has a range that goes backwards", e);
        }
    }

    public bool Matches(EntryPath path) => !_belowOnly && _regex.IsMatch(path.Text) || path.Ancestors().Any(a => _regex.IsMatch(a.Text));

    /// <summary>Whether it is about what lies below a directory by where that lies: taken elsewhere, it would match that no more.</summary>
    public bool LiesWithin(EntryPath directory) => _within is { } within && (within == directory || within.IsBelow(directory))
        || EntryPath.TryParse(directory.Text + "/-any-name-", out var below, out _) && Matches(below);

    // The directories that it names before anything that may be otherwise.
    private static EntryPath? WithinOf(string body, bool isDirectory)
    {
        var wild = body.IndexOfAny(['*', '?', '[', '{', '\\']);
        var plain = wild < 0 ? isDirectory ? body : body[..Math.Max(0, body.LastIndexOf('/'))] : body[..Math.Max(0, body.LastIndexOf('/', wild))];
        return EntryPath.TryParse(plain, out var path, out _) && !path.IsRoot ? path : null;
    }

    public override string ToString() => Text;

    private ref struct Translation(string whole, string body, StringBuilder regex)
    {
        private int _at, _braces;

        public void Run()
        {
            while (_at < body.Length) Next(body[_at++]);
            if (_braces > 0) throw new FormatException($"the pattern '{whole}' opens a '{{' that it does not close");
        }

        private void Next(char c)
        {
            switch (c)
            {
                case '*' when _at < body.Length && body[_at] == '*': Stars(); break;
                case '*': regex.Append("[^/]*"); break;
                case '?': regex.Append("[^/]"); break;
                case '[': Set(); break;
                case '{': (_braces, _) = (_braces + 1, regex.Append("(?:")); break;
                case '}' when _braces > 0: (_braces, _) = (_braces - 1, regex.Append(')')); break;
                case ',' when _braces > 0: regex.Append('|'); break;
                case '\\' when _at == body.Length: throw new FormatException($"the pattern '{whole}' ends in a '\\' with nothing after it");
                case '\\': regex.Append(Regex.Escape(body[_at++].ToString())); break;
                default: regex.Append(Regex.Escape(c.ToString())); break;
            }
        }

        // As a whole part, "**" is any number of directories, also none (as the last: anything below); elsewhere it is no more than a '*'.
        private void Stars()
        {
            var begins = _at == 1 || body[_at - 2] == '/';
            while (_at < body.Length && body[_at] == '*') _at++;
            if (!begins || _at < body.Length && body[_at] != '/') regex.Append("[^/]*");
            else if (_at == body.Length) regex.Append(".*");
            else
            {
                _at++;
                regex.Append("(?:.*/)?");
            }
        }

        private void Set()
        {
            var negated = _at < body.Length && body[_at] is '!' or '^';
            if (negated) _at++;
            regex.Append(negated ? "[^/" : "[");
            for (var first = true; ; first = false)
            {
                if (_at == body.Length) throw new FormatException($"the pattern '{whole}' opens a '[' that it does not close");
                var c = body[_at++];
                if (c == ']' && !first) break;
                if (c == '-' && !first && _at < body.Length && body[_at] != ']') regex.Append('-');
                else if (c == '\\' && _at < body.Length) Literal(body[_at++]);
                else Literal(c);
            }
            regex.Append(']');
        }

        private readonly void Literal(char c) => regex.Append(c is '\\' or ']' or '[' or '^' or '-' ? @"\" + c : c.ToString());
    }
}
