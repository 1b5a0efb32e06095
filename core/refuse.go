package core

import (
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"mime"
	"strconv"
	"strings"
	"time"
)

const jsonType = "application/json; charset=utf-8"

// refuse answers the request. It is the only place that writes a refusal, so that it reads the same on every adapter.
func (c *SecurityChain) refuse(x *exchange, v verdict) (out verdict) {
	out = v
	defer func() { // an adapter's Response may panic; the handler must not run then either
		if p := recover(); p != nil {
			out = panicked(chainName, p)
		}
	}()
	e := v.refusal
	contentType, body := c.body(e, v.requestID)
	x.res.SetHeader("Cache-Control", "no-store")
	x.res.SetHeader("Content-Type", contentType)
	x.res.SetHeader("X-Content-Type-Options", "nosniff")
	if challenge := c.challenge.of(e); challenge != "" {
		x.res.AddHeader("Www-Authenticate", challenge) // in canonical form
	}
	if e.status == 503 {
		x.res.SetHeader("Retry-After", strconv.Itoa(max(1, int(math.Ceil(e.retryAfter.Seconds())))))
	}
	if err := x.res.Send(e.status, body); err != nil && v.fault == nil {
		v.fault = faultOf(err)
	}
	return v
}

// body is the JSON body of a refusal, or what the user's function makes of it.
func (c *SecurityChain) body(e *Error, requestID string) (contentType string, body []byte) {
	contentType, body = jsonType, []byte(e.body) // a copy: an adapter may hand it on
	if c.errorBody == nil {
		return contentType, body
	}
	usual := body
	defer func() {
		if recover() != nil {
			contentType, body = jsonType, usual
		}
	}()
	custom, b := c.errorBody(e.forBody(requestID))
	if _, _, err := mime.ParseMediaType(custom); err != nil || !printable(custom) {
		return contentType, body
	}
	return custom, b
}

func jsonBody(e *Error) []byte {
	body, _ := json.Marshal(struct { // an int and a string always marshal
		Code    int    `json:"code"`
		Message string `json:"message"`
	}{e.status, e.Message()})
	return body
}

// challenges are the WWW-Authenticate values of RFC 6750, section 3, for one realm.
type challenges struct{ bare, invalidToken, invalidRequest, insufficientScope string }

func newChallenges(realm string) challenges {
	bare := `Bearer realm="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(realm) + `"`
	return challenges{
		bare:              bare,
		invalidToken:      bare + `, error="invalid_token"`,
		invalidRequest:    bare + `, error="invalid_request"`,
		insufficientScope: bare + `, error="insufficient_scope"`,
	}
}

func (c *challenges) of(e *Error) string {
	switch {
	case e.challenge != "":
		return e.challenge
	case e.status == 400:
		return c.invalidRequest
	case e.status == 401 && e.code == "":
		return c.bare
	case e.status == 401:
		return c.invalidToken
	case e.status == 403 && e.scope != "":
		return c.insufficientScope + `, scope="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(e.scope) + `"`
	case e.status == 403:
		return c.insufficientScope
	default:
		return ""
	}
}

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

// report writes the log record of a refusal and tells the observer.
func (c *SecurityChain) report(x *exchange, v verdict, start time.Time) {
	defer func() { _ = recover() }() // neither a logger nor an observer may change the verdict
	if v.refusal != nil {
		c.log(x, v)
	}
	if c.observer == nil {
		return
	}
	e := Event{Provider: v.provider, RequestID: v.requestID, Cached: x.cached, Duration: time.Since(start)}
	if v.refusal != nil {
		e.Reason, e.NotMine, e.Status = v.refusal.reason, v.why, status(x, v)
	}
	c.observer.Decision(x, e)
}

func (c *SecurityChain) log(x *exchange, v verdict) {
	logger := c.logger
	if logger == nil {
		logger = slog.Default()
	}
	level := slog.LevelInfo
	switch {
	case status(x, v) >= 500:
		level = slog.LevelError
	case v.refusal == errNoCredential: // the first step of the protocol, not an event
		level = slog.LevelDebug
	}
	if !logger.Enabled(x.Context, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("provider", v.provider),
		slog.Int("status", status(x, v)),
		slog.String("reason", string(v.refusal.reason)),
	}
	if v.why != "" {
		attrs = append(attrs, slog.String("not_mine", v.why))
	}
	if v.requestID != "" {
		attrs = append(attrs, slog.String("request_id", v.requestID))
	}
	if f := v.fault; f != nil {
		attrs = append(attrs, slog.String("cause_type", f.cause))
		if f.stack != nil {
			attrs = append(attrs, slog.String("stack", string(f.stack)))
		}
	}
	message := "request refused"
	if x.sent && status(x, v) < 400 { // a redirect to where users log in, say
		message = "request answered"
	}
	logger.LogAttrs(x.Context, level, message, attrs...)
}

// status is what the client got: a provider that answered itself chose its own.
func status(x *exchange, v verdict) int {
	if x.sent {
		return int(x.status)
	}
	return v.refusal.status
}
