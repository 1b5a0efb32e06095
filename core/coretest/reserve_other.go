//go:build !linux

package coretest

import "errors"

// reserve fails: where a socket that does not listen keeps listeners off its port, too, a port is reserved by its listener alone.
func reserve(int) (port int, release func(), err error) {
	return 0, nil, errors.ErrUnsupported
}
