package registrator

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Registrator registers services with a gateway. [Kong] is the implementation. A service that depends on the interface can be
// tested without a gateway. Implementations are safe for concurrent use.
type Registrator interface {
	// Register brings the gateway to the described state. It returns nil once it has read back that state.
	Register(ctx context.Context, service Service) error
	// Deregister removes what Register added for this instance, and nothing else. It is idempotent.
	Deregister(ctx context.Context, service Service) error
}

// Service describes a service to its gateway. Name, either Host or Instance, and one of Paths, Hosts, Methods or Headers are
// required. A description is checked as far as possible before the first byte is sent. What only the gateway can check, such as
// the configuration of its plugins, is checked when it is written.
type Service struct {
	// Name identifies the service on the gateway and is the name of its entities there. It has at most 128 characters, which
	// are letters, digits and . _ ~ -. It must not look like a UUID, which Kong would take for an id.
	Name string

	// Owner distinguishes services of the same name, for example by team or repository. It is optional and becomes part of the
	// tag by which entities are recognized. Entities of another owner are refused.
	Owner string

	// Paths are the prefixes whose requests the gateway sends to the service. They are literal, whatever characters they have:
	// /odata/$metadata, /f(1), /hello%20world or /hello world. An escape of a reserved character, such as %2F, matches only that
	// escape. A path that begins with ~/ is a regular expression, on every version of Kong, and takes precedence over literals.
	//
	// Kong 2 takes a path with one of !$&'()*+,:;=@[] for a regular expression. On Kong 2 such a literal is written as a regular
	// expression. Its regex_priority is negative and grows with its length, so that the longer of two takes precedence; in a
	// list, the shortest of them counts. On Kong 2 it cannot be in one description with a regular expression. Before Kong 2.6,
	// no literal can.
	Paths []string
	// Hosts are the names that clients use, such as api.example.com or *.example.com. A name with a final dot matches only
	// requests with that dot.
	Hosts []string
	// Methods are upper-case HTTP methods.
	Methods []string
	// Headers must be present in a request, each with one of the values listed for it.
	Headers map[string][]string

	// Host is the name or address at which the gateway reaches the service. The gateway resolves the name itself, for example
	// with Consul or Kubernetes; a final dot is optional. An IPv6 address may be in brackets. Host has no scheme and no port,
	// and is empty with Instance. A loopback address is logged as a warning, because it means the gateway itself.
	Host string
	// Port is the port of the service. 0 means 8080, or 443 with Protocol "https" or "grpcs".
	Port int
	// Protocol is what the gateway speaks to the service: "http" (the default), "https", "grpc" or "grpcs".
	Protocol string

	// Instance is the address at which the gateway reaches this process: host:port, or a host to which Port is added. It is the
	// address of its pod or container, and not a loopback address unless the gateway shares its network. With Instance, the
	// gateway has an upstream, named like the service with the suffix ".upstream", and balances between its targets, one for
	// each instance.
	//
	// A process that dies without deregistering stays a target. Give the upstream health checks: like everything that is not
	// described, they are the operator's and are kept.
	Instance string
	// RemoveWhenLast makes the last instance to leave remove the route, the service and the upstream: with Instance, Deregister
	// removes them if no target is left. An instance that registers at the same time may lose its registration until the next
	// check of [Kong.Run]. Without Instance, RemoveWhenLast makes Run and Start deregister the service when they end: set it only
	// if Host leads to no other process.
	RemoveWhenLast bool

	// StripPath removes the matched path before the request goes to the service. If false, the service sees the path that the
	// client sent.
	StripPath bool
	// PreserveHost forwards the client's Host. If false, the service sees its own name.
	PreserveHost bool

	// ConnectTimeout, ReadTimeout and WriteTimeout apply to requests of the gateway to the service, in whole milliseconds. 0
	// keeps the gateway's value, which is 60 seconds by default.
	ConnectTimeout, ReadTimeout, WriteTimeout time.Duration
	// Retries is how often the gateway tries again if it cannot connect to the service. 0 keeps the gateway's value, which is 5
	// by default. A negative number means no retries.
	Retries int

	// Tags are added to each entity. A tag that is no longer described is kept, because it could be the operator's.
	Tags []string
	// Plugins are configured for this service, at most one of each name. A new route is written after them. In the millisecond in
	// which Kong loads the route, single requests may still pass without them: see "When a route is live" above.
	Plugins []Plugin
}

// Plugin is a gateway plugin on a service. Only the fields in Config are compared and written, so defaults that the gateway
// fills in are not a difference. A plugin that was registered and is no longer described is removed. A plugin of the same name
// that somebody else has added is refused with [ErrNotOurs].
type Plugin struct {
	Name   string         // the gateway's name of the plugin, such as "rate-limiting"
	Config map[string]any // any values that encoding/json accepts; they never appear in logs, errors or plans
}

// Format prints only the name, for every verb of package fmt, because the configuration may have secrets.
func (p Plugin) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "registrator.Plugin("+p.Name+")")
}

// PluginConfigs returns the configuration of each plugin by the name of the plugin, in types that other packages can read without
// this one. A provider that relies on a plugin checks it. The maps are the caller's own, and may have secrets.
func (s Service) PluginConfigs() map[string]map[string]any {
	configs := make(map[string]map[string]any, len(s.Plugins))
	for _, p := range s.clone().Plugins {
		configs[p.Name] = p.Config
	}
	return configs
}

func (s Service) protocol() string {
	if s.Protocol == "" {
		return "http"
	}
	return s.Protocol
}

func (s Service) port() int {
	switch {
	case s.Port != 0:
		return s.Port
	case s.protocol() == "https" || s.protocol() == "grpcs":
		return 443
	default:
		return 8080
	}
}

// upstream returns the name of the upstream. A gateway sends the requests of every service whose host is the name of an upstream
// to that upstream, so the name must not be one that somebody uses for a host.
func (s Service) upstream() string { return s.Name + ".upstream" }

func (s Service) isGRPC() bool { return s.protocol() == "grpc" || s.protocol() == "grpcs" }

// tag returns the tag of our entities. Name and Owner have only characters that Kong allows in tags.
func (s Service) tag() string {
	if s.Owner == "" {
		return "registered:" + s.Name
	}
	return "registered:" + s.Name + "@" + s.Owner
}

func (s Service) tags() []any {
	tags := []any{s.tag()}
	for _, t := range s.Tags {
		tags = append(tags, t)
	}
	return tags
}
