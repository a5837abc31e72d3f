using Hotline111.Local;

namespace Hotline111.Deploy.Tests.Running;

/// <summary>Ports for processes that do not listen yet: two at one port would answer for each other.</summary>
public sealed class A_port_is_given_once
{
    [Fact]
    public void However_many_are_asked_for() =>
        // By chance alone 400 of 17,000 would hold the same one twice in 99 of 100 runs.
        Enumerable.Range(0, 400).Select(_ => Port.Free()).ShouldBeUnique();

    [Fact]
    public void Another_process_finds_it_locked() =>
        Should.Throw<IOException>(() => File.OpenHandle(Port.LockOf(Port.Free()), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None).Dispose());

    [Fact]
    public void A_kept_one_stays_with_its_name_and_goes_to_no_other()
    {
        var folder = Directory.CreateTempSubdirectory("hotline111-ports-").FullName;
        try
        {
            var kept = Port.Kept(folder, "intake");
            Port.Kept(folder, "intake").ShouldBe(kept);
            File.Copy(Path.Combine(folder, "intake.port"), Path.Combine(folder, "case.port"));
            Port.Kept(folder, "case").ShouldNotBe(kept);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
