//go:build !unix

package keys

// nonblock has no effect: only on Unix can a pipe be in a directory.
const nonblock = 0
