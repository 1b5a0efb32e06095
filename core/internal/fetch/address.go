package fetch

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// guard decides to which addresses a transport may connect. A host that a document names may belong to an inner service
// (CWE-918), and may resolve to a different address each time. So guard checks the address of each connection, and not that of
// an earlier lookup.
type guard struct {
	trusted map[string]bool // hosts in canonical form
}

func newGuard(trusted []string) *guard {
	g := &guard{trusted: map[string]bool{}}
	for _, host := range trusted {
		g.trusted[canonicalHost(host)] = true
	}
	return g
}

const errAddress = refusal("the host has an address that is not public: list the host in KeysHosts if that is meant")

// checkHost refuses localhost and IP addresses that are not public, in any form that a resolver may read. If a proxy or a
// RoundTripper of the user resolves the names, there is no other check.
func (g *guard) checkHost(host string) error {
	host = canonicalHost(host)
	if g.trusted[host] {
		return nil
	}
	addr, err := netip.ParseAddr(host)
	public := err == nil && isPublic(addr)
	if err != nil {
		public = !isNumeric(host) && host != "localhost" && !strings.HasSuffix(host, ".localhost")
	}
	if !public {
		return errAddress
	}
	return nil
}

// isNumeric reports whether some resolvers read a host as an IPv4 address, such as 127.1, 0x7f000001 and 017700000001: its last
// label is a number. No public name ends in a number.
func isNumeric(host string) bool {
	host = strings.TrimRight(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	digits, isHex := strings.CutPrefix(last, "0x")
	return isHex && strings.Trim(digits, "0123456789abcdef") == "" || last != "" && strings.Trim(last, "0123456789") == ""
}

// exchange is one call of Get. The transport hands the values of its context to the proxy function and to the dialer, but not its
// end, which is why the context is one of its values.
type exchange struct {
	end   context.Context
	proxy string // host:port of its proxy, or empty
}

type exchangeKey struct{}

// newExchange returns ctx with an exchange that ends with ctx.
func newExchange(ctx context.Context) context.Context {
	return context.WithValue(ctx, exchangeKey{}, &exchange{end: ctx})
}

func exchangeOf(ctx context.Context) *exchange {
	if e, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return e
	}
	return &exchange{end: ctx}
}

// trusts reports whether host:port may have any address.
func (g *guard) trusts(address string, e *exchange) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && g.trusted[canonicalHost(host)] || strings.EqualFold(address, e.proxy)
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// wrap makes t check the address of each connection.
func (g *guard) wrap(t *http.Transport) {
	dial := t.DialContext
	if old := t.Dial; dial == nil && old != nil { //nolint:staticcheck // a transport of the user may have it
		dial = func(_ context.Context, network, address string) (net.Conn, error) { return old(network, address) }
	}
	t.DialContext = g.dialer(dial)
	dialTLS := t.DialTLSContext
	if old := t.DialTLS; dialTLS == nil && old != nil { //nolint:staticcheck // a transport of the user may have it
		dialTLS = func(_ context.Context, network, address string) (net.Conn, error) { return old(network, address) }
	}
	if dialTLS != nil {
		t.DialTLSContext = g.dialer(dialTLS)
	}
	if proxy := t.Proxy; proxy != nil {
		t.Proxy = func(r *http.Request) (*url.URL, error) {
			u, err := proxy(r)
			if u != nil {
				exchangeOf(r.Context()).proxy = hostPort(u)
			}
			return u, err
		}
	}
}

// dialer returns users with a check of the address after connecting. If users is nil, it returns a dialer that checks the address
// before connecting. A connection is closed when its exchange ends: a transport goes on with a handshake after that.
func (g *guard) dialer(users dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		e := exchangeOf(ctx)
		conn, err := g.dial(e.end, users, network, address, g.trusts(address, e))
		if err != nil {
			return nil, err
		}
		context.AfterFunc(e.end, func() { _ = conn.Close() })
		return conn, nil
	}
}

func (g *guard) dial(ctx context.Context, users dialFunc, network, address string, trusted bool) (net.Conn, error) {
	if users == nil {
		d := &net.Dialer{Timeout: 5 * time.Second}
		if !trusted {
			d.Control = checkDialled
		}
		return d.DialContext(ctx, network, address)
	}
	conn, err := users(ctx, network, address)
	switch {
	case err != nil:
		return nil, err
	case conn == nil:
		return nil, errNoConn
	case trusted:
		return conn, nil
	}
	remote := conn.RemoteAddr()
	if remote == nil || checkAddress(remote.String()) != nil { // no request has been sent yet
		_ = conn.Close()
		return nil, errAddress
	}
	return conn, nil
}

const errNoConn = refusal("the dialer of the transport returned neither a connection nor an error")

// checkDialled is called for each address that a name resolves to, immediately before connecting.
func checkDialled(_, address string, _ syscall.RawConn) error { return checkAddress(address) }

// checkAddress refuses addresses that are not public, and text that is not an IP address with a port.
func checkAddress(address string) error {
	if a, err := netip.ParseAddrPort(address); err != nil || !isPublic(a.Addr()) {
		return errAddress
	}
	return nil
}

var (
	// special4 lists the IPv4 blocks that are not public (RFC 6890 and its registry), and the metadata address of Azure.
	special4 = prefixes("0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 " +
		"192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3 168.63.129.16/32")
	// public6 is the only IPv6 block from which public addresses are assigned. special6 lists the blocks in it that are not
	// public.
	public6  = netip.MustParsePrefix("2000::/3")
	special6 = prefixes("2001::/23 2001:db8::/32 3fff::/20")
	// These addresses contain an IPv4 address: NAT64 in the last bytes (RFC 6052, section 2.1), 6to4 after the prefix (RFC 3056,
	// section 2).
	nat64  = netip.MustParsePrefix("64:ff9b::/96")
	sixTo4 = netip.MustParsePrefix("2002::/16")
)

func prefixes(list string) (all []netip.Prefix) {
	for p := range strings.FieldsSeq(list) {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}

// isPublic reports whether a is a unicast address of the public internet.
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
		return isPublic(netip.AddrFrom4([4]byte(bytes[2:])))
	}
	return public6.Contains(a) && !in(special6)
}
