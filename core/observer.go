package core

import (
	"context"
	"time"
)

// Observer is told of every decision, for metrics and audit. It is called on the request's own goroutine, so it
// should be quick, and by many requests at once. If it panics the decision stands. The context is that of the request, and
// [AuthFrom] finds in it who was let in, or who was not allowed what he asked.
type Observer interface {
	Decision(ctx context.Context, e Event)
}

// Event is one decision of a chain. It holds nothing of the request but its id.
type Event struct {
	Provider  string        // who decided: the name of a provider, or "chain"
	Reason    Reason        // why it was refused, one of the closed set of codes; empty where it passed
	NotMine   string        // for the reason not_mine: what each provider made of the credential, "jwt: bad_issuer"
	RequestID string        // by [SecurityChain.WithRequestID]; empty where there is none
	Status    int           // the status of the refusal, 0 where the request passed to the handler
	Cached    bool          // the provider decided from its cache
	Duration  time.Duration // how long the chain took
}

// observe tells the observer, which may panic and does not change the verdict.
func (c *SecurityChain) observe(x *exchange, v verdict, start time.Time) {
	defer func() { _ = recover() }()
	e := Event{Provider: v.provider, RequestID: v.requestID, Cached: x.cached, Duration: time.Since(start)}
	if v.refusal != nil {
		e.Reason, e.NotMine, e.Status = v.refusal.reason, v.why, status(x, v)
	}
	c.observer.Decision(x, e)
}
