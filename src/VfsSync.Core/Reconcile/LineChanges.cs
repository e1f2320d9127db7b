namespace VfsSync.Core.Reconcile;

/// <summary>One run of lines that another text has in place of some of this one.</summary>
/// <param name="Start">The first line of the old text that is replaced.</param>
/// <param name="End">The one after the last; the same where lines are only added.</param>
/// <param name="NewStart">The first line of the new text that takes their place.</param>
/// <param name="NewEnd">The one after the last; the same where lines are only removed.</param>
internal readonly record struct LineChange(int Start, int End, int NewStart, int NewEnd);

/// <summary>
/// What one text made of another, in whole lines. Where lines repeat, a change could be told at several places: each is told as far down as it can be, or where both texts changed,
/// as git does. So two texts that changed the same lines are seen to have done so.
/// </summary>
internal sealed class LineChanges
{
    private LineChanges(IReadOnlyList<string> old, IReadOnlyList<string> @new, List<LineChange> all) => (Old, New, All) = (old, @new, all);

    public IReadOnlyList<string> Old { get; }

    public IReadOnlyList<string> New { get; }

    public IReadOnlyList<LineChange> All { get; }

    public static LineChanges Between(string old, string @new)
    {
        var (oldLines, newLines) = (LinesOf(old), LinesOf(@new));
        var numbers = new Dictionary<string, int>();
        int Number(string line) => numbers.TryGetValue(line, out var number) ? number : numbers[line] = numbers.Count;
        var (a, b) = (oldLines.ConvertAll(Number).ToArray(), newLines.ConvertAll(Number).ToArray());
        var (gone, come) = LineDiff.Between(a, b);
        var (left, right) = (new Side(a, gone), new Side(b, come));
        left.Slide(right);
        right.Slide(left);
        return new LineChanges(oldLines, newLines, [.. left.With(right)]);
    }

    // With their ends; only a line feed ends one.
    private static List<string> LinesOf(string text)
    {
        var lines = new List<string>();
        for (int at = 0, end; at < text.Length; at = end)
        {
            end = text.IndexOf('\n', at) + 1;
            if (end == 0) end = text.Length;
            lines.Add(text[at..end]);
        }
        return lines;
    }

    /// <summary>
    /// One of the two texts: which of its lines the other has not. The lines that both have come in the same order in both, so the runs of changed lines between them (many of them
    /// empty) are counted alike.
    /// </summary>
    private sealed class Side(int[] lines, bool[] changed)
    {
        /// <summary>Each run goes up as far as it can, taking in others that it meets, then down; and back up to where the other text has a run as well, if it passed one.</summary>
        public void Slide(Side other)
        {
            var (run, across) = (new Run(this), new Run(other));
            do
            {
                if (run.IsEmpty) continue;
                int size, met;
                do
                {
                    size = run.Size;
                    while (run.Up()) across.Previous();
                    met = across.IsEmpty ? -1 : run.End;
                    while (run.Down())
                    {
                        across.Next();
                        if (!across.IsEmpty) met = run.End;
                    }
                }
                while (run.Size != size);
                if (met < 0) continue;
                while (across.IsEmpty)
                {
                    run.Up();
                    across.Previous();
                }
            }
            while (run.Next() && across.Next());
        }

        public IEnumerable<LineChange> With(Side @new)
        {
            var (gone, come) = (new Run(this), new Run(@new));
            do
            {
                if (!gone.IsEmpty || !come.IsEmpty) yield return new LineChange(gone.Start, gone.End, come.Start, come.End);
            }
            while (gone.Next() && come.Next());
        }

        /// <summary>A run of changed lines, as one goes through a text.</summary>
        private sealed class Run
        {
            private readonly Side _side;

            public Run(Side side)
            {
                _side = side;
                Extend();
            }

            public int Start { get; private set; }

            public int End { get; private set; }

            public bool IsEmpty => Start == End;

            public int Size => End - Start;

            private bool[] Changed => _side.Changes;

            private int[] Lines => _side.Numbers;

            /// <summary>To the run after the next line that both have; false at the end.</summary>
            public bool Next()
            {
                if (End == Changed.Length) return false;
                Start = ++End;
                Extend();
                return true;
            }

            public bool Previous()
            {
                if (Start == 0) return false;
                End = --Start;
                while (Start > 0 && Changed[Start - 1]) Start--;
                return true;
            }

            /// <summary>One line up: the line before it is the same as its last.</summary>
            public bool Up()
            {
                if (Start == 0 || Lines[Start - 1] != Lines[End - 1]) return false;
                Changed[--Start] = true;
                Changed[--End] = false;
                while (Start > 0 && Changed[Start - 1]) Start--;
                return true;
            }

            /// <summary>One line down: the line after it is the same as its first.</summary>
            public bool Down()
            {
                if (End == Changed.Length || Lines[Start] != Lines[End]) return false;
                Changed[Start++] = false;
                Changed[End++] = true;
                Extend();
                return true;
            }

            private void Extend()
            {
                while (End < Changed.Length && Changed[End]) End++;
            }
        }

        private int[] Numbers => lines;

        private bool[] Changes => changed;
    }
}
