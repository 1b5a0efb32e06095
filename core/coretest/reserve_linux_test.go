package coretest_test

import (
	"net"
	"net/url"
	"os"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
)

// TestRefuseKeepsThePort binds a client to the port of an issuer that refuses connections, as the system might do for a client
// without a port of its own.
func TestRefuseKeepsThePort(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer other.Close()
	issuer := coretest.StartIssuer()
	defer issuer.Close()
	u, err := url.Parse(issuer.URL)
	require.NoError(t, err)
	port, err := strconv.Atoi(u.Port())
	require.NoError(t, err)
	for range 3 {
		issuer.Refuse()
		client := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}}
		conn, err := client.DialContext(t.Context(), "tcp", other.Addr().String())
		if !assert.ErrorIs(t, err, syscall.EADDRINUSE) {
			_ = conn.Close()
		}
		assert.Len(t, boundTo(t, port), 1, "the reservation")
		issuer.Heal()
		mustGet(t, issuer.Client(), issuer.KeysURL)
	}
	issuer.Close()
	assert.Empty(t, boundTo(t, port))
}

// boundTo returns the sockets of this process whose own port is this one.
func boundTo(t *testing.T, port int) (sockets []int) {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	for _, file := range files {
		fd, err := strconv.Atoi(file.Name())
		require.NoError(t, err)
		name, err := syscall.Getsockname(fd)
		if address, ok := name.(*syscall.SockaddrInet4); err == nil && ok && address.Port == port {
			sockets = append(sockets, fd)
		}
	}
	return sockets
}
