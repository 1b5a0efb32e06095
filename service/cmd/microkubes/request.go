package main

import (
	"context"

	"github.com/microkubes/microkubes-go/core"
)

// request is the request that a question is about.
type request struct{ *question }

func (r request) Method() string     { return r.method }
func (r request) Scheme() string     { return "https" }
func (r request) Host() string       { return "localhost" }
func (r request) RoutePath() string  { return r.path }
func (r request) RawQuery() string   { return r.query }
func (r request) RemoteAddr() string { return "127.0.0.1:0" }

func (r request) Header(name string) (string, int) {
	if name == "Authorization" && r.token != "" {
		return "Bearer " + r.token, 1
	}
	return "", 0
}

// response drops the answer, whose status is in the event.
type response struct{}

func (response) SetHeader(string, string) {}
func (response) AddHeader(string, string) {}
func (response) Send(int, []byte) error   { return nil }

// verdict is the decision of a chain.
type verdict struct {
	core.Event
	auth *core.Auth // also of a request that was refused after it was authenticated
}

// Decision implements core.Observer.
func (v *verdict) Decision(ctx context.Context, e core.Event) {
	v.Event = e
	v.auth, _ = core.AuthFrom(ctx)
}

func (v verdict) exit() int {
	if v.Status != 0 {
		return refused
	}
	return allowed
}
