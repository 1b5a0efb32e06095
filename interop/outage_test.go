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
	outageLeast    = 100                   // requests to a service before the server starts again
	outageLimit    = 20_000                // requests to a service
)

// testOutage stops the server and starts it again while requests go on. No good token is refused.
func testOutage(t *testing.T, s server, services []*service) {
	var tokens []string
	for range outageTokens {
		tokens = append(tokens, s.token(t))
	}
	until(t, http.StatusOK, "the current key works", tokens[0], services)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	counts := make([]map[int]int, len(services))
	var wait, enough sync.WaitGroup
	enough.Add(len(services))
	for i, service := range services {
		counts[i] = map[int]int{}
		wait.Go(func() { load(ctx, t, service, tokens, counts[i], sync.OnceFunc(enough.Done)) })
	}
	begin := time.Now()
	s.stop(t)
	stopped := time.Now()
	for _, service := range services {
		// Nobody can say now whether there is such a key.
		assert.Equal(t, http.StatusServiceUnavailable, service.status(t, unknownKey(t, tokens[0])), service.name)
	}
	enough.Wait()
	s.start(t)
	started := time.Now()
	cancel()
	wait.Wait()

	t.Logf("the server was without an answer for %.1f s: %.1f s to stop, %.1f s until it was back",
		started.Sub(begin).Seconds(), stopped.Sub(begin).Seconds(), started.Sub(stopped).Seconds())
	for i, service := range services {
		t.Logf("%s answered meanwhile: %v", service.name, counts[i])
		assert.Positive(t, counts[i][http.StatusOK], service.name)
		assert.Len(t, counts[i], 1, "%s: nothing but 200", service.name)
	}
	until(t, http.StatusOK, "a token of the restarted server works", s.token(t), services)
}

// load sends requests at a steady rate until the context ends, and counts the answers by status. It calls enough, once or more,
// when there were as many as an outage needs, or when it fails.
func load(ctx context.Context, t *testing.T, to *service, tokens []string, counts map[int]int, enough func()) {
	defer enough()
	tick := time.NewTicker(outageInterval)
	defer tick.Stop()
	for i := range outageLimit {
		status, _, err := to.ask(context.WithoutCancel(ctx), "/me", tokens[i%len(tokens)])
		if !assert.NoError(t, err, to.name) {
			return
		}
		counts[status]++
		if i == outageLeast {
			enough()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
	t.Errorf("%s: the outage takes longer than %d requests", to.name, outageLimit)
}

// unknownKey returns a token with the claims of another one, signed with a key that the server does not have.
func unknownKey(t *testing.T, token string) string {
	t.Helper()
	header, claims := decode(t, token)
	header["kid"] = "not a key of this server"
	return coretest.NewIssuer("").Sign(header, claims)
}
