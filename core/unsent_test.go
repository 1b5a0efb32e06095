package core_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/reason"
)

// brokenPipe is the error of a Response whose client is gone.
type brokenPipe struct{}

func (brokenPipe) Error() string { return "canary: broken pipe" }

// responseFunc is the Send of an adapter's Response.
type responseFunc func() error

func (responseFunc) SetHeader(string, string) {}
func (responseFunc) AddHeader(string, string) {}
func (f responseFunc) Send(int, []byte) error { return f() }
func sent() error                             { return nil }
func fails() error                            { return brokenPipe{} }
func breaks() error                           { panic(brokenPipe{}) }

// TestRefusalsThatAreNotSent has refusals with and without something behind them, and a Response that cannot send them. It holds
// all that the record and the event have of each. What was behind the refusal first is reported.
func TestRefusalsThatAreNotSent(t *testing.T) {
	const own, pipe = "core_test.causeOfMine", "core_test.brokenPipe"
	for name, c := range map[string]struct {
		provider core.Provider
		send     responseFunc
		event    core.Event
		cause    string
		stack    bool
	}{
		"forbidden": {returns(core.Forbidden("no")), sent, core.Event{Provider: "p", Reason: "refused", Status: 403}, "", false},
		"forbidden, fails": {
			returns(core.Forbidden("no")), fails, core.Event{Provider: "p", Reason: "refused", Status: 403}, pipe, false,
		},
		"forbidden, panics": {
			returns(core.Forbidden("no")), breaks, core.Event{Provider: "chain", Reason: "panic", Status: 500}, pipe, true,
		},
		"not mine": {
			because("bad_type"), sent, core.Event{Provider: "chain", Reason: "not_mine", NotMine: "p: bad_type", Status: 401}, "", false,
		},
		"not mine, fails": {
			because("bad_type"), fails, core.Event{Provider: "chain", Reason: "not_mine", NotMine: "p: bad_type", Status: 401}, pipe, false,
		},
		"not mine, panics": {because("bad_type"), breaks, core.Event{Provider: "chain", Reason: "panic", Status: 500}, pipe, true},
		"not mine with a hint, fails": {
			hinted{named{because("bad_type"), "p"}}, fails, core.Event{
				Provider: "chain", Reason: "not_mine", NotMine: "p: bad_type", Hint: "p: what to do about bad_type", Status: 401,
			}, pipe, false,
		},
		"not mine without a reason, fails": {
			returns(core.NotMine), fails, core.Event{Provider: "chain", Reason: "not_mine", Status: 401}, pipe, false,
		},
		"unforeseen, fails": {
			returns(causeOfMine{}), fails, core.Event{Provider: "p", Reason: "unforeseen", Status: 500}, own, false,
		},
		"unforeseen, panics": {
			returns(causeOfMine{}), breaks, core.Event{Provider: "chain", Reason: "panic", Status: 500}, pipe, true,
		},
		"unavailable, fails": {
			returns(core.Unavailable("no", 0)), fails, core.Event{Provider: "p", Reason: "unavailable", Status: 503}, pipe, false,
		},
		"unavailable with a cause, fails": {
			returns(core.Unavailable("no", 0).WithCause(causeOfMine{})), fails,
			core.Event{Provider: "p", Reason: "unavailable", Status: 503}, own, false,
		},
		"a policy, fails": {
			returns(core.Forbidden("no").WithReason(reason.DeniedByPolicy).WithCause(reason.Detail{Policy: "17"})), fails,
			core.Event{Provider: "p", Reason: "denied_by_policy", Policy: "17", Status: 403}, pipe, false,
		},
		"a claim, fails": {
			returns(core.InvalidToken(reason.MissingClaim).WithCause(reason.Detail{Claim: "tid", Hint: "h"})), fails,
			core.Event{Provider: "p", Reason: "missing_claim", Claim: "tid", Hint: "h", Status: 401}, pipe, false,
		},
		"unavailable with a hint, fails": {
			returns(core.Unavailable("no", 0).WithCause(reason.Detail{Hint: "h"})), fails,
			core.Event{Provider: "p", Reason: "unavailable", Hint: "h", Status: 503}, "reason.Detail", false,
		},
		"a panic, fails": {panics(causeOfMine{}), fails, core.Event{Provider: "p", Reason: "panic", Status: 500}, own, true},
		"misuse, fails":  {offers(nil), fails, core.Event{Provider: "p", Reason: "misuse", Status: 500}, pipe, false},
		"its own answer, fails": {
			sends(418, nil), fails, core.Event{Provider: "p", Reason: "answered", Status: 418}, "", false,
		},
		"its own answer, panics": {
			sends(418, nil), breaks, core.Event{Provider: "p", Reason: "panic", Status: 418}, pipe, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var records bytes.Buffer
			var seen observer
			if _, ok := c.provider.(hinted); !ok {
				c.provider = named{c.provider, "p"}
			}
			chain := newChain(t, c.provider).WithObserver(&seen).
				WithRequestID(func(context.Context, core.Request) string { return "7" }).
				WithLogger(slog.New(slog.NewJSONHandler(&records, nil)))
			_, passed := chain.Guard(t.Context(), coretest.Request{}, c.send)
			assert.False(t, passed)

			require.Len(t, seen.events, 1)
			c.event.RequestID, c.event.Duration = "7", seen.events[0].Duration
			assert.Equal(t, c.event, seen.events[0])

			var record map[string]any
			require.NoError(t, json.Unmarshal(records.Bytes(), &record), "one record: %s", records.String())
			assert.NotContains(t, records.String(), "canary")
			assert.Equal(t, c.stack, record["stack"] != nil)
			for _, key := range []string{"time", "level", "msg", "stack"} {
				delete(record, key)
			}
			want := map[string]any{
				"provider": c.event.Provider, "status": float64(c.event.Status), "reason": string(c.event.Reason), "request_id": "7",
			}
			for key, text := range map[string]string{
				"not_mine": c.event.NotMine, "claim": c.event.Claim, "hint": c.event.Hint, "policy": c.event.Policy, "cause_type": c.cause,
			} {
				if text != "" {
					want[key] = text
				}
			}
			assert.Equal(t, want, record)
		})
	}
}

// causeOfMine is the error of a provider.
type causeOfMine struct{}

func (causeOfMine) Error() string { return "canary: cause" }

// hinted is a provider that does not own a credential, and has a hint for the reason, as those of this module do.
type hinted struct{ named }

func (hinted) HintFor(code core.Reason) reason.Detail {
	return reason.Detail{Hint: "what to do about " + string(code)}
}

// TestRequestIDIsAskedForOnce counts the calls of the function that finds the id. It may be slow, so a request that passes
// unobserved has none.
func TestRequestIDIsAskedForOnce(t *testing.T) {
	for name, c := range map[string]struct {
		provider core.Provider
		observed bool
		want     int
	}{
		"passes": {sets("ann"), false, 0}, "passes, observed": {sets("ann"), true, 1},
		"refused": {returns(nil), false, 1}, "refused, observed": {returns(nil), true, 1},
		"panics": {panics("x"), false, 1}, "panics, observed": {panics("x"), true, 1},
		"answered": {sends(302, nil), false, 1}, "answered, observed": {sends(302, nil), true, 1},
	} {
		asked := 0
		chain := newChain(t, c.provider).WithRequestID(func(context.Context, core.Request) string { asked++; return "7" })
		var seen observer
		if c.observed {
			chain = chain.WithObserver(&seen)
		}
		o := guard(t, chain, coretest.Request{})
		assert.Equal(t, c.want, asked, name)
		if c.observed {
			require.Len(t, seen.events, 1, name)
			assert.Equal(t, "7", seen.events[0].RequestID, name)
		}
		if o.passed {
			assert.Empty(t, o.logged, name)
			continue
		}
		assert.Equal(t, "7", o.logged[0]["request_id"], name)
	}
}

// TestRefusalsGoToTheDefaultLogger has a chain without a logger of its own, and another default for each request.
func TestRefusalsGoToTheDefaultLogger(t *testing.T) {
	usual, writer, flags := slog.Default(), log.Writer(), log.Flags()
	defer func() {
		slog.SetDefault(usual)
		log.SetOutput(writer) // which SetDefault has changed
		log.SetFlags(flags)
	}()
	chain := newChain(t, returns(core.Forbidden("no")))
	for range 2 {
		var records bytes.Buffer
		slog.SetDefault(slog.New(slog.NewTextHandler(&records, nil)))
		_, passed := chain.Guard(t.Context(), coretest.Request{}, &coretest.Recorder{})
		assert.False(t, passed)
		assert.Contains(t, records.String(), "reason=refused")
	}
}
