using Hotline111.Sbom;

// In deploy/images/Dockerfile, after publishing:
//   Hotline111.Sbom PUBLISHED-FOLDER LOCK-FILE BASE-IMAGE [package-lock.json ...] > sbom.cdx.json
if (args is not [var published, var lockFile, var baseImage, .. var scripts])
{
    Console.Error.WriteLine("Wanted: the folder of the published process, its packages.lock.json, the name of the image below, and package-lock.json files of what its pages carry.");
    return 2;
}

try
{
    Console.WriteLine(Bill.Write(Bill.Read(published, lockFile, scripts), baseImage));
    return 0;
}
catch (BillException wrong)
{
    Console.Error.WriteLine(wrong.Message);
    return 1;
}
