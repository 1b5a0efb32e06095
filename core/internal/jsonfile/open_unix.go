//go:build unix

package jsonfile

import "syscall"

// nonblock makes opening a pipe return at once. Without it, opening would wait for a writer, perhaps forever.
const nonblock = syscall.O_NONBLOCK
