// Package keys holds the public keys that tokens are verified with.
//
// [Dir] loads a directory, [Static] takes keys that the program has. Each [Key] is parsed and checked once, when it is
// loaded, and bound to the algorithms it is for: a weak key, a private key, or one for encryption never becomes a Key. One of a
// certificate is bound to its validity, too.
//
// [Discover] and [Remote] fetch the keys of an issuer over HTTP and keep them up to date.
package keys
