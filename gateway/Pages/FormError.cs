namespace Hotline111.Pages;

/// <summary>What is wrong with one field of a form, in the reader's language.</summary>
/// <param name="Field">The field's name, which is also its id; empty when the whole form is meant.</param>
/// <param name="Sentence">What to do about it.</param>
public sealed record FormError(string Field, string Sentence);

/// <summary>Everything that is wrong with a form that was sent.</summary>
public sealed class FormErrors : List<FormError>
{
    /// <summary>The sentence for a field, or null.</summary>
    public string? For(string field) => Find(error => error.Field == field)?.Sentence;

    /// <summary>Adds a sentence.</summary>
    public void Add(string field, string sentence) => Add(new FormError(field, sentence));
}
