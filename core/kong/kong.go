package kong

import (
	"context"
	"crypto/x509"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/reason"
	"github.com/microkubes/microkubes-go/core/internal/seal"
)

// Config says which connections are the gateway's, and what the provider reads. At least one of Peers and Certificate is
// required. With both, a connection must meet both.
type Config struct {
	// Peers are the addresses from which the gateway connects to this service: prefixes in CIDR notation, such as "10.1.2.0/24",
	// or single addresses. A client that can connect from one of them can be anyone, so list the gateway's nodes and nothing
	// else. A prefix that is shorter than 8 bits, or 7 bits of IPv6, is refused. An IPv4-mapped IPv6 address of a connection
	// counts as the IPv4 address.
	//
	// The address is [core.Request.RemoteAddr], which must be an IP address with a port and without a zone. A Unix socket is
	// never a peer. Do not install middleware in front of the chain that replaces the address with one from a header, nor a
	// listener for the PROXY protocol: the address would be the client's.
	Peers []string
	// Certificate reports whether the certificate that the peer has presented is the gateway's, for example by its name. It is
	// called with the leaf of a chain that the server has verified, so set ClientCAs and ClientAuth in the server's
	// [crypto/tls.Config]. It must be safe for concurrent use. The request must have a method TLSState() *tls.ConnectionState,
	// as those of this repository's adapters have; any other request is never the gateway's.
	Certificate func(leaf *x509.Certificate) bool
	// Groups makes the groups of the consumer, from X-Consumer-Groups, the roles of the identity. The registration must then
	// carry the acl plugin. Without Groups the header is not read.
	Groups bool
}

// Provider authenticates requests by the headers that Kong's authentication plugins set. It is a [core.Authenticator], made by
// [New], and is safe for concurrent use. The zero value refuses every request.
type Provider struct {
	config  Config
	peers   peers
	invalid error // what is unsafe in config

	mu      sync.Mutex // held by CheckRegistration
	failed  error      // of the first check that failed
	checked atomic.Pointer[registration]
	closed  atomic.Bool // the last CheckGateway failed
}

var (
	_ core.Authenticator = (*Provider)(nil)
	_ seal.Sealed        = (*Provider)(nil)
)

// New returns a provider that refuses every request with 503 until [Provider.CheckRegistration] has succeeded. If the Config is
// unsafe, [core.NewSecurityChain] returns an error that says what to change.
func New(config Config) *Provider {
	p := &Provider{config: config}
	p.peers, p.invalid = parsePeers(config.Peers)
	if len(config.Peers) == 0 && config.Certificate == nil {
		p.invalid = errors.New("name the gateway's addresses in Peers, or recognize its client certificate with Certificate")
	}
	return p
}

// Name returns the name of the provider in logs and events.
func (p *Provider) Name() string { return "kong" }

// Validate returns an error if the Config is unsafe. [core.NewSecurityChain] calls it.
func (p *Provider) Validate() error {
	if p.invalid == nil && len(p.peers) == 0 && p.config.Certificate == nil { // the zero value
		return errors.New("make the provider with New")
	}
	return p.invalid
}

// Owns implements [core.Authenticator].
func (p *Provider) Owns() []core.Ownership {
	return []core.Ownership{{Source: headerID, Form: "consumer"}}
}

// Seal implements [seal.Sealed]: p does not change a request.
func (p *Provider) Seal() seal.Seal { return seal.Of(p) }

// HintFor returns what to change if a request with the gateway's headers does not come from the gateway. The chain logs it.
func (p *Provider) HintFor(code core.Reason) reason.Detail {
	if code == reason.UntrustedPeer {
		return reason.Detail{Hint: "if the connection is the gateway's, add its address to Peers"}
	}
	return reason.Detail{}
}

// Provide implements [core.Provider].
func (p *Provider) Provide(_ context.Context, sc core.SecurityContext, req core.Request, _ core.Response) error {
	if err := p.Validate(); err != nil { // used without a chain
		return err
	}
	reg := p.checked.Load()
	switch {
	case reg == nil:
		return errUnchecked
	case p.closed.Load():
		return errClosed
	}
	if !sendsIdentity(req) {
		return nil
	}
	if !p.trusts(req) {
		return core.NotMineBecause(sc, reason.UntrustedPeer)
	}
	c, err := readConsumer(req, p.config.Groups)
	if err != nil || c.anonymous {
		return err
	}
	if err := reg.checkToken(req, c.credential); err != nil {
		return err
	}
	return sc.SetAuth(c.auth())
}

// trusts reports whether the connection is the gateway's.
func (p *Provider) trusts(req core.Request) bool {
	if len(p.config.Peers) > 0 && !p.peers.contain(req.RemoteAddr()) {
		return false
	}
	return p.config.Certificate == nil || hasCertificate(req, p.config.Certificate)
}
