package registrator

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Registrator puts services on a gateway. [Kong] is the implementation; a service that takes the interface can be
// tested without a gateway. Implementations are safe for concurrent use.
type Registrator interface {
	// Register brings the gateway to the described state. It returns nil once it has read back that state.
	Register(ctx context.Context, service Service) error
	// Deregister takes away what Register added for this instance, and no more. It is idempotent.
	Deregister(ctx context.Context, service Service) error
}

// Service describes a service as its gateway should know it. Name and one of Paths, Hosts, Methods or Headers are
// required, and Host or Instance. What can be told without the gateway is checked before the first byte is sent; what only
// it knows, such as the configuration of its plugins, when it is written.
type Service struct {
	// Name is the identity of the service on the gateway and the name of its entities there: letters, digits and
	// . _ ~ -, at most 128, and not in the form of a UUID, which Kong would take for an id.
	Name string

	// Owner tells services of the same name apart: a team, a repository. It is optional and becomes part of the tag by
	// which entities are recognised; those of another owner are refused.
	Owner string

	// Paths are the prefixes whose requests the gateway sends to the service. They are literal, whatever their characters:
	// /odata/$metadata, /f(1), /hello%20world or /hello world. An escape of a reserved character, such as %2F, matches that
	// escape alone. A path that begins with ~/ is a regular expression, on every version of Kong, and comes before literals.
	//
	// Kong 2 takes a path with one of !$&'()*+,:;=@[] for a regular expression. Such a literal is written as one there, with a
	// negative regex_priority by its length, so that the longer of two comes first; in a list, the shortest of them counts.
	// It cannot stand beside a regular expression in one description for Kong 2, nor can any literal before 2.6.
	Paths []string
	// Hosts are the names that clients use, such as api.example.com or *.example.com. A name with a final dot is that of
	// requests which have it.
	Hosts []string
	// Methods are upper-case HTTP methods.
	Methods []string
	// Headers must be present in a request, each with one of its values.
	Headers map[string][]string

	// Host is where the gateway finds the service: a name that it resolves itself, such as one of Consul or of
	// Kubernetes, with or without a final dot, or an address, of IPv6 with or without brackets. It has no scheme and no port.
	// Leave it empty with Instance. A loopback address is that of the gateway itself: it is logged as a warning.
	Host string
	// Port is where the service listens; 0 means 8080, or 443 with Protocol "https" or "grpcs".
	Port int
	// Protocol is what the gateway speaks to the service: "http" (the default), "https", "grpc" or "grpcs".
	Protocol string

	// Instance is the address of this process as the gateway reaches it, host:port or host alone with Port: the address of
	// its pod or container, and not a loopback address, unless the gateway shares its network. It turns on the second mode:
	// the gateway then has an upstream, named after the service with ".upstream" behind it, with one target for each instance,
	// and balances between them.
	//
	// A process that dies without leaving stays a target. Give the upstream health checks; like all that is not described
	// they are the operator's, and kept.
	Instance string
	// RemoveWhenLast makes the last instance to leave remove the rest: with Instance, a Deregister that leaves no target behind
	// removes route, service and upstream too. An instance that registers in that very moment may lose its registration,
	// until [Kong.Run] looks again. Without Instance it lets Run take the service off the gateway when it ends: set it
	// only where no other process stands behind Host.
	RemoveWhenLast bool

	// StripPath takes the matched path away before the request goes to the service. False: the service sees the path
	// that the client sent.
	StripPath bool
	// PreserveHost sends the client's Host on. False: the service sees its own name.
	PreserveHost bool

	// ConnectTimeout, ReadTimeout and WriteTimeout are the gateway's towards the service, in whole milliseconds. 0 leaves
	// what the gateway has; 60 seconds by default.
	ConnectTimeout, ReadTimeout, WriteTimeout time.Duration
	// Retries is how often the gateway tries again when it cannot connect to the service. 0 leaves what it has, 5 by
	// default; a negative number means never.
	Retries int

	// Tags are added to each entity. A tag that is no longer described stays: it could be the operator's.
	Tags []string
	// Plugins are configured for this service, at most one of a name. A new route is written after them; in the millisecond
	// in which Kong loads it, single requests may pass without them all the same: see "When a route is live".
	Plugins []Plugin
}

// Plugin is a gateway plugin on a service. Of its configuration, only what Config speaks of is compared and written, so
// defaults that the gateway fills in are no difference. A plugin that was registered and is no longer described is
// removed; one that somebody else has put there is refused with [ErrNotOurs].
type Plugin struct {
	Name   string         // as the gateway calls it: "rate-limiting"
	Config map[string]any // whatever encoding/json takes; values never appear in logs, errors or plans
}

// Format prints the name alone, for every verb of package fmt: the configuration may have secrets.
func (p Plugin) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "registrator.Plugin("+p.Name+")")
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

// upstream is the name of the upstream. A gateway sends every service whose host is the name of an upstream there, so it
// is none that somebody may have for a host.
func (s Service) upstream() string { return s.Name + ".upstream" }

func (s Service) isGRPC() bool { return s.protocol() == "grpc" || s.protocol() == "grpcs" }

// tag marks what is ours. Name and Owner are checked to have no character that Kong's tags may not have.
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
