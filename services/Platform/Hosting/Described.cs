using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Hotline111.Platform.Hosting;

/// <summary>What a door does and answers, for the description of the service. Refusals common to all doors are described once, by the service.</summary>
public static class Described
{
    extension(RouteHandlerBuilder door)
    {
        /// <summary>A door that takes a command on something that exists.</summary>
        /// <param name="vi">What it does, for a Vietnamese reader.</param>
        /// <param name="en">What it does, for an English reader.</param>
        public RouteHandlerBuilder DescribeCommand(string vi, string en) => door
            .WithSummary($"{vi} / {en}")
            .Produces<CommandDone>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status412PreconditionFailed)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

        /// <summary>A door that creates something: 201, or 200 when the same thing was there already.</summary>
        /// <inheritdoc cref="DescribeCommand" path="/param"/>
        public RouteHandlerBuilder DescribeCreation(string vi, string en) => door
            .WithSummary($"{vi} / {en}")
            .Produces<Created>(StatusCodes.Status201Created)
            .Produces<Created>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

        /// <summary>A door that reads one thing.</summary>
        /// <inheritdoc cref="DescribeCommand" path="/param"/>
        public RouteHandlerBuilder DescribeRead(string vi, string en) => door
            .WithSummary($"{vi} / {en}")
            .Produces(StatusCodes.Status200OK, contentType: "application/json")
            .ProducesProblem(StatusCodes.Status404NotFound);

        /// <summary>A door that lists things.</summary>
        /// <inheritdoc cref="DescribeCommand" path="/param"/>
        public RouteHandlerBuilder DescribeList(string vi, string en) => door.WithSummary($"{vi} / {en}");
    }
}
