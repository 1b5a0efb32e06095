package interop_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core/coretest"
)

const (
	outageTokens   = 30                    // good tokens, most of which the services see for the first time in the outage
	outageInterval = 20 * time.Millisecond // between two requests to a service
	outageLeast    = 250                   // requests to a service before the server starts again: more than two cool-downs
	outageUnknown  = 10                    // every tenth request has a key that nobody knows, which makes the service ask the server
	outageLimit    = 20_000                // requests to a service
)

// An outage is what a service answers while the server is stopped and started again, by status.
type outage struct {
	service       *service
	good, unknown map[int]int // good tokens, and tokens with a key that nobody knows
	enough        func()      // called when the outage was long enough for the service
}

// testOutage stops the server and starts it again while requests go on. No good token is refused: the last good keys are used.
func testOutage(t *testing.T, s server, services []*service) {
	var tokens []string
	for range outageTokens {
		tokens = append(tokens, s.token(t))
	}
	until(t, http.StatusOK, "the current key works", tokens[0], services)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wait, enough sync.WaitGroup
	var outages []*outage
	for _, service := range services {
		enough.Add(1)
		o := &outage{service, map[int]int{}, map[int]int{}, sync.OnceFunc(enough.Done)}
		outages = append(outages, o)
		wait.Go(func() { o.load(ctx, t, tokens, unknownKey(t, tokens[0])) })
	}
	begin := time.Now()
	s.stop(t)
	stopped := time.Now()
	enough.Wait()
	s.start(t)
	started := time.Now()
	cancel()
	wait.Wait()

	t.Logf("the server was without an answer for %.1f s: %.1f s to stop, %.1f s until it was back",
		started.Sub(begin).Seconds(), stopped.Sub(begin).Seconds(), started.Sub(stopped).Seconds())
	for _, o := range outages {
		t.Logf("%s answered meanwhile: %v, and to tokens with an unknown key: %v", o.service.name, o.good, o.unknown)
		assert.GreaterOrEqual(t, o.good[http.StatusOK], outageLeast*9/10-1, o.service.name)
		assert.Len(t, o.good, 1, "%s: nothing but 200", o.service.name)
		assert.Positive(t, o.unknown[http.StatusServiceUnavailable], "%s: nobody can say whether there is such a key", o.service.name)
		assert.Zero(t, o.unknown[http.StatusOK], o.service.name)
	}
	until(t, http.StatusOK, "a token of the restarted server works", s.token(t), services)
}

// load sends requests at a steady rate until the context ends.
func (o *outage) load(ctx context.Context, t *testing.T, tokens []string, unknown string) {
	defer o.enough()
	tick := time.NewTicker(outageInterval)
	defer tick.Stop()
	for i := range outageLimit {
		token, counts := tokens[i%len(tokens)], o.good
		if i%outageUnknown == 0 {
			token, counts = unknown, o.unknown
		}
		status, _, err := o.service.ask(context.WithoutCancel(ctx), "/me", token)
		if !assert.NoError(t, err, o.service.name) {
			return
		}
		counts[status]++
		if i == outageLeast {
			o.enough()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
	t.Errorf("%s: the outage takes longer than %d requests", o.service.name, outageLimit)
}

// unknownKey returns a token with the claims of another one, signed with a key that the server does not have.
func unknownKey(t *testing.T, token string) string {
	t.Helper()
	header, claims := decode(t, token)
	header["kid"] = "not a key of this server"
	return coretest.NewIssuer("").Sign(header, claims)
}
