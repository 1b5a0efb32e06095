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
