//go:build unix

package keys

import "syscall"

// nonblock makes opening a pipe return at once: otherwise it waits for a writer, for good.
const nonblock = syscall.O_NONBLOCK
