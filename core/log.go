package core

import (
	"log/slog"

	"github.com/microkubes/microkubes-go/core/internal/reason"
)

// log writes the record of a refusal. If the logger panics, the verdict stands.
func (c *SecurityChain) log(x *exchange, v verdict, requestID string) {
	defer func() { _ = recover() }()
	logger := c.logger
	if logger == nil {
		logger = slog.Default()
	}
	level := slog.LevelInfo
	switch {
	case status(x, v) >= 500 && v.refusal.reason != reason.KeyPending: // which anyone can cause with made-up key IDs
		level = slog.LevelError
	case v.refusal == errNoCredential: // the first step of the protocol, and not a fault
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
	if v.behind != nil {
		if why := v.behind.notMine.why(); why != "" {
			attrs = append(attrs, slog.String("not_mine", why))
		}
	}
	detail := v.detail()
	if detail.Claim != "" {
		attrs = append(attrs, slog.String("claim", detail.Claim))
	}
	if detail.Hint != "" {
		attrs = append(attrs, slog.String("hint", detail.Hint))
	}
	if detail.Policy != "" {
		attrs = append(attrs, slog.String("policy", detail.Policy))
	}
	if requestID != "" {
		attrs = append(attrs, slog.String("request_id", requestID))
	}
	if b := v.behind; b != nil && b.cause != "" {
		attrs = append(attrs, slog.String("cause_type", b.cause))
		if b.stack != nil {
			attrs = append(attrs, slog.String("stack", string(b.stack)))
		}
	}
	message := "request refused"
	if x.sent && status(x, v) < 400 { // such as a redirect to a login page
		message = "request answered"
	}
	logger.LogAttrs(x.Context, level, message, attrs...)
}

// status returns the status that the client got. A provider that answered itself chose it.
func status(x *exchange, v verdict) int {
	if x.sent {
		return int(x.status)
	}
	return v.refusal.status
}
