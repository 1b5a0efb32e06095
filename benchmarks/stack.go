package main

import (
	"errors"
	"net"
	"slices"
)

// kind is the role of a stack in a comparison.
type kind int

const (
	limit    kind = iota // a bound for every middleware that verifies each token
	bare                 // the framework without a middleware
	noop                 // the framework with a middleware that does nothing
	ours                 // the chain of README.md in its default configuration
	uncached             // the same chain without a cache
	peer                 // another library
	observed             // our chain in a configuration for one case
)

// stack is one way to secure a handler.
type stack struct {
	framework string // "limit", "net/http", "echo", "echo v5", "gin", "fiber", "fiber v3"
	name      string
	kind      kind
	note      string   // its configuration, for the report
	lacks     []string // algorithms that it does not support
	build     func(*issuer) (server, error)
}

func (s *stack) String() string { return s.framework + " " + s.name }

func (s *stack) has(alg string) bool { return !slices.Contains(s.lacks, alg) }

// isOurs reports whether the stack is one of this library. The report shows the worst of several runs for it.
func (s *stack) isOurs() bool { return s.kind == ours || s.kind == uncached || s.kind == observed }

// secures reports whether the stack refuses bad requests.
func (s *stack) secures() bool { return s.isOurs() || s.kind == peer }

// base returns the name of the stack that the others of a framework are compared with. The difference is the cost of a
// middleware.
func base(framework string) string {
	if framework == "net/http" {
		return "net/http bare" // a middleware that does nothing is a function call there
	}
	return framework + " no-op"
}

// server is a stack over the keys of one issuer.
type server interface {
	port() port
	serve(net.Listener) error
}

// port sends requests to a server inside this process. It belongs to one goroutine.
type port interface {
	authorization(value string)        // sets the header of all later requests; empty: no header
	request()                          // sends a request; only this is timed
	answer() (status int, body string) // returns the answer to the last request
}

// local is a server without a network listener.
type local func() port

func (l local) port() port { return l() }

func (l local) serve(net.Listener) error { return errors.New("the stack has no network server") }

// stacks returns all stacks, in the order of the report.
func stacks() []*stack {
	return slices.Concat(limits(), netHTTP(), netHTTPPeers(), onEcho(), onEchoV5(), onGin(), onFiber(), onFiberV3())
}

func find(name string) *stack {
	for _, s := range stacks() {
		if s.String() == name {
			return s
		}
	}
	return nil
}
