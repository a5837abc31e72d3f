using System.Globalization;
using Hotline111.Platform.Privacy;
using Microsoft.AspNetCore.Http;

namespace Hotline111.Platform.Hosting;

/// <summary>Collects what is wrong with a body, field by field, so that one answer names it all.</summary>
public sealed class BodyErrors
{
    private readonly List<FieldError> errors = [];

    /// <summary>The one problem that names all errors, or null when there is none.</summary>
    public IResult? Problem => errors.Count == 0 ? null : Problems.BodyInvalid(errors);

    /// <summary>A field must be there.</summary>
    public BodyErrors Required(string field, object? value) => When(value is null or "", field, "Cần có thông tin này.", "This is required.");

    /// <summary>An id must not be the empty one, which names nothing; null passes where the field may be left out.</summary>
    public BodyErrors Id(string field, Guid? value) => When(value == Guid.Empty, field, "Cần có thông tin này.", "This is required.");

    /// <summary>A code must stand in its list; null passes where the field may be left out.</summary>
    /// <param name="known">Whether the list has the code.</param>
    public BodyErrors Code(string field, string? value, Func<string, bool> known) =>
        When(value is not null && !known(value), field, "Mã này không có trong danh mục.", "The list has no such code.");

    /// <summary>A text has at most so many characters and is well-formed.</summary>
    public BodyErrors Text(string field, string? value, int maximum) => value is null
        ? this
        : When(
                value.Length > maximum,
                field,
                string.Create(CultureInfo.InvariantCulture, $"Tối đa {maximum} ký tự."),
                string.Create(CultureInfo.InvariantCulture, $"At most {maximum} characters."))
            .When(!Personal.IsWellFormed(value) || value.Contains('\0', StringComparison.Ordinal), field, "Văn bản có ký tự không hợp lệ.", "The text holds characters that are not valid.");

    /// <summary>Something a service checks itself.</summary>
    /// <param name="vi">The sentence for a Vietnamese reader.</param>
    /// <param name="en">The sentence for an English reader.</param>
    public BodyErrors When(bool wrong, string field, string vi, string en)
    {
        if (wrong)
            errors.Add(new FieldError(field, vi, en));
        return this;
    }
}
