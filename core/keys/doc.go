// Package keys holds the public keys that tokens are verified with.
//
// [Dir] loads the keys of a directory, and [Static] takes keys that the program has. Each [Key] is parsed and checked once, when
// it is loaded, and bound to the algorithms that it is for: a weak key, a private key, or a key for encryption never becomes a
// Key. A key of a certificate is also bound to the validity of the certificate.
//
// [Discover] and [Remote] fetch the keys of an issuer over HTTP and keep them up to date.
package keys
