// Package access runs the plugins that identify the consumer of a request, and acl, as far as requests can tell: who is refused,
// and which headers the service gets. It follows the access phase of Kong 2.8.5 and 3.9.3.
package access

import (
	"net/http"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uuid"
)

// Consumer is a consumer of the gateway with its credentials.
type Consumer struct {
	ID, Username, CustomID string
	Groups                 []string
	Keys                   []string          // of key-auth
	Secrets                map[string]string // of jwt: the secret for HS256 by the key of the credential
	Passwords              map[string]string // of basic-auth: by user name
	Tokens                 map[string]string // of oauth2: the client_id by access token
}

// Plugin is a plugin that runs for a request.
type Plugin struct {
	Name   string
	Config map[string]any // as decoded JSON, with defaults
}

// Refusal is the answer of a plugin that does not let a request pass.
type Refusal struct {
	Status    int
	Message   string
	Challenge string         // WWW-Authenticate, or ""
	JSON      map[string]any // the body, whatever the client accepts; nil: the message in a type that the client accepts
}

// Phase knows the consumers of a gateway. It is immutable.
type Phase struct {
	consumers []Consumer
	keyIDs    map[string]string // the ids of the credentials of key-auth, by key
	v3        bool
}

// New returns a phase that behaves as Kong 3.9.3 if v3 is set, and as 2.8.5 otherwise. A consumer without an ID gets a random
// one.
func New(consumers []Consumer, v3 bool) *Phase {
	p := &Phase{consumers: consumers, keyIDs: make(map[string]string), v3: v3}
	for i := range p.consumers {
		if p.consumers[i].ID == "" {
			p.consumers[i].ID = uuid.New()
		}
		for _, key := range p.consumers[i].Keys {
			p.keyIDs[key] = uuid.New()
		}
	}
	return p
}

// run is the phase for one request.
type run struct {
	*Phase
	r          *http.Request
	answer     http.Header    // of the answer to the client
	config     map[string]any // of the running plugin
	consumer   *Consumer      // that is authenticated, or the anonymous one; nil: none
	identifier string         // of the credential; "": none
}

// authenticators are the plugins that find a consumer, in the order in which Kong runs them. acl is the next.
var authenticators = []struct {
	name         string
	authenticate func(*run) *Refusal
}{
	{"jwt", (*run).jwt},
	{"oauth2", (*run).oauth2},
	{"key-auth", (*run).keyAuth},
	{"basic-auth", (*run).basicAuth},
}

// Run runs the plugins and changes the headers of r and of the answer. It returns the answer of the plugin that refuses, or nil.
func (p *Phase) Run(r *http.Request, answer http.Header, plugins []Plugin) *Refusal {
	x := &run{Phase: p, r: r, answer: answer}
	for _, plugin := range authenticators {
		if !x.choose(plugins, plugin.name) {
			continue
		}
		if refusal := x.authenticateWith(plugin.authenticate); refusal != nil {
			return refusal
		}
	}
	if x.choose(plugins, "acl") {
		return x.acl()
	}
	return nil
}

// choose sets the configuration of a plugin, and reports whether the plugin runs.
func (x *run) choose(plugins []Plugin, name string) bool {
	for _, plugin := range plugins {
		if plugin.Name == name {
			x.config = plugin.Config
			return true
		}
	}
	return false
}

func (x *run) authenticateWith(authenticate func(*run) *Refusal) *Refusal {
	if preflight, ok := x.config["run_on_preflight"].(bool); ok && !preflight && x.r.Method == http.MethodOptions {
		return nil
	}
	anonymous := x.text("anonymous")
	if anonymous != "" && x.identifier != "" {
		return nil // another plugin has authenticated the consumer, and one of them is enough
	}
	refusal := authenticate(x)
	if refusal == nil || anonymous == "" {
		return refusal
	}
	for i := range x.consumers {
		if c := &x.consumers[i]; c.ID == anonymous || c.Username == anonymous {
			x.set(c, "")
			return nil
		}
	}
	return &Refusal{Status: http.StatusInternalServerError, Message: "An unexpected error occurred"}
}

// set records the consumer and sets or removes each header that names one. Without an identifier, the consumer is anonymous.
func (x *run) set(c *Consumer, identifier string) {
	x.consumer, x.identifier = c, identifier
	x.header("X-Consumer-ID", c.ID)
	x.header("X-Consumer-Custom-ID", c.CustomID)
	x.header("X-Consumer-Username", c.Username)
	x.header("X-Credential-Identifier", identifier)
	if !x.v3 {
		x.r.Header.Del("X-Credential-Username")
	}
	x.r.Header.Del("X-Anonymous-Consumer")
	if identifier == "" {
		x.r.Header.Set("X-Anonymous-Consumer", "true")
	}
}

func (x *run) header(name, value string) {
	x.r.Header.Del(name)
	if value != "" {
		x.r.Header.Set(name, value)
	}
}

// acl refuses consumers by their groups, and tells the service the groups unless they are hidden. A hidden header is not removed.
func (x *run) acl() *Refusal {
	denied := &Refusal{Status: http.StatusForbidden, Message: "You cannot consume this service"}
	if x.consumer == nil || len(x.consumer.Groups) == 0 && len(x.list("deny")) == 0 {
		if x.identifier == "" {
			return &Refusal{Status: http.StatusUnauthorized, Message: "Unauthorized"}
		}
		return denied
	}
	listed, deny := x.list("allow"), false
	if list := x.list("deny"); len(list) > 0 {
		listed, deny = list, true
	}
	if containsAny(listed, x.consumer.Groups) == deny {
		return denied
	}
	if hidden, _ := x.config["hide_groups_header"].(bool); !hidden {
		x.r.Header.Set("X-Consumer-Groups", joined(x.consumer.Groups))
	}
	return nil
}
