package registrator_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// backend6 starts a service at ::1, if the machine has IPv6.
func backend6(t *testing.T) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6 here: %v", err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "six") }))
	require.NoError(t, server.Listener.Close())
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	return listener.Addr().(*net.TCPAddr).Port
}

// TestIPv6IsServed tests each form of an IPv6 address.
func TestIPv6IsServed(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		port := backend6(t)
		var paths []string
		for _, host := range []string{"::1", "[::1]", "[0:0:0:0:0:0:0:1]"} {
			s := g.hello()
			s.Host, s.Port = host, port
			require.NoError(t, g.kong().Register(soon(t), s), host)
			assert.Equal(t, "[::1]", g.must("GET", "/services/"+s.Name, nil)["host"])
			paths = append(paths, s.Paths[0])
		}
		for _, instance := range []string{fmt.Sprintf("[::1]:%d", port), "::1", "[::1]"} {
			s := g.instance(instance)
			s.Port = port
			require.NoError(t, g.kong().Register(soon(t), s), instance)
			paths = append(paths, s.Paths[0])
		}
		for _, path := range paths {
			g.eventually(path, "200 six")
		}
	})
}

// TestHostsInOtherForms tests that an equal host is kept as the operator wrote it, and that IPv6 without brackets is not equal.
func TestHostsInOtherForms(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		for _, c := range []struct {
			described, operators string
			writes               int
		}{
			{"2001:db8::1", "[2001:DB8:0:0:0:0:0:1]", 0},
			{"[2001:db8::1]", "[2001:0db8::0001]", 0},
			{"2001:db8::1", "2001:db8::1", 1},
			{"[2001:db8::1]", "2001:DB8::1", 1},
			{"2001:db8::1", "[2001:db8::2]", 1},
			{"hello.example.com", "Hello.Example.COM", 0},
			{"hello.example.com", "hello.example.com.", 1},
			{"hello.example.com.", "hello.example.com", 1},
			{"10.0.0.1", "10.0.0.2", 1},
		} {
			s := g.hello()
			s.Host = c.described
			require.NoError(t, g.kong().Register(soon(t), s), c.described)
			g.must("PATCH", "/services/"+s.Name, map[string]any{"host": c.operators})
			g.written()
			require.NoError(t, g.kong().Register(soon(t), s), c.described)
			assert.Len(t, g.written(), c.writes, "%s, and the operator's %s", c.described, c.operators)
		}
	})
}

// TestMappedAddressesSayWhatToWrite tests IPv4 addresses mapped to IPv6, which no gateway accepts.
func TestMappedAddressesSayWhatToWrite(t *testing.T) {
	for _, mapped := range []string{"::ffff:10.0.0.1", "[::ffff:10.0.0.1]", "::ffff:a00:1", "[::FFFF:0a00:0001]"} {
		kong := newKong(t, "http://kong", registrator.Config{})
		s := hello()
		s.Host = mapped
		assert.ErrorContains(t, kong.Register(t.Context(), s), "the IPv4 address itself, 10.0.0.1", mapped)
		s.Host, s.Instance = "", mapped
		assert.ErrorContains(t, kong.Register(t.Context(), s), "the IPv4 address itself, 10.0.0.1", mapped)
	}
}

// TestTargetsInOtherForms tests forms of a target that no gateway of today lists.
func TestTargetsInOtherForms(t *testing.T) {
	for _, listed := range []string{"[::1]:8000", "[0000:0000:0000:0000:0000:0000:0000:0001]:8000", "::1", "[::1]", "[0:0::0:1]:8000"} {
		inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
			kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
			s := balanced()
			s.Instance = "[::1]:8000"
			require.NoError(t, kong.Register(t.Context(), s))
			k.Forget()
			k.Inject(-1, edited(func(page map[string]any) {
				for _, target := range page["data"].([]any) {
					target.(map[string]any)["target"] = listed
				}
			}), reads("/upstreams/hello.upstream/targets/all"))
			require.NoError(t, kong.Register(t.Context(), s), listed)
			assert.Empty(t, k.Writes(), listed)
		})
	}
}
