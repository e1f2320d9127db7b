using System.Xml.Linq;
using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Contestants;

/// <summary>The config.xml of a Syncthing that knows one folder and one other device.</summary>
internal static class SyncthingConfiguration
{
    /// <summary>Makes keys and a default configuration; the device id.</summary>
    public static string Generate(string home)
    {
        _ = Tool.Run("syncthing", "generate", $"--home={home}", "--no-default-folder", "--skip-port-probing");
        return Load(home).Root!.Elements("device").First().Attribute("id")!.Value;
    }

    public static void Write(string home, string folder, IReadOnlyList<string> ids, int port, int otherPort)
    {
        var configuration = Load(home);
        var root = configuration.Root!;
        var own = root.Elements("device").First().Attribute("id")!.Value;
        root.Elements("folder").Remove();
        root.AddFirst(new XElement("folder", new XAttribute("id", "bench"), new XAttribute("path", folder), new XAttribute("type", "sendreceive"), new XAttribute("rescanIntervalS", 3600),
            new XAttribute("fsWatcherEnabled", true), new XAttribute("fsWatcherDelayS", 1), ids.Select(id => new XElement("device", new XAttribute("id", id)))));
        foreach (var id in ids.Where(id => id != own))
            root.Add(new XElement("device", new XAttribute("id", id), new XAttribute("name", "other"), new XElement("address", $"tcp://127.0.0.1:{otherPort}")));
        root.Element("gui")!.SetAttributeValue("enabled", false);
        var options = root.Element("options")!;
        options.Elements("listenAddress").Remove();
        options.Add(new XElement("listenAddress", $"tcp://127.0.0.1:{port}"));
        foreach (var name in (string[])["globalAnnounceEnabled", "localAnnounceEnabled", "relaysEnabled", "natEnabled", "crashReportingEnabled"]) options.SetElementValue(name, false);
        options.SetElementValue("urAccepted", -1);
        configuration.Save(Path.Combine(home, "config.xml"));
    }

    private static XDocument Load(string home) => XDocument.Load(Path.Combine(home, "config.xml"));
}
