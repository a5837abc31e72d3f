using Hotline111.Gateway;
using Hotline111.Platform.Hosting;

return await GatewayProgram.Build(args).RunPlatform(args);
