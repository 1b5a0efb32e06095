//go:build !unix

package jsonfile

// nonblock has no effect: only on Unix can a file of a configuration be a pipe.
const nonblock = 0
