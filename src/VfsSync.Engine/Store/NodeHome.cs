using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace VfsSync.Engine.Store;

/// <summary>A node's own directory, `.vfs` in its folder: who it is, which cluster it belongs to, and the lock that makes it the only one there.</summary>
internal sealed class NodeHome : IDisposable
{
    /// <summary>Of the files in `.vfs`. A higher one is refused.</summary>
    public const int Format = 1;

    private const string SigningName = "node.key", AgreementName = "agreement.key", ClusterName = "cluster.json", ClusterKeyName = "cluster.key", RootKeyName = "root.key",
        InvitationsName = "invitations.json", PeersName = "peers.json", SealKeysName = "seal.keys", NextEnding = ".next";

    private readonly NodeHomeFiles _files;
    private readonly NodeHomeLock _lock;
    private readonly List<string> _warnings = [];
    private readonly bool _madeFolder;
    private bool _withdrawn;

    private NodeHome(string root, NodeHomeFiles files, NodeHomeLock held, bool madeFolder)
    {
        (Root, _files, _lock, _madeFolder) = (root, files, held, madeFolder);
        IsNew = CheckVersion();
        Identity = LoadIdentity();
        Cluster = LoadCluster();
        RootKeyPkcs8 = ReadSecret(RootKeyName);
        SealKeys = LoadSealKeys();
        if (IsNew) _warnings.AddRange(NodeHomeFolder.NodesBelow(root).Select(n => $"'{n}' below is the folder of a node of its own; its files will be synced by both."));
        _lock.Sign(Cluster?.Name);
    }

    /// <summary>The folder, absolute, symlinks resolved.</summary>
    public string Root { get; }

    /// <summary>The `.vfs` directory.</summary>
    public string Home => _files.PathOf("");

    /// <summary>Whether this start made it.</summary>
    public bool IsNew { get; }

    public NodeIdentity Identity { get; private set; }

    /// <summary>Null until the node founded or joined a cluster.</summary>
    public ClusterSettings? Cluster { get; private set; }

    /// <summary>The cluster's root key, on the node that founded it, until the user moves it away.</summary>
    public byte[]? RootKeyPkcs8 { get; private set; }

    /// <summary>Others know, or may know, this node as a member: set before it asks to join, and again when it is refused.</summary>
    public bool MayBeMember { get; set; }

    /// <summary>What the user should know, in words.</summary>
    public ImmutableArray<string> Warnings => [.. _warnings];

    /// <summary>Takes the folder for a node: creates what is missing, and holds it until disposed.</summary>
    /// <param name="path">The folder; its last part is created if its parent exists.</param>
    /// <exception cref="NodeHomeException">It cannot be used.</exception>
    public static NodeHome Open(string path)
    {
        var there = Directory.Exists(path);
        var root = NodeHomeFolder.Prepare(path);
        var files = new NodeHomeFiles(Path.Join(root, NodeHomeFolder.HomeName));
        var fresh = !Directory.Exists(files.PathOf(""));
        NodeHomeLock? held = null;
        try
        {
            files.CreateHome();
            held = NodeHomeLock.Take(files, root);
            return new NodeHome(root, files, held, madeFolder: !there);
        }
        catch (Exception e)
        {
            if (fresh && held is not null) RemoveMade(root, madeFolder: !there);
            held?.Dispose();
            if (e is UnauthorizedAccessException or IOException and not NodeHomeException)
                throw new NodeHomeException(NodeHomeFault.NotWritable, $"'{root}' cannot hold a node: {StoreRefusals.Why(e)}", e);
            throw;
        }
    }

    /// <summary>Durable when it returns. What makes the node a member is written last.</summary>
    public void SaveCluster(ClusterSettings settings)
    {
        if (settings.ClusterKey.Length > 0) _files.Write(ClusterKeyName, settings.ClusterKey);
        else File.Delete(_files.PathOf(ClusterKeyName));
        _files.Write(ClusterName, settings.ToJson());
        Cluster = settings;
        _lock.Sign(settings.Name);
    }

    /// <summary>Keeps the identity that is to take the place of this one beside it. Durable when it returns.</summary>
    public void SaveNext(NodeIdentity next)
    {
        var (signing, agreement) = next.ToPem();
        _files.Write(AgreementName + NextEnding, Encoding.ASCII.GetBytes(agreement));
        _files.Write(SigningName + NextEnding, Encoding.ASCII.GetBytes(signing));
    }

    /// <summary>The identity that is to take the place of this one; null if there is none.</summary>
    public NodeIdentity? Next() => ReadSecret(SigningName + NextEnding) is { } signing && (ReadSecret(AgreementName + NextEnding) ?? ReadSecret(AgreementName)) is { } agreement
        ? IdentityOf(signing, agreement, SigningName + NextEnding) : null;

    public void DropNext()
    {
        File.Delete(_files.PathOf(SigningName + NextEnding));
        File.Delete(_files.PathOf(AgreementName + NextEnding));
    }

    /// <summary>The next identity is this node's from here on, and the one before is gone. Where it is cut off in the middle, it can be done again.</summary>
    public void TakeNext(ClusterSettings cluster)
    {
        var next = Next() ?? throw new InvalidOperationException("There is no next identity.");
        SaveCluster(cluster);
        _files.Rename(AgreementName + NextEnding, AgreementName);
        _files.Rename(SigningName + NextEnding, SigningName);
        Identity.Dispose();
        Identity = next;
    }

    /// <summary>Durable when it returns. To be called before <see cref="SaveCluster"/>.</summary>
    public void SaveRootKey(byte[] pkcs8)
    {
        _files.Write(RootKeyName, pkcs8);
        RootKeyPkcs8 = pkcs8;
    }

    /// <summary>The later seal keys of the cluster, 32 bytes each, the one in use last; the first of all follows from the cluster's key.</summary>
    public IReadOnlyList<byte[]> SealKeys { get; private set; } = [];

    /// <summary>Durable when it returns.</summary>
    public void SaveSealKeys(IReadOnlyList<byte[]> keys)
    {
        _files.Write(SealKeysName, keys.SelectMany(k => k).ToArray());
        SealKeys = keys;
    }

    /// <summary>What is noted of the invitations that this node made; null when nothing is. Durable when it is set.</summary>
    public byte[]? Invitations
    {
        get => _files.Read(InvitationsName);
        set => _files.Write(InvitationsName, value);
    }

    /// <summary>Where the peer book lies.</summary>
    public string PeersFile => _files.PathOf(PeersName);

    /// <summary>The book before stays beside it: without a journal a disk that fails in the middle of a rename may have neither name afterwards.</summary>
    public void SavePeers(byte[] book)
    {
        if (File.Exists(PeersFile)) File.Move(PeersFile, PeersFile + ".old", overwrite: true);
        _files.Write(PeersName, book);
    }

    /// <summary>Puts what cannot be read of the invitations beside, so that the next one does not overwrite it.</summary>
    public void SetAsideInvitations() => File.Move(_files.PathOf(InvitationsName), _files.PathOf(InvitationsName + ".bad"), overwrite: true);

    /// <summary>The folder shall not be a node after all: when this is disposed, what it made goes. Only for a home that is new.</summary>
    public void Withdraw() => _withdrawn = IsNew;

    public void Dispose()
    {
        Identity.Dispose();
        if (_withdrawn) RemoveMade(Root, _madeFolder);
        _withdrawn = false;
        _lock.Dispose();
    }

    public override string ToString() => Root;

    // Under the lock, so that nobody else's home is taken away.
    private static void RemoveMade(string root, bool madeFolder)
    {
        try
        {
            Directory.Delete(Path.Join(root, NodeHomeFolder.HomeName), recursive: true);
            if (madeFolder) Directory.Delete(root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody put files into the new folder, or the disk takes nothing any more: what is left does no harm.
        }
    }

    /// <summary>Whether there was none yet.</summary>
    private bool CheckVersion()
    {
        var written = _files.Read(NodeHomeFolder.VersionName);
        if (written is null)
        {
            _files.Write(NodeHomeFolder.VersionName, Encoding.ASCII.GetBytes(Format.ToString(CultureInfo.InvariantCulture) + "\n"));
            return true;
        }
        if (!int.TryParse(Encoding.UTF8.GetString(written), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var format))
            throw Damaged(NodeHomeFolder.VersionName, "it holds no number.");
        if (format > Format)
            throw new NodeHomeException(NodeHomeFault.NewerVersion, $"'{Root}' was written by a newer VfsSync (format {format}; this one knows {Format}). Update VfsSync on this machine.");
        return false;
    }

    private NodeIdentity LoadIdentity()
    {
        var signing = ReadSecret(SigningName);
        var agreement = ReadSecret(AgreementName);
        return signing is null || agreement is null ? CreateIdentity(signing is null ? SigningName : AgreementName) : IdentityOf(signing, agreement, SigningName);
    }

    private NodeIdentity IdentityOf(byte[] signing, byte[] agreement, string name)
    {
        try
        {
            return NodeIdentity.FromPem(Encoding.UTF8.GetString(signing), Encoding.UTF8.GetString(agreement));
        }
        catch (CryptographicException e)
        {
            throw Damaged($"{name} or {AgreementName}", e.Message);
        }
    }

    /// <summary>A member whose key is gone must not become someone else unasked.</summary>
    private NodeIdentity CreateIdentity(string missing)
    {
        if (File.Exists(_files.PathOf(ClusterName))) throw Damaged(missing, "it is missing.");
        var made = NodeIdentity.Create();
        var (signing, agreement) = made.ToPem();
        _files.Write(AgreementName, Encoding.ASCII.GetBytes(agreement));
        _files.Write(SigningName, Encoding.ASCII.GetBytes(signing));
        if (_files.Protect(SigningName) is { } warning) _warnings.Add(warning);
        return made;
    }

    private ClusterSettings? LoadCluster()
    {
        var key = ReadSecret(ClusterKeyName) ?? [];
        if (_files.Read(ClusterName) is not { } json) return null;
        try
        {
            return key.Length is 0 or 32 ? ClusterSettings.FromJson(json, key) : throw new FormatException($"{ClusterKeyName} has {key.Length} bytes instead of 32.");
        }
        catch (FormatException e)
        {
            throw Damaged(ClusterName, e.Message);
        }
    }

    private byte[][] LoadSealKeys()
    {
        var keys = ReadSecret(SealKeysName) ?? [];
        return keys.Length % 32 == 0 ? [.. keys.Chunk(32)] : throw Damaged(SealKeysName, $"it has {keys.Length} bytes, no whole number of keys.");
    }

    private byte[]? ReadSecret(string name)
    {
        if (_files.Read(name) is not { } content) return null;
        if (_files.Protect(name) is { } warning) _warnings.Add(warning);
        return content;
    }

    private NodeHomeException Damaged(string name, string why) => new(NodeHomeFault.Damaged,
        $"'{_files.PathOf(name)}' is damaged: {why} Restore it from a backup; or remove '{Home}' and let the folder join again as a new node: the files in the folder stay.");
}
