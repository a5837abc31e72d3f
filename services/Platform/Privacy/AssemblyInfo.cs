using System.Runtime.CompilerServices;

// The golden ciphertexts need fixed nonces and keys, which no caller of the platform may choose.
[assembly: InternalsVisibleTo("Hotline111.Platform.Tests")]
// The load of tests/Load stands in for a service, without HTTP between.
[assembly: InternalsVisibleTo("Hotline111.Load")]
