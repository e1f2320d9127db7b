using System.Globalization;
using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Disk.InMemory;
using VfsSync.Engine.Net;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

internal sealed partial class SyncNode
{
    private const string RemovalLimitSetting = "removal-limit";
    private const string JudgedSetting = IFolderStore.Judged;

    private readonly EpochBook _epochs;
    private readonly KeyRing _keys;

    private SyncNode(NodeHome home, IFolderStore store, TlsTransport transport, int port, NodeOptions options, bool? founded, string? rebuilt)
    {
        (_home, _store, _transport, _options, Port, Founded) = (home, store, transport, options, port, founded);
        var (self, chain) = Running.Cluster.Decode(home.Cluster!.Membership);
        Name = self.Name;
        _problems = new ProblemBook();
        _eventWorker = new Worker("vfs events", Failed);
        _events = new EventLog(_eventWorker);
        _mergeWorker = new Worker("vfs merge", Failed);
        IsVault = home.Cluster.ClusterKey.Length == 0;
        _disk = DiskFolder.Open(home.Root);
        // What lies in a vault's folder is nobody's: its parts that look at files are shown an empty one, and hold keys that open nothing.
        _folder = IsVault ? new MemoryFolder(static () => DateTime.UtcNow.Ticks * 100, _disk.Identity) : _disk;
        _members = Running.Cluster.MembersOf(store, home.Cluster.Cluster, self, chain);
        var keys = RingOf(home) ?? KeyRing.From(RandomNumberGenerator.GetBytes(32));
        _keys = keys;
        var ring = IsVault ? null : keys;
        var restored = ring is not null && Running.Cluster.RestoreKeys(store, ring, home.Cluster.Cluster, home.Identity);
        var reader = new ContentReader(_folder, keys, new Chunker(keys.GearKey));
        _left = Leftovers.Gather(home.Home, reader, keys);
        _folder.CleanStaging();
        var offered = new OfferedChunks(keys);
        var outgoing = new OutgoingChunks(home.Cluster.Cluster, Id, home.Identity.SigningKey, IsVault);
        _source = new ContentSource(store, _folder, keys, reader, _left, offered, captures: true, outgoing);
        _stager = new Stager(_folder, store, _source, keys);
        _issued = new IssuedInvitations(home);
        _book = new PeerBookFile(home.PeersFile, home.SavePeers);
        _links = new LinkTable(store, _source, outgoing, Post, () => _lane!.KeepPace(), Failed, SentAway, link => _dialling!.IsLate(link));
        _dialling = new Dialling(transport, _book, member => IsConnected(member) || _members.Find(member) is { } known && _judge?.MayConnect(member, known) == false, (link, address) => ServeLink(link));
        _epochs = new EpochBook(store);
        var epoch = _epochs.Choose(_disk.Identity, rebuilt is not null, static () => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)));
        if (epoch.Moved) _problems.Set(EntryPath.Root, new Problem(EntryPath.Root, ProblemKind.Node, "This folder is a copy, or was restored or moved to another disk. It goes on under a new epoch; nothing is lost."));
        var identity = new SessionIdentity(Id, self, chain, home.Cluster.Cluster, ring, home.Identity.SigningKey, IsVault ? null : home.Identity.AgreementKey, RandomNumberGenerator.Fill, Port, "VfsSync 0.1");
        _session = new FolderSession(store, identity, _members, SettingsOf(options), epoch.Epoch, epoch.Continues, _source.ForDeciding, epoch.Elsewhere,
            Running.Cluster.PoliciesOf(store, ring), IsVault ? new VaultStore(store.AllRecords().Select(r => RecordCodec.DecodeHeader(r.Header)), _source.ReadSealed) : null,
            IsVault ? [] : Running.Cluster.SharesOf(store));
        _judge = _session.Judge;
        Role = _judge.RoleOf(Id);
        foreach (var (member, word) in _book.Current.Words)
            if (word.Standing is { } standing) _session.Peers.Recall(member, standing);
        var applier = new Applier(_folder, chunk => _source.Read(chunk.Id), _stager.Take, (path, name, content) => _source.Kept.Add(name, content, IsCaptured(path)));
        var offering = new Offering(offered, store, () => _links.All.Count, Post);
        _effects = new EffectRunner(store, _folder, new Scanner(_folder, store, reader, _source.Expand), reader, _stager, applier, offering, _links.Find, Post, () => _clock.NowMs, Failed, IsVault);
        _history = options.History ?? (path => _session.Policy.HistoryAt(path));
        _quiet = new Quiet(() => _effects.IsBusy, () => _links.IsSending);
        _capture = new HistoryCapture(store, _folder, _source, keys, _history, _quiet, NoRoomForHistory, () => _kept!.Arm(), Failed);
        _aside = new AsideSweep(_folder, reader, Name, Returned, TakeInKept, problem => Trouble(new ProblemEffect(problem.Path, problem)));
        _kept = new KeptSweep(_source.Kept, seen => _lane!.Ask(() => _session.Peers.AllShow(seen)));
        _lane = new Lane(Handle, Run, Failed);
        if (restored) KeepSealKeys();
    }

    /// <summary>
    /// Starts a node: opens or founds its state, joins by invitation, scans, watches, listens, dials. Returns when it is ready for local work
    /// (joined, if it was invited; the first scan done), whether or not peers are reachable.
    /// </summary>
    /// <exception cref="NodeException">It cannot start; the message says why and what to do, the id names the case.</exception>
    public static SyncNode Start(NodeOptions options, CancellationToken cancellation)
    {
        if (options.RenewKey) return StartRenewed(options, cancellation);
        var invitation = Invitation(options.InvitationToken);
        if (options.Name is { } name && Memberships.NameObjection(name) is { } objection) throw new NodeException("VfsBadName", $"'{name}' cannot be a node's name: {objection}.");
        foreach (var peer in options.Peers)
            if (!PeerAddress.TryParse(peer, out _)) throw new NodeException("VfsBadAddress", $"'{peer}' is no address of a peer. Write host, host:port, IPv4:port or [IPv6]:port.");
        var home = OpenHome(options.Path);
        IFolderStore? store = null;
        TlsTransport? transport = null;
        SyncNode? node = null;
        var callers = new Anteroom();
        try
        {
            var (opened, rebuilt) = OpenStore(home);
            store = opened;
            FinishRenewal(home, store);
            transport = new TlsTransport(home.Identity.Certificate);
            var port = Listen(transport, options.Port, home.Cluster?.Port, callers);
            var founded = Belong(home, transport, invitation, options, cancellation);
            if (port != home.Cluster!.Port) home.SaveCluster(home.Cluster with { Port = port });
            node = new SyncNode(home, store, transport, port, options, founded, rebuilt);
            node.Begin(options, invitation, rebuilt, callers, cancellation);
            return node;
        }
        catch
        {
            // What nobody else knows of is undone; a node that joined, or may have, is a member for good.
            if (home.IsNew && !home.MayBeMember) home.Withdraw();
            callers.Dispose();
            node?.Dispose();
            transport?.Dispose();
            store?.Dispose();
            home.Dispose();
            throw;
        }
    }

    /// <summary>Starts a halted node anew. What is gone from its folder, or was removed by others, is taken as meant, however much it is.</summary>
    /// <exception cref="NodeException">NotHalted, FolderGone; as <see cref="Start"/>, and then the node is stopped.</exception>
    public static SyncNode Resume(SyncNode halted, CancellationToken cancellation)
    {
        if (halted.State != NodeState.Halted) throw new NodeException("VfsNotHalted", $"{halted.Name} is not halted, so there is nothing to resume.");
        if (!Directory.Exists(halted._home.Home)) throw new NodeException("VfsFolderGone", $"{halted.Name} stays halted: {halted.HaltReason}");
        halted.Dispose();
        return Start(halted._options with { Path = halted.Root, InvitationToken = null, Port = null, AcceptRemovals = true, RemovalLimit = null }, cancellation);
    }

    private SessionSettings SettingsOf(NodeOptions options)
    {
        if (options.RemovalLimit is { } given) _store.SetSetting(RemovalLimitSetting, given == 0 ? null : given.ToString(CultureInfo.InvariantCulture));
        RemovalLimit = _store.GetSetting(RemovalLimitSetting) is { } kept ? long.Parse(kept, CultureInfo.InvariantCulture) : options.Settings.RemovalLimit;
        return options.Settings with { RemovalLimit = RemovalLimit, AcceptRemovals = options.AcceptRemovals };
    }

    private static Invitation? Invitation(string? token)
    {
        if (token is null) return null;
        try
        {
            return InvitationToken.Decode(token);
        }
        catch (FormatException e)
        {
            throw new NodeException("VfsInvitationInvalid", e.Message, e);
        }
    }

    private static NodeHome OpenHome(string path)
    {
        try
        {
            return NodeHome.Open(path);
        }
        catch (NodeHomeException e)
        {
            throw new NodeException($"Vfs{e.Id}", e.Message, e);
        }
    }

    // A damaged store is kept aside and built anew: own files from the disk, under a new epoch, everything else from the peers.
    private static (IFolderStore Store, string? Rebuilt) OpenStore(NodeHome home)
    {
        var modules = Path.GetDirectoryName(typeof(SyncNode).Assembly.Location);
        try
        {
            var store = SqliteFolderStore.Open(home.Home, modules);
            var epochs = new EpochBook(store);
            if (!epochs.WantsRebuild) return (store, null);
            var acknowledged = epochs.Acknowledged;
            store.Dispose();
            var rebuilt = Rebuild(home, modules, "The node's history had forked.");
            new EpochBook(rebuilt.Store).Acknowledged = acknowledged;
            return rebuilt;
        }
        catch (StoreCorruptException e)
        {
            return Rebuild(home, modules, $"The node's state was damaged ({e.Damage}).");
        }
        catch (StoreVersionException e)
        {
            throw new NodeException("VfsNewerVersion", e.Message, e);
        }
        catch (StoreInUseException e)
        {
            throw new NodeException("VfsFolderInUse", e.Message, e);
        }
        catch (IOException e)
        {
            throw new NodeException("VfsNotWritable", $"'{home.Root}' cannot hold a node: {e.Message}", e);
        }
    }

    private static (IFolderStore Store, string Rebuilt) Rebuild(NodeHome home, string? modules, string why)
    {
        var aside = SqliteFolderStore.SetAside(home.Home, DateTimeOffset.UtcNow);
        return (SqliteFolderStore.Open(home.Home, modules), $"{why} It was kept in '{aside}' and built anew from the folder under a new epoch; files are as they were.");
    }

    private static bool? Belong(NodeHome home, TlsTransport transport, Invitation? invitation, NodeOptions options, CancellationToken cancellation)
    {
        if (home.Cluster is { } member)
        {
            if (invitation is not null && invitation.Grant.Cluster != member.Cluster)
                throw new NodeException("VfsOtherCluster", $"'{home.Root}' belongs to another cluster than the invitation. Start it without -Invitation, or use a folder that is no node yet.");
            // Without it the node would take its own contents for others', or itself for a vault.
            if (member.ClusterKey.Length == 0 && !Running.Cluster.Decode(member.Membership).Member.IsVault)
                throw new NodeException("VfsKeyMissing", $"The key of the folder is gone from '{home.Home}' (cluster.key). Bring that file back; or move .vfs out of the folder and join anew with an invitation.");
            return null;
        }
        var name = options.Name ?? DefaultName();
        if (name != Memberships.NewName(name)) throw new NodeException("VfsBadName", $"'{name}' cannot be a node's name: it could pass for the id of another one. Give it another, such as '{Memberships.NewName(name)}' (-Name).");
        if (invitation is null)
        {
            Running.Cluster.Found(home, name);
            return true;
        }
        if (invitation.ClusterKey.IsEmpty != (invitation.Grant.Role == KnownRoles.Vault))
            throw new NodeException("VfsInvitationInvalid", "This invitation has no key for the folder, or one that a vault must not have. Ask for a new one (New-VfsInvitation).");
        if (invitation.ClusterKey.IsEmpty && HasFiles(home))
            throw new NodeException("VfsFolderNotEmpty", $"'{home.Root}' has files in it, but the invitation is for a vault: it keeps what others have, sealed, in .vfs, and no files. Give it a folder of its own.");
        if (Memberships.Refusal(invitation.Grant, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), 0) is not null)
            throw new NodeException("VfsInvitationExpired", "This invitation has expired. Ask for a new one (New-VfsInvitation).");
        var nearby = options.Discovers ? new Nearby(invitation.Grant.Cluster) : null;
        using (nearby) new Joiner(home, transport, invitation, nearby).JoinAsync(name, options.Peers, cancellation).WaitHere();
        return false;
    }

    private static bool HasFiles(NodeHome home)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(home.Root).Select(Path.GetFileName).Any(e => e != Path.GetFileName(home.Home) && e != "lost+found");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // That the folder is gone is told by its watch.
        }
    }

    private static string DefaultName()
    {
        var name = new string([.. Environment.MachineName.ToLowerInvariant().Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')]);
        return Memberships.NameObjection(name) is null ? Memberships.NewName(name) : "node"; // A container's name is made of such digits.
    }

    private static int Listen(TlsTransport transport, int? asked, int? before, Anteroom callers)
    {
        try
        {
            return transport.Listen(asked ?? before ?? NodeOptions.DefaultPort, giveWay: asked is null, callers.Enter);
        }
        catch (PeerException e)
        {
            throw new NodeException("VfsPortInUse", e.Message, e);
        }
    }

    private void Begin(NodeOptions options, Invitation? invitation, string? rebuilt, Anteroom callers, CancellationToken cancellation)
    {
        if (rebuilt is not null) _problems.Set(EntryPath.Root, new Problem(EntryPath.Root, ProblemKind.Node, rebuilt));
        foreach (var warning in _home.Warnings) _problems.Set(EntryPath.Root, new Problem(EntryPath.Root, ProblemKind.Node, warning));
        foreach (var address in options.Peers) AddAddress(address, AddressSource.Given);
        foreach (var address in invitation?.Addresses ?? []) AddAddress(address, AddressSource.Invitation);
        _aside.Sweep(); // What a plan that was cut off had taken out is found again before the first look misses it.
        State = NodeState.Running;
        _startedMs = _clock.NowMs;
        _lane.Start(() => _session.Start(_clock.NowMs));
        if (_store.GetSetting(JudgedSetting) is null) Post(new ReviewInput());
        callers.Open(ServeLink);
        if (IsVault && HasFiles(_home)) NoPlaceForFiles();
        _watch = _disk.Watch(IsVault ? HintedInVault : Hinted, problem => _problems.Set(problem.Path, problem));
        cancellation.ThrowIfCancellationRequested();
        try
        {
            SyncAsync([], whatIf: false, cancellation).WaitHere();
        }
        catch (NodeException) when (State == NodeState.Halted)
        {
            return; // It is there to say why, and to be resumed.
        }
        catch (NodeException e) when (e.Id == "VfsNotRecorded")
        {
            // A problem says so, and it is tried again: a node starts on a full disk as well.
        }
        if (_store.GetSetting(JudgedSetting) is null) _store.SetSetting(JudgedSetting, "1");
        CloseOld();
        _aside.Arm();
        _kept.Arm();
        if (!IsVault) _capture.Start();
        _dialling.Start();
        Discover(options);
        var how = Founded switch { true => "founded a cluster", false => "joined", null => "started" };
        _events.Add(new SyncEvent(DateTimeOffset.Now, SyncEventKind.Node, Name, Message: how));
    }

    private void AddAddress(string address, AddressSource source)
    {
        if (PeerAddress.TryParse(address, out var parsed)) _book.Update(b => b.Bare.Concat(b.Members.Values.SelectMany(m => m)).Any(k => k.Address == parsed) ? b : b.WithBare(parsed, source));
    }
}
