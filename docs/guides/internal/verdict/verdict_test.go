package verdict_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/docs/guides/internal/verdict"
)

func say(status int, challenge string) verdict.Service {
	return verdict.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if challenge != "" {
			w.Header().Set("WWW-Authenticate", challenge)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "hello")
	}))
}

// TestEveryRequestIsReported compares services that give every request the same answer.
func TestEveryRequestIsReported(t *testing.T) {
	issuer, err := verdict.StartIssuer()
	require.NoError(t, err)
	t.Cleanup(issuer.Close)
	var requests []verdict.Request // without those that must be served
	names := map[string]bool{}
	for _, r := range verdict.Requests(issuer) {
		assert.False(t, names[r.Name], "two requests have the name %q", r.Name)
		names[r.Name] = true
		assert.True(t, r.Good || r.Why != "", "%q has no reason", r.Name)
		if !r.Good {
			requests = append(requests, r)
		}
	}
	for _, c := range []struct {
		name          string
		before, after verdict.Service
		heading       string // of the table with all requests; empty: there is no table
		stricter      int
	}{
		{"the same answer", say(401, "Bearer"), say(401, "Bearer"), "", 0},
		{"the same code", say(401, `Bearer error="invalid_token"`), say(401, `Bearer realm="x", error="invalid_token"`), "", 0},
		{"another challenge", say(401, ""), say(401, "Bearer"), "Differences of the challenge alone:", 0},
		{"another status", say(400, ""), say(401, ""), "Other differences of the status:", 0},
		{"served before", say(200, ""), say(401, ""), "Other differences of the status:", 0},
		{"served after", say(401, ""), say(200, ""), "Refused before and served after:", len(requests)},
	} {
		t.Run(c.name, func(t *testing.T) {
			comparison, err := verdict.Compare("a peer", requests, c.before, c.after, nil)
			require.NoError(t, err)
			_, table, _ := strings.Cut(comparison.Markdown(), "\n")
			assert.Len(t, comparison.Stricter(), c.stricter)
			if c.heading == "" {
				assert.Empty(t, table)
				return
			}
			assert.Contains(t, table, c.heading)
			for _, r := range requests {
				assert.Contains(t, table, r.Name)
			}
		})
	}
}

// TestARequestThatMustBeServed is refused: the comparison fails, since its rows would say nothing.
func TestARequestThatMustBeServed(t *testing.T) {
	issuer, err := verdict.StartIssuer()
	require.NoError(t, err)
	t.Cleanup(issuer.Close)
	_, err = verdict.Compare("a peer", verdict.Requests(issuer), say(200, ""), say(401, ""), nil)
	assert.ErrorContains(t, err, "a good token: got 200 before, 401 after")
}
