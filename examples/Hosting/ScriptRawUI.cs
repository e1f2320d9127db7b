using System.Management.Automation.Host;

namespace VfsSync.Hosting;

/// <summary>As much of a screen as formatting asks for: its width.</summary>
internal sealed class ScriptRawUI(int width) : PSHostRawUserInterface
{
    public override ConsoleColor ForegroundColor { get; set; } = ConsoleColor.Gray;

    public override ConsoleColor BackgroundColor { get; set; } = ConsoleColor.Black;

    public override Coordinates CursorPosition { get; set; }

    public override Coordinates WindowPosition { get; set; }

    public override int CursorSize { get; set; }

    public override Size BufferSize { get; set; } = new(width, 50);

    public override Size WindowSize { get; set; } = new(width, 50);

    public override Size MaxWindowSize => WindowSize;

    public override Size MaxPhysicalWindowSize => WindowSize;

    public override bool KeyAvailable => false;

    public override string WindowTitle { get; set; } = "";

    public override KeyInfo ReadKey(ReadKeyOptions options) => throw new HostException("This host reads lines, not keys.");

    public override void FlushInputBuffer()
    {
        // Nothing is buffered here.
    }

    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw new HostException("This host has no screen to read.");

    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw new HostException("This host has no screen to paint.");

    public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw new HostException("This host has no screen to paint.");

    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) => throw new HostException("This host has no screen to scroll.");
}
