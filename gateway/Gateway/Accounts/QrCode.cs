using System.Globalization;
using System.Text;
using QRCoder;

namespace Hotline111.Gateway.Accounts;

/// <summary>A QR code as the path of an SVG: black squares, nothing that a Content-Security-Policy would refuse.</summary>
public sealed record QrCode(int Size, string Path)
{
    /// <summary>The code for a text, with the quiet zone that cameras need.</summary>
    public static QrCode Of(string text)
    {
        using var data = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M);
        var rows = data.ModuleMatrix;
        var path = new StringBuilder();
        for (var y = 0; y < rows.Count; y++)
        {
            for (var x = 0; x < rows[y].Length; x++)
            {
                if (rows[y][x])
                {
                    path.Append(CultureInfo.InvariantCulture, $"M{x} {y}h1v1h-1z");
                }
            }
        }

        return new QrCode(rows.Count, path.ToString());
    }
}
