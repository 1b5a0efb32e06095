// Package keyid tells packages of this module whether a key is the one that it was before. Other modules cannot import it, so the
// fingerprint of a key is not shown to them.
package keyid

// Fingerprint is a hash of everything that decides which tokens a key verifies: its material, its id and its algorithms. Two keys
// with the same fingerprint verify the same tokens.
type Fingerprint [32]byte

// Of returns the fingerprint of a *keys.Key. It returns false for a secret, whose fingerprint would let an attacker test guesses,
// and for the zero Key. Package keys sets it.
var Of func(key any) (Fingerprint, bool)
