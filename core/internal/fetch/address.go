package fetch

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"
)

// guard decides which addresses may be connected to. A host that a document names may be a name of an inner service (CWE-918),
// and may resolve to another address each time. So the guard looks at the address of each connection, not at a lookup before.
type guard struct {
	trusted map[string]bool // hosts in canonical form
	mu      sync.Mutex
	proxies map[string]bool // host:port
}

func newGuard(trusted []string) *guard {
	g := &guard{trusted: map[string]bool{}, proxies: map[string]bool{}}
	for _, host := range trusted {
		g.trusted[canonicalHost(host)] = true
	}
	return g
}

const errAddress = refusal("the host has an address that is not public: list the host in KeysHosts if that is meant")

// checkHost refuses a host that is not public as it is written. A proxy, or a RoundTripper of the user's, resolves names by
// itself, so this is all that is checked there.
func (g *guard) checkHost(host string) error {
	if g.trusted[canonicalHost(host)] {
		return nil
	}
	if addr, err := netip.ParseAddr(host); isLoopback(host) || err == nil && !isPublic(addr) {
		return errAddress
	}
	return nil
}

// trusts reports whether any address is good for host:port.
func (g *guard) trusts(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err == nil && g.trusted[canonicalHost(host)] {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.proxies[strings.ToLower(address)]
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// wrap makes all connections of a transport pass the guard.
func (g *guard) wrap(t *http.Transport) {
	dial := t.DialContext
	if old := t.Dial; dial == nil && old != nil { //nolint:staticcheck // a user's transport may still have it
		dial = func(_ context.Context, network, address string) (net.Conn, error) { return old(network, address) }
	}
	t.DialContext = g.dialer(dial)
	dialTLS := t.DialTLSContext
	if old := t.DialTLS; dialTLS == nil && old != nil { //nolint:staticcheck // a user's transport may still have it
		dialTLS = func(_ context.Context, network, address string) (net.Conn, error) { return old(network, address) }
	}
	if dialTLS != nil {
		t.DialTLSContext = g.dialer(dialTLS)
	}
	if proxy := t.Proxy; proxy != nil {
		t.Proxy = func(r *http.Request) (*url.URL, error) {
			u, err := proxy(r)
			if u != nil {
				g.mu.Lock()
				g.proxies[strings.ToLower(hostPort(u))] = true
				g.mu.Unlock()
			}
			return u, err
		}
	}
}

// dialer guards a dialer of the user's, or is one of its own.
func (g *guard) dialer(users dialFunc) dialFunc {
	plain := &net.Dialer{Timeout: 5 * time.Second}
	guarded := &net.Dialer{Timeout: 5 * time.Second, Control: checkDialled}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		switch trusted := g.trusts(address); {
		case users == nil && trusted:
			return plain.DialContext(ctx, network, address)
		case users == nil:
			return guarded.DialContext(ctx, network, address)
		case trusted:
			return users(ctx, network, address)
		}
		conn, err := users(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if err := checkAddress(conn.RemoteAddr().String()); err != nil { // nothing has been sent yet
			_ = conn.Close()
			return nil, err
		}
		return conn, nil
	}
}

// checkDialled is called for each address that a name resolves to, right before the connection.
func checkDialled(_, address string, _ syscall.RawConn) error { return checkAddress(address) }

// checkAddress refuses what is not an address and a port, too: nobody knows where that leads.
func checkAddress(address string) error {
	if a, err := netip.ParseAddrPort(address); err != nil || !isPublic(a.Addr()) {
		return errAddress
	}
	return nil
}

var (
	// special4 are the blocks of IPv4 that are not public (RFC 6890 and its registry), and Azure's metadata address.
	special4 = prefixes("0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 " +
		"192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3 168.63.129.16/32")
	// special6 are those in the one block of IPv6 that is public (RFC 4291, section 2.4).
	public6  = netip.MustParsePrefix("2000::/3")
	special6 = prefixes("2001::/23 2001:db8::/32 3fff::/20")
	// Addresses of these have one of IPv4 inside: NAT64 (RFC 6052, section 2.1) in the last bytes, 6to4 (RFC 3056, section 2)
	// behind the prefix.
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
	sixTo4  = netip.MustParsePrefix("2002::/16")
	sixTo4n = 2
)

func prefixes(list string) (all []netip.Prefix) {
	for p := range strings.FieldsSeq(list) {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}

// isPublic reports whether an address is one that anybody on the internet may have.
func isPublic(a netip.Addr) bool {
	a = a.Unmap()
	in := func(all []netip.Prefix) bool {
		for _, p := range all {
			if p.Contains(a) {
				return true
			}
		}
		return false
	}
	bytes := a.As16()
	switch {
	case !a.IsValid() || a.Zone() != "":
		return false
	case a.Is4():
		return !in(special4)
	case nat64.Contains(a):
		return isPublic(netip.AddrFrom4([4]byte(bytes[12:])))
	case sixTo4.Contains(a):
		return isPublic(netip.AddrFrom4([4]byte(bytes[sixTo4n:])))
	}
	return public6.Contains(a) && !in(special6)
}
