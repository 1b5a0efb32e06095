package token_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/token"
)

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
