using CsCheck;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Store;

public sealed class RowReaderTests
{
    [Fact]
    public void Numbers_and_texts_come_back() =>
        Gen.Select(Gen.Long, Gen.ULong, Gen.String).Sample((signed, unsigned, text) =>
        {
            var writer = new RowWriter();
            writer.Signed(signed);
            writer.Text(text);
            writer.Unsigned(unsigned);
            var reader = new RowReader(writer.Written);
            return reader.Signed() == signed && reader.Text() == System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text)) && reader.Unsigned() == unsigned;
        });

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(long.MaxValue)]
    public void The_ends_of_the_range_come_back(long value)
    {
        var writer = new RowWriter();
        writer.Signed(value);
        Assert.Equal(value, new RowReader(writer.Written).Signed());
    }

    [Fact]
    public void A_cut_row_is_an_error_and_no_list_is_made_longer_than_its_row()
    {
        Assert.ThrowsAny<Exception>(() => new RowReader([0x80]).Unsigned());
        Assert.Throws<FormatException>(() => new RowReader([0xFF, 0xFF, 0xFF, 0x7F]).Count(1));
        Assert.Throws<FormatException>(() => new RowReader([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]).Unsigned());
    }
}
