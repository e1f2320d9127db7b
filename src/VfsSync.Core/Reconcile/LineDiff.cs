namespace VfsSync.Core.Reconcile;

/// <summary>
/// Which lines two texts have not in common: a shortest edit script, by Myers' linear-space algorithm ("An O(ND) Difference Algorithm and Its Variations", 1986). Of several that are
/// equally short it finds the one that git finds: it takes the same diagonals first, and leaves the same lines out beforehand. So a merge sees the regions that git merge-file sees.
/// </summary>
internal sealed class LineDiff
{
    private const int FewestSteps = 256; // so much is always looked for before a good split is taken for the best
    private const int OftenAtMost = 1024, Window = 100, Around = 4;

    private readonly int[] _old, _new;           // the lines that are compared, as numbers
    private readonly int[] _oldAt, _newAt;       // which lines of the texts they are
    private readonly bool[] _gone, _come;
    private readonly int[] _forward, _backward;  // per diagonal, how far the old text was consumed
    private readonly int _zero, _steps;

    private LineDiff(int[] old, int[] @new)
    {
        (_gone, _come) = (new bool[old.Length], new bool[@new.Length]);
        var (start, ending) = (old.AsSpan().CommonPrefixLength(@new), 0);
        while (ending < Math.Min(old.Length, @new.Length) - start && old[^(ending + 1)] == @new[^(ending + 1)]) ending++;
        (_oldAt, _newAt) = (Compared(old, @new, start, old.Length - ending, _gone), Compared(@new, old, start, @new.Length - ending, _come));
        (_old, _new) = (Array.ConvertAll(_oldAt, i => old[i]), Array.ConvertAll(_newAt, i => @new[i]));
        var diagonals = _old.Length + _new.Length + 3;
        (_forward, _backward) = (new int[diagonals], new int[diagonals]);
        (_zero, _steps) = (_new.Length + 1, Math.Max(FewestSteps, RoughRoot(diagonals)));
        Compare(0, _old.Length, 0, _new.Length, shortest: false);
    }

    /// <param name="old">Lines, as numbers: equal ones have equal numbers.</param>
    /// <param name="new">The same of the other text.</param>
    /// <returns>Of each line of either text, whether the other has not got it.</returns>
    public static (bool[] Gone, bool[] Come) Between(int[] old, int[] @new)
    {
        var diff = new LineDiff(old, @new);
        return (diff._gone, diff._come);
    }

    // Lines that the other text has nowhere need no comparing; nor do those that it has very often, in the midst of such.
    private static int[] Compared(int[] lines, int[] other, int start, int end, bool[] changed)
    {
        var counts = other.CountBy(line => line).ToDictionary();
        var often = Math.Min(RoughRoot(lines.Length), OftenAtMost);
        var kinds = new Partners[end - start];
        for (var i = start; i < end; i++)
            kinds[i - start] = !counts.TryGetValue(lines[i], out var count) ? Partners.None : count >= often ? Partners.Many : Partners.Some;
        var kept = new List<int>(kinds.Length);
        for (var i = 0; i < kinds.Length; i++)
        {
            if (kinds[i] == Partners.Some || kinds[i] == Partners.Many && !IsLost(kinds, i)) kept.Add(start + i);
            else changed[start + i] = true;
        }
        return [.. kept];
    }

    private static bool IsLost(Partners[] kinds, int at)
    {
        var (noneAbove, manyAbove) = Near(kinds, at, -1);
        var (noneBelow, manyBelow) = noneAbove > 0 ? Near(kinds, at, 1) : default;
        var many = manyAbove + manyBelow + 2;
        return noneAbove > 0 && noneBelow > 0 && many * Around < many + noneAbove + noneBelow;
    }

    private static (int None, int Many) Near(Partners[] kinds, int at, int step)
    {
        var (none, many) = (0, 0);
        for (var (i, seen) = (at + step, 0); i >= 0 && i < kinds.Length && seen < Window && kinds[i] != Partners.Some; i += step, seen++)
        {
            if (kinds[i] == Partners.None) none++;
            else many++;
        }
        return (none, many);
    }

    // The power of two that is near the square root.
    private static int RoughRoot(int number)
    {
        var root = 1;
        for (; number > 0; number >>= 2) root <<= 1;
        return root;
    }

    private void Compare(int oldFrom, int oldTo, int newFrom, int newTo, bool shortest)
    {
        for (; oldFrom < oldTo && newFrom < newTo && _old[oldFrom] == _new[newFrom]; oldFrom++) newFrom++;
        for (; oldFrom < oldTo && newFrom < newTo && _old[oldTo - 1] == _new[newTo - 1]; oldTo--) newTo--;
        if (oldFrom == oldTo) foreach (var i in _newAt.AsSpan(newFrom..newTo)) _come[i] = true;
        else if (newFrom == newTo) foreach (var i in _oldAt.AsSpan(oldFrom..oldTo)) _gone[i] = true;
        else
        {
            var split = Split(oldFrom, oldTo, newFrom, newTo, shortest);
            Compare(oldFrom, split.Old, newFrom, split.New, split.ShortestAbove);
            Compare(split.Old, oldTo, split.New, newTo, split.ShortestBelow);
        }
    }

    // Where the two halves of a shortest script meet, searched from both ends at once. A diagonal is the place in the old text less that in the new.
    private (int Old, int New, bool ShortestAbove, bool ShortestBelow) Split(int oldFrom, int oldTo, int newFrom, int newTo, bool shortest)
    {
        var (lowest, highest) = (oldFrom - newTo, oldTo - newFrom);
        var (first, last) = (oldFrom - newFrom, oldTo - newTo);
        var meetsGoingForward = ((first - last) & 1) != 0;
        var (fromLow, fromHigh, backLow, backHigh) = (first, first, last, last);
        _forward[_zero + first] = oldFrom;
        _backward[_zero + last] = oldTo;
        for (var step = 1; ; step++)
        {
            if (fromLow > lowest) _forward[_zero + --fromLow - 1] = -1;
            else fromLow++;
            if (fromHigh < highest) _forward[_zero + ++fromHigh + 1] = -1;
            else fromHigh--;
            for (var d = fromHigh; d >= fromLow; d -= 2)
            {
                var (less, more) = (_forward[_zero + d - 1], _forward[_zero + d + 1]);
                var i = less >= more ? less + 1 : more;
                while (i < oldTo && i - d < newTo && _old[i] == _new[i - d]) i++;
                _forward[_zero + d] = i;
                if (meetsGoingForward && d >= backLow && d <= backHigh && _backward[_zero + d] <= i) return (i, i - d, true, true);
            }
            if (backLow > lowest) _backward[_zero + --backLow - 1] = int.MaxValue;
            else backLow++;
            if (backHigh < highest) _backward[_zero + ++backHigh + 1] = int.MaxValue;
            else backHigh--;
            for (var d = backHigh; d >= backLow; d -= 2)
            {
                var (less, more) = (_backward[_zero + d - 1], _backward[_zero + d + 1]);
                var i = less < more ? less : more - 1;
                while (i > oldFrom && i - d > newFrom && _old[i - 1] == _new[i - d - 1]) i--;
                _backward[_zero + d] = i;
                if (!meetsGoingForward && d >= fromLow && d <= fromHigh && i <= _forward[_zero + d]) return (i, i - d, true, true);
            }
            if (!shortest && step >= _steps) return Best((oldFrom, oldTo, newFrom, newTo), (fromLow, fromHigh), (backLow, backHigh));
        }
    }

    // Texts that have little in common: what has come furthest, from either end.
    private (int Old, int New, bool ShortestAbove, bool ShortestBelow) Best((int OldFrom, int OldTo, int NewFrom, int NewTo) box, (int Low, int High) from, (int Low, int High) back)
    {
        var (furthest, furthestOld) = (-1, -1);
        for (var d = from.High; d >= from.Low; d -= 2)
        {
            var i = Math.Min(Math.Min(_forward[_zero + d], box.OldTo), box.NewTo + d);
            if (2 * i - d > furthest) (furthest, furthestOld) = (2 * i - d, i);
        }
        var (nearest, nearestOld) = (int.MaxValue, int.MaxValue);
        for (var d = back.High; d >= back.Low; d -= 2)
        {
            var i = Math.Max(Math.Max(_backward[_zero + d], box.OldFrom), box.NewFrom + d);
            if (2 * i - d < nearest) (nearest, nearestOld) = (2 * i - d, i);
        }
        return box.OldTo + box.NewTo - nearest < furthest - (box.OldFrom + box.NewFrom)
            ? (furthestOld, furthest - furthestOld, true, false)
            : (nearestOld, nearest - nearestOld, false, true);
    }

    private enum Partners : byte
    {
        None,
        Some,
        Many,
    }
}
