using System.Diagnostics;
using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Contestants;

/// <summary>rsync over ssh, as a user would: encrypted, neither hashed nor flushed. A server of its own with keys of its own, on loopback.</summary>
internal sealed class RsyncSshContestant : RsyncContestant
{
    public override string Name => "rsync-ssh";

    protected override Process StartServer(Round round, int port)
    {
        var home = Path.GetFullPath(Path.Combine(round.Stage, "..", "ssh"));
        Directory.CreateDirectory(home);
        _ = Tool.Run("chmod", "700", home);
        foreach (var key in (string[])["host", "user"]) _ = Tool.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(home, key));
        File.Copy(Path.Combine(home, "user.pub"), Path.Combine(home, "authorized"));
        if (Environment.UserName == "root") Directory.CreateDirectory("/run/sshd");
        Target = ["-e", $"ssh -p {port} -i {home}/user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR", $"127.0.0.1:{round.B}/"];
        return Tool.Start("sshd", "-D", "-e", "-f", "/dev/null", "-p", $"{port}", "-h", $"{home}/host", "-o", "ListenAddress=127.0.0.1", "-o", $"AuthorizedKeysFile={home}/authorized",
            "-o", "StrictModes=no", "-o", "PermitRootLogin=yes", "-o", "PidFile=none");
    }
}
