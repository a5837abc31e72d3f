using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Hotline111.Platform.Privacy;

namespace Hotline111.Platform.Hosting;

/// <summary>The JSON of the doors: what two readers could understand differently is refused.</summary>
public static class StrictJson
{
    /// <summary>camelCase, enums as strings, no unknown or doubled members, no comments or trailing commas, at most 32 levels; what a body must have, it must have.</summary>
    public static void Apply(JsonSerializerOptions json)
    {
        json.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        json.NumberHandling = JsonNumberHandling.Strict;
        json.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        json.AllowDuplicateProperties = false;
        json.AllowTrailingCommas = false;
        json.ReadCommentHandling = JsonCommentHandling.Disallow;
        json.MaxDepth = 32;
        json.RespectNullableAnnotations = true;
        json.TypeInfoResolver = (json.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()).WithAddedModifier(RequireWhatCannotBeNull);
        json.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        json.Converters.Add(new NothingPersonal());
    }

    // The framework knows "every parameter is required" and "none is"; what a body must have is what its record can neither be without nor make up.
    private static void RequireWhatCannotBeNull(JsonTypeInfo type)
    {
        foreach (var member in type.Properties)
        {
            // What cannot be set (in an anonymous answer) cannot be required.
            if (member.Set is not null && member.AssociatedParameter is { HasDefaultValue: false } parameter && !parameter.IsNullable && Nullable.GetUnderlyingType(member.PropertyType) is null)
                member.IsRequired = true;
        }
    }

    /// <summary>
    /// A sealed value in a body would be somebody else's ciphertext handed in to be opened, and one in an answer was meant to be opened first:
    /// doors speak of clear texts only.
    /// </summary>
    private sealed class NothingPersonal : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) => PersonalConverterFactory.IsPersonal(typeToConvert);

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            throw new InvalidOperationException($"{typeToConvert.Name} does not belong in a body or an answer; take a string and make it personal, or open it first.");
    }
}
