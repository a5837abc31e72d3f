namespace Hotline111.Local;

/// <summary>The keys of one installation, each in a file that only its owner may read. What exists is kept: without it the data is lost.</summary>
internal sealed class PlatformKeys(string folder)
{
    /// <summary>Verifies what Case has released; public.</summary>
    public string ReleaseVerification => Path.Combine(folder, "release.public.pem");

    /// <summary>Signs what Case releases.</summary>
    public string ReleaseSigning => Path.Combine(folder, "release.private.pem");

    /// <summary>The machines that may ask the gateway for tokens, with their public keys.</summary>
    public string Clients => Path.Combine(folder, "clients.json");

    /// <summary>The key that protects secrets in the gateway's database.</summary>
    public string Protection => MasterKey(PlatformProcess.Gateway);

    /// <summary>The key that guards the forms of gateway and console against other sites.</summary>
    public string Forms => MasterKey("forms");

    /// <summary>The private key with which a service proves who it is.</summary>
    public string Client(string service) => Path.Combine(folder, $"{service}.private.pem");

    /// <summary>The key that wraps a service's data keys.</summary>
    public string MasterKey(string service) => Path.Combine(folder, $"{service}.master-key");

    /// <summary>Makes what is missing.</summary>
    public void Ensure()
    {
        Account.CreateFolder(folder, account: null);
        foreach (var process in PlatformProcess.All)
        {
            Keep(MasterKey(process.Name), NewMasterKey);
            Keep(Client(process.Name), KeyMaterial.SigningKey);
        }

        Keep(Forms, NewMasterKey);
        Keep(ReleaseSigning, KeyMaterial.SigningKey);
        Account.WriteFile(ReleaseVerification, KeyMaterial.PublicPart(File.ReadAllText(ReleaseSigning)), account: null);
        Account.WriteFile(Clients, InstallationSecrets.Clients(process => File.ReadAllText(Client(process.Name))), account: null);
    }

    private static void Keep(string file, Func<string> make)
    {
        if (!File.Exists(file))
        {
            Account.WriteFile(file, make(), account: null);
        }
    }

    private static string NewMasterKey() => KeyMaterial.MasterKey(DateTimeOffset.UtcNow);
}
