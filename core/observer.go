package core

import (
	"context"
	"time"
)

// Observer receives every decision of a chain, for metrics and audit. Decision is called on the goroutine of the request, so it
// should return quickly, and by many requests at once. A panic in it does not change the decision. The context is that of the
// request: [AuthFrom] finds the identity in it, also if the request was refused after it was authenticated.
type Observer interface {
	Decision(ctx context.Context, e Event)
}

// Event is one decision of a chain. It has nothing of the request but its id.
type Event struct {
	Provider  string        // the name of the provider that decided, or "chain"
	Reason    Reason        // why the request was refused; empty if it passed
	NotMine   string        // with the reason not_mine: why the providers disown the credential, such as "jwt: bad_issuer"
	Claim     string        // with missing_claim and bad_claim_value: the claim, as the Config names it, never its value
	Hint      string        // constants of package oidc: what to change if a usual mistake was made
	Policy    string        // with denied_by_policy: the id of the policy of package acl that denied the request
	RequestID string        // the id that [SecurityChain.WithRequestID] finds; empty if there is none
	Status    int           // the status of the answer; 0 if the request passed to the handler
	Cached    bool          // the provider knew the credential and did not verify its signature again
	Duration  time.Duration // the time that the chain took
}

// observe calls the observer. If it panics, the verdict stands.
func (c *SecurityChain) observe(x *exchange, v verdict, requestID string, start time.Time) {
	defer func() { _ = recover() }()
	e := Event{Provider: v.provider, RequestID: requestID, Cached: x.cached, Duration: time.Since(start)}
	if v.refusal != nil {
		detail := v.detail()
		e.Reason, e.Status = v.refusal.reason, status(x, v)
		e.Claim, e.Hint, e.Policy = detail.Claim, detail.Hint, detail.Policy
		if v.behind != nil {
			e.NotMine = v.behind.notMine.why()
		}
	}
	c.observer.Decision(x, e)
}
