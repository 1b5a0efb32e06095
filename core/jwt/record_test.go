package jwt_test

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// TestOnlyTheOperatorGetsTheClaim holds that the record and the event name the claim that a Config names, and no value, and that
// the client gets the same answer as for any other bad token.
func TestOnlyTheOperatorGetsTheClaim(t *testing.T) {
	for claim, claims := range map[string]jwt.Claims{
		"kind.of": {Values: []jwt.Value{{Path: jwt.Path{"kind", "of"}, OneOf: []string{"access"}}}},
		"secret":  {Absent: []jwt.Path{{"secret"}}},
		"x or y":  {Required: [][]jwt.Path{{{"x"}, {"y"}}}},
	} {
		config := jwt.Microkubes(name)
		config.Claims = claims
		var log bytes.Buffer
		var seen events
		chain, err := core.NewSecurityChain(jwt.New(issuer.Keys(), config))
		require.NoError(t, err)
		chain = chain.WithLogger(slog.New(slog.NewTextHandler(&log, nil))).WithObserver(&seen)
		answer := func(token string) coretest.Recorder {
			var res coretest.Recorder
			_, passed := chain.Guard(t.Context(), coretest.Request{Headers: coretest.Bearer(token)}, &res)
			assert.False(t, passed)
			return res
		}
		res := answer(issuer.Microkubes(coretest.Claims{"secret": "canary", "kind": coretest.Claims{"of": "canary"}, "y": ""}))
		assert.Equal(t, answer(issuer.Microkubes(nil)+"x"), res)
		record, _, _ := bytes.Cut(log.Bytes(), []byte("\n"))
		assert.Contains(t, string(record), "claim="+map[bool]string{true: `"x or y"`, false: claim}[claim == "x or y"])
		assert.NotContains(t, log.String(), "canary")
		assert.NotContains(t, string(log.Bytes()[len(record):]), "claim=", "other refusals")
		assert.Equal(t, []string{claim, ""}, []string{seen[0].Claim, seen[1].Claim})
		assert.Contains(t, []core.Reason{"bad_claim_value", "missing_claim"}, seen[0].Reason)
	}
}
