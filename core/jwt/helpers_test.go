package jwt_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

const name = "Microkubes JWT Authority"

var issuer = coretest.NewIssuer(name)

func reasonOf(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *core.Error
	require.ErrorAs(t, err, &e)
	return string(e.Reason())
}

func answerOf(t testing.TB, err error) []any {
	t.Helper()
	var e *core.Error
	require.ErrorAs(t, err, &e)
	return []any{e.Status(), e.Message()}
}

func verifier(t testing.TB, change func(*jwt.Config)) *jwt.Verifier {
	t.Helper()
	config := jwt.Microkubes(name)
	if change != nil {
		change(&config)
	}
	v, err := jwt.NewVerifier(issuer.Keys(), config)
	require.NoError(t, err)
	return v
}

func decodeHead(token string) string {
	var text string
	for part := range strings.SplitSeq(token, ".") {
		b, _ := base64.RawURLEncoding.DecodeString(part)
		text += string(b) + " "
		if len(text) > 60 {
			break
		}
	}
	return text
}
