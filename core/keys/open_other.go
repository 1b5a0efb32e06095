//go:build !unix

package keys

// nonblock is for pipes in a directory, which there are on Unix only.
const nonblock = 0
