package coretest

import "syscall"

// reserve binds a socket that never listens to a port of 127.0.0.1, or to a free one if port is 0. On Linux a listener may share
// the port, because both have SO_REUSEADDR and this socket does not listen. The system chooses a port that is bound for nobody
// else, and answers connections to it with a reset while no listener is there.
func reserve(port int) (bound int, release func(), err error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, nil, err
	}
	defer func() {
		if err != nil {
			_ = syscall.Close(fd)
		}
	}()
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return 0, nil, err
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, nil, err
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		return 0, nil, err
	}
	address, ok := name.(*syscall.SockaddrInet4)
	if !ok {
		return 0, nil, syscall.EAFNOSUPPORT
	}
	return address.Port, func() { _ = syscall.Close(fd) }, nil
}
