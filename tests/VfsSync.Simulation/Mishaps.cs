namespace VfsSync.Simulation;

/// <summary>What happens to nodes and links from outside.</summary>
internal sealed class Mishaps(World world)
{
    public void Do(SimOperation operation)
    {
        var node = world.Nodes[operation.Node];
        var random = new Random(operation.Seed);
        switch (operation.Kind)
        {
            case SimKind.User: User(node, operation, random); break;
            case SimKind.Cut: Cut(operation.Node, OtherThan(operation.Node, random), random.Next(200, 6000)); break;
            case SimKind.Break: Break(node, random); break;
            case SimKind.Crash: Crash(node, random.Next(10, 3000)); break;
            case SimKind.CutPower: CutPower(node, random); break;
            case SimKind.Trouble: node.Disk.Trouble(operation.Seed, random.Next(50, random.Next(2) == 0 ? 500 : 5000)); break;
            case SimKind.Clock: node.SetClock(Skew(random)); break;
            case SimKind.LoseHints: node.LoseHints(random.Next(5, 300)); break;
            case SimKind.Snapshot: node.Snapshot(); break;
            case SimKind.Restore: Restore(node, random); break;
            case SimKind.Roles: world.Users.WriteRoles(node, random); break;
            case SimKind.Policy: world.Users.WritePolicy(node, random); break;
        }
    }

    /// <summary>How far a clock is off: mostly seconds, at times hours, either way.</summary>
    public static long Skew(Random random) => (random.Next(2) == 0 ? 1 : -1) * random.NextInt64(random.Next(10) switch { 0 => 2 * 3_600_000, < 5 => 240_000, _ => 5000 });

    private void User(SimNode node, SimOperation operation, Random random)
    {
        if (!world.Options.Has(SimFaults.Between) || random.Next(3) > 0) world.Users.Do(operation);
        else node.Disk.Between(random.Next(8), () => world.Users.Do(operation));
    }

    private int OtherThan(int node, Random random) => (node + 1 + random.Next(world.Nodes.Count - 1)) % world.Nodes.Count;

    private void Cut(int a, int b, long forMs)
    {
        world.SetCut(a, b, true);
        world.After(forMs, () => world.SetCut(a, b, false));
    }

    private void Break(SimNode node, Random random)
    {
        var links = world.Links.Where(l => l.Touches(node)).ToList();
        if (links.Count > 0) links[random.Next(links.Count)].Break("reset", atOnce: random.Next(3) > 0);
    }

    private void Crash(SimNode node, long forMs)
    {
        node.Crash();
        world.After(forMs, node.Revive);
    }

    // At one of the next writes; if there are none for a while, then anyway.
    private void CutPower(SimNode node, Random random)
    {
        node.Disk.CutAfter(random.Next(7));
        var (forMs, life) = (random.Next(10, 3000), node.Life);
        world.After(2000, () =>
        {
            if (node.Life == life && node.Runs && node.Disk.IsCutDue) Crash(node, forMs);
        });
    }

    private void Restore(SimNode node, Random random)
    {
        if (!node.Restore(otherDisk: random.Next(2) == 0, inTurns: random.Next(2) == 0)) return;
        world.After(random.Next(10, 3000), node.Revive);
    }
}
