namespace VfsSync.ShellTests.Hosted;

/// <summary>A stand-in for Select-Object, compiled because only the engine's own exception ends a pipeline from its middle.</summary>
[Cmdlet(VerbsCommon.Select, "Object")]
public sealed class SelectObjectCommand : PSCmdlet
{
    private int _seen;

    [Parameter(Position = 0)]
    public string[]? Property { get; set; }

    [Parameter]
    public string? ExpandProperty { get; set; }

    [Parameter]
    public int First { get; set; } = int.MaxValue;

    [Parameter]
    public int Skip { get; set; }

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    protected override void ProcessRecord()
    {
        if (++_seen <= Skip) return;
        if (ExpandProperty is not null) WriteObject(InputObject!.Properties[ExpandProperty].Value, enumerateCollection: true);
        else if (Property is null) WriteObject(InputObject);
        else
        {
            var some = new PSObject();
            foreach (var name in Property) some.Properties.Add(new PSNoteProperty(name, InputObject!.Properties[name]?.Value));
            WriteObject(some);
        }
        if (_seen - Skip < First) return;
        var stop = typeof(PSObject).Assembly.GetType("System.Management.Automation.StopUpstreamCommandsException", throwOnError: true)!;
        throw (Exception)Activator.CreateInstance(stop, this)!;
    }
}
