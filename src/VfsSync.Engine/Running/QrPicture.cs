using QRCoder;

namespace VfsSync.Engine.Running;

/// <summary>A token as a picture that a camera reads (ISO/IEC 18004, byte mode, the lowest level of error correction: it is read from a screen, and tokens are long).</summary>
internal static class QrPicture
{
    private const int PixelsPerModule = 6;

    /// <summary>For a terminal: two rows of modules in a line of text, light on whatever is dark there. Turned round for light terminals, cameras read it all the same.</summary>
    public static IReadOnlyList<string> Lines(string token)
    {
        using var data = Make(token);
        using var code = new AsciiQRCode(data);
        return code.GetGraphicSmall(drawQuietZones: true, invert: true).Split('\n');
    }

    public static byte[] Png(string token)
    {
        using var data = Make(token);
        using var code = new PngByteQRCode(data);
        return code.GetGraphic(PixelsPerModule);
    }

    public static string Svg(string token)
    {
        using var data = Make(token);
        using var code = new SvgQRCode(data);
        return code.GetGraphic(PixelsPerModule);
    }

    private static QRCodeData Make(string token) => QRCodeGenerator.GenerateQrCode(token, QRCodeGenerator.ECCLevel.L);
}
