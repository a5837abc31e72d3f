using Hotline111.Console;
using Hotline111.Platform.Hosting;

return await ConsoleProgram.Build(args).RunPlatform(args);
