package main

import (
	"errors"
	"net"
	"slices"
)

// kind says what a stack is in a comparison.
type kind int

const (
	limit    kind = iota // what no middleware can be faster than that verifies each token
	bare                 // the framework with no middleware
	noop                 // the framework with a middleware that does nothing
	ours                 // README's chain in its default configuration
	uncached             // the same chain, its cache off
	peer                 // another library
	observed             // ours in a configuration that one case is about
)

// stack is one way to secure a handler.
type stack struct {
	framework string // "limit", "net/http", "echo", "fiber"
	name      string
	kind      kind
	note      string   // how it is configured, for the report; what it checks the report finds by trying
	lacks     []string // algorithms that it does not have
	build     func(*issuer) (server, error)
}

func (s *stack) String() string { return s.framework + " " + s.name }

func (s *stack) has(alg string) bool { return !slices.Contains(s.lacks, alg) }

// isOurs tells whether the worst of several runs is what the report says of the stack.
func (s *stack) isOurs() bool { return s.kind == ours || s.kind == uncached || s.kind == observed }

// secures tells whether it is a middleware that refuses.
func (s *stack) secures() bool { return s.isOurs() || s.kind == peer }

// base is the stack that the framework's others are compared with: what a middleware adds is what counts.
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
	authorization(value string) // of the requests from now on; empty: none
	request()                   // is what is timed
	answer() (status int, body string)
}

// local is a server that has no network side.
type local func() port

func (l local) port() port { return l() }

func (l local) serve(net.Listener) error { return errors.New("this stack serves no network") }

// stacks are all there are, in the order of the report.
func stacks() []*stack {
	return slices.Concat(limits(), netHTTP(), netHTTPPeers(), onEcho(), onFiber())
}

func find(name string) *stack {
	for _, s := range stacks() {
		if s.String() == name {
			return s
		}
	}
	return nil
}
