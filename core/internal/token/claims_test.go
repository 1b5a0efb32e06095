package token_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/token"
)

func TestTextsOfATokenAreLetGo(t *testing.T) {
	text := "eyJhbGciOiJFUzI1NiIsImtpZCI6InRoZS1raWQifQ.eyJzdWIiOiJhbm4ifQ.AAAA"
	held, err := token.Held(text)
	require.NoError(t, err)
	for part := range strings.SplitSeq(text+".the-kid", ".") {
		assert.NotContains(t, held, part)
	}
}

// TestNothingIsLeftForTheNextToken has every claim that is read.
func TestNothingIsLeftForTheNextToken(t *testing.T) {
	for _, payload := range []string{
		`{"iss":"i","sub":"s","jti":"j","client_id":"c","userId":"u","username":"n","aud":["a","b"],"exp":9,"nbf":8,"iat":7,
			"roles":["r","q"],"organizations":["o"],"namespaces":["m"],"scope":"x y","cnf":{}}`,
		`{"roles":["` + strings.Repeat(`r","`, 100) + `"],"scopes":"` + strings.Repeat("s,", 100) + `"}`,
	} {
		left, err := token.Left(payload)
		require.NoError(t, err)
		assert.Empty(t, left)
	}
}
