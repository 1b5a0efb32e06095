package proxy

import (
	"errors"
	"strconv"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/live"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

var (
	errNoPeer  = errors.New("failure to get a peer from the ring-balancer")
	errBadPeer = errors.New("failed to set the current peer")
)

// peer is the destination of one attempt.
type peer struct {
	address  string
	host     string // the value of Host, unless the route preserves that of the client
	balanced bool   // it is a target of an upstream
}

// nextPeer chooses the destination of the next attempt. If the host of the service is the name of an upstream, the destination is
// a target of that upstream.
func nextPeer(state *live.State, service *db.Row) (peer, error) {
	host, protocol := service.Text("host"), service.Text("protocol")
	upstream, target := state.Next(host)
	switch {
	case upstream != nil && target == nil:
		return peer{}, errNoPeer
	case upstream != nil:
		address := target.Text("target")
		name, port, _ := uri.CutPort(address)
		if header := upstream.Text("host_header"); header != "" {
			name = header
		}
		return peer{address, HostHeader(protocol, name, port), true}, nil
	}
	if parsed, problem := uri.ParseAddress(host); problem == "" && parsed.Kind == "ipv6" && !strings.HasPrefix(host, "[") {
		return peer{}, errBadPeer // nginx reads the last group as a port
	}
	port := int(service.Number("port"))
	return peer{host + ":" + strconv.Itoa(port), HostHeader(protocol, host, port), false}, nil
}

// scheme returns the scheme of the URL of a service with a protocol.
func scheme(protocol string) string {
	if protocol == "https" {
		return "https"
	}
	return "http"
}

// HostHeader returns the value of Host for a service: the host, with the port unless it is the default port of the protocol.
func HostHeader(protocol, host string, port int) string {
	if port == map[string]int{"http": 80, "https": 443}[scheme(protocol)] {
		return host
	}
	return host + ":" + strconv.Itoa(port)
}
