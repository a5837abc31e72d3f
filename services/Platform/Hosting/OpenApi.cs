using System.Text.Json.Nodes;
using Hotline111.Platform.Access;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Hotline111.Platform.Hosting;

/// <summary>The description of a service's doors at <c>/openapi/v1.json</c>: problems, tokens, rules and the two headers of commands stand at every door.</summary>
internal static class OpenApi
{
    private const string Token = "token";
    private const string ProblemType = "application/problem+json";

    public static void AddServiceDescription(this IServiceCollection services, string service) => services.AddOpenApi("v1", openApi =>
    {
        openApi.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = $"Hotline 111 {service}", Version = "v1" };
            // The address is the gateway's matter.
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Token] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "JWT",
                Description = "ES256, 60 s, made by the gateway for this service from the caller's session.",
            };
            document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
            document.Components.Schemas["Problem"] = Problem();
            return Task.CompletedTask;
        });
        openApi.AddOperationTransformer((operation, context, _) =>
        {
            Describe(operation, context);
            return Task.CompletedTask;
        });
    });

    private static void Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "No, and why (RFC 9457).",
            Content = new Dictionary<string, OpenApiMediaType> { [ProblemType] = new() { Schema = new OpenApiSchemaReference("Problem", context.Document) } },
        };
        if (metadata.OfType<AccessRule>().FirstOrDefault() is { } rule)
        {
            operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
            operation.Extensions["x-access-rule"] = new JsonNodeExtension(new JsonObject
            {
                ["action"] = rule.Action,
                ["roles"] = new JsonArray([.. rule.Roles.Select(role => JsonValue.Create(role))]),
                ["relation"] = rule.Relation,
            });
        }
        if (!metadata.OfType<IAllowAnonymous>().Any())
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Token, context.Document)] = [] }];
        if (metadata.OfType<System.Reflection.MethodInfo>().Any(method => method.GetParameters().Any(parameter => parameter.ParameterType == typeof(CommandContext))))
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(Header("Idempotency-Key", "1 to 64 visible characters chosen by the caller: the same key and body get the same answer.", new() { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 64 }));
            operation.Parameters.Add(Header("If-Match", "The version last seen, as its ETag told it; a stale one gets 412.", new() { Type = JsonSchemaType.String, Pattern = "^(\\*|\"[0-9]+\")$" }));
        }
    }

    private static OpenApiParameter Header(string name, string meaning, OpenApiSchema schema) =>
        new() { Name = name, In = ParameterLocation.Header, Required = false, Description = meaning, Schema = schema };

    private static OpenApiSchema Problem() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "RFC 9457. The type's slug is stable, the title is a sentence in the reader's language (Accept-Language: vi or en).",
        Required = new HashSet<string> { "type", "title", "status", "traceId" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = "^urn:hotline111:[a-z0-9-]+$" },
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
            ["traceId"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["state"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "How the thing stands now." },
            ["version"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
            ["allowed"] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String }, Description = "The commands allowed now." },
            ["errors"] = new OpenApiSchema { Type = JsonSchemaType.Object, Description = "By member of the body: what is wrong with it." },
        },
    };
}
