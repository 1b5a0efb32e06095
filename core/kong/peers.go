package kong

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/microkubes/microkubes-go/core"
)

// peers are the addresses of the gateway.
type peers []netip.Prefix

func parsePeers(list []string) (peers, error) {
	var all peers
	var errs []error
	for _, text := range list {
		prefix, err := parsePeer(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("%q of Peers %w", text, err))
			continue
		}
		all = append(all, prefix)
	}
	return all, errors.Join(errs...)
}

// parsePeer returns the prefix in text. Its errors continue a sentence that begins with text.
func parsePeer(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, errors.New("is neither an IP address without a zone nor a prefix such as 10.1.2.0/24")
		}
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return netip.Prefix{}, errors.New("is neither an IP address without a zone nor a prefix such as 10.1.2.0/24")
	case prefix.Bits() == 0:
		return netip.Prefix{}, errors.New("is every address, so every client could name itself: list the gateway's addresses")
	case prefix.Bits() < 7 || prefix.Addr().Is4() && prefix.Bits() < 8: // fc00::/7 and 10.0.0.0/8 are private networks
		return netip.Prefix{}, errors.New("is a large part of all addresses, so clients could name themselves: list the " +
			"gateway's addresses")
	case prefix.Addr().Is4In6():
		return netip.Prefix{}, errors.New("is an IPv4-mapped prefix: write it as a prefix of IPv4")
	case prefix.Masked() != prefix:
		return netip.Prefix{}, fmt.Errorf("has bits behind its length: write %s, or the address alone", prefix.Masked())
	}
	return prefix, nil
}

// contain reports whether remote, an address with a port, is that of a peer.
func (p peers) contain(remote string) bool {
	peer, err := netip.ParseAddrPort(remote)
	if err != nil || peer.Addr().Zone() != "" {
		return false
	}
	addr := peer.Addr().Unmap()
	for _, prefix := range p {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// connection is what the adapters of this repository implement in addition to [core.Request].
type connection interface {
	TLSState() *tls.ConnectionState // nil without TLS
}

// hasCertificate reports whether the peer has presented a certificate that the server has verified and is accepted.
func hasCertificate(req core.Request, accepted func(*x509.Certificate) bool) bool {
	conn, ok := core.RequestAs[connection](req)
	if !ok {
		return false
	}
	state := conn.TLSState()
	if state == nil || len(state.VerifiedChains) == 0 || len(state.VerifiedChains[0]) == 0 {
		return false
	}
	return accepted(state.VerifiedChains[0][0])
}
