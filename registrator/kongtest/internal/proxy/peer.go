package proxy

import (
	"strconv"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// peer is the destination of one attempt.
type peer struct {
	address  string
	host     string // the value of Host, unless the route keeps that of the client
	balanced bool   // it is a target of an upstream
}

// peer chooses the destination of the next attempt. If the host of the service is the name of an upstream, it is one of the
// upstream's targets.
func (f *forwarding) peer() (peer, error) {
	host := f.service.Text("host")
	upstream, target := f.live.Next(host)
	if upstream != nil {
		return f.target(upstream, target)
	}
	if parsed, wrong := uri.ParseAddress(host); wrong == "" && parsed.Kind == "ipv6" && !strings.HasPrefix(host, "[") {
		return peer{}, errBadPeer // nginx takes the last part for a port
	}
	port := int(f.service.Number("port"))
	return peer{host + ":" + strconv.Itoa(port), HostHeader(f.service.Text("protocol"), host, port), false}, nil
}

func (f *forwarding) target(upstream, target *db.Row) (peer, error) {
	if target == nil {
		return peer{}, errNoPeer
	}
	address := target.Text("target")
	name, port, _ := uri.CutPort(address)
	if header := upstream.Text("host_header"); header != "" {
		name = header
	}
	return peer{address, HostHeader(f.service.Text("protocol"), name, port), true}, nil
}

// scheme returns the scheme of the URL for a service of a protocol.
func scheme(protocol string) string {
	if protocol == "https" {
		return "https"
	}
	return "http"
}

// HostHeader returns the value of Host for a service of a protocol: the host, with the port unless it is that of the protocol.
func HostHeader(protocol, host string, port int) string {
	if port == map[string]int{"http": 80, "https": 443}[scheme(protocol)] {
		return host
	}
	return host + ":" + strconv.Itoa(port)
}
