package conformance_test

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/conformance"
	"github.com/microkubes/microkubes-go/core/coretest"
)

// echoing starts a server that serves the good token, and answers everything else with a text of raw bytes, in which the fields of
// the request are in the place of TOKEN.
func echoing(t *testing.T, token, answer string) string {
	t.Helper()
	return accepting(t, func(conn net.Conn) {
		buffer := make([]byte, 1<<16)
		n, _ := conn.Read(buffer)
		request := string(buffer[:n])
		if strings.HasPrefix(request, "GET /shop/orders HTTP/1.1") && strings.Contains(request, "Authorization: Bearer "+token+"\r\n\r\n") {
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
			return
		}
		_, fields, _ := strings.Cut(request, "Authorization: ")
		sent, _, _ := strings.Cut(fields, "\r\n")
		_, _ = conn.Write([]byte(strings.ReplaceAll(answer, "TOKEN", sent)))
	})
}

// TestTargetWithRawAnswers has services that answer with what a terminal obeys, and with tokens where they break the answer. What
// is found, and every error, must be plain text without a part of the token.
func TestTargetWithRawAnswers(t *testing.T) {
	const escape = "\x1b]0;title\x07\x1b[2J\u009b31m\u202e\u200b"
	for name, answer := range map[string]string{
		"a challenge":         "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic " + escape + "TOKEN\r\nContent-Length: 0\r\n\r\n",
		"a plain challenge":   "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic \u009b31m\u202eTOKEN\r\nContent-Length: 0\r\n\r\n",
		"a plain location":    "HTTP/1.1 302 Found\r\nLocation: /\u009b31m\u202eTOKEN\r\nContent-Length: 0\r\n\r\n",
		"a location":          "HTTP/1.1 302 Found\r\nLocation: /" + escape + "TOKEN\r\nContent-Length: 0\r\n\r\n",
		"a field line":        "HTTP/1.1 401 No\r\n" + escape + " TOKEN no field\r\n\r\n",
		"a field name":        "HTTP/1.1 401 No\r\nA " + escape + " TOKEN: x\r\n\r\n",
		"a status line":       escape + "TOKEN\r\n\r\n",
		"a version":           "HTTP/" + escape + "TOKEN 200 OK\r\n\r\n",
		"a status":            "HTTP/1.1 " + escape + "TOKEN OK\r\n\r\n",
		"a length":            "HTTP/1.1 401 No\r\nContent-Length: " + escape + "TOKEN\r\n\r\n",
		"a transfer encoding": "HTTP/1.1 401 No\r\nTransfer-Encoding: " + escape + "TOKEN\r\n\r\n",
	} {
		for _, token := range []string{shopIssuer.Microkubes(coretest.Claims{"aud": audience}), "an-opaque-token-0123456789"} {
			t.Run(name+" with "+token[:2], func(t *testing.T) {
				t.Parallel()
				service := target(echoing(t, token, answer))
				service.Issuer, service.Token = nil, token
				got, err := conformance.CheckTarget(t.Context(), service)
				text, e := json.Marshal(got)
				require.NoError(t, e)
				isPlain(t, got, err)
				secret := token[strings.IndexByte(token, '.')+1:]
				for i := range len(secret) - 12 {
					require.NotContains(t, string(text), secret[i:i+12])
				}
				assert.NotEmpty(t, got.Broken())
			})
		}
	}
}

// isPlain fails if a terminal would obey a part of what was found.
func isPlain(t *testing.T, got conformance.Judgment, err error) {
	t.Helper()
	text := ""
	for _, f := range got.Findings {
		text += f.Sent + f.Got + f.Problem
	}
	if err != nil {
		text += strings.ReplaceAll(err.Error(), "\n", " ")
	}
	for _, r := range text {
		require.True(t, unicode.IsPrint(r), "%q is in %q", r, text)
	}
}

// TestTargetThatIsNotReadyWithRawAnswers has services with which no case can be tried, and whose answer is in the error.
func TestTargetThatIsNotReadyWithRawAnswers(t *testing.T) {
	for name, answer := range map[string]string{
		"a challenge":  "HTTP/1.1 401 No\r\nWWW-Authenticate: \x1b[2J\r\nContent-Length: 0\r\n\r\n",
		"a plain one":  "HTTP/1.1 401 No\r\nWWW-Authenticate: \u009b2J\r\nContent-Length: 0\r\n\r\n",
		"a field line": "HTTP/1.1 401 No\r\n\x1b[2J TOKEN\r\n\r\n",
		"nothing":      "\x1b[2J TOKEN",
	} {
		t.Run(name, func(t *testing.T) {
			service := target(echoing(t, "none", answer))
			service.Protected = "/shop/other"
			got, err := conformance.CheckTarget(t.Context(), service)
			require.ErrorIs(t, err, conformance.ErrNotTried)
			isPlain(t, got, err)
			assert.NotContains(t, err.Error(), "eyJ")
		})
	}
}

// TestTargetIgnoresProxies has a proxy in the environment, which must not see the token.
func TestTargetIgnoresProxies(t *testing.T) {
	proxy := serving(t, func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") })
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, proxy)
	}
	got, err := conformance.CheckTarget(t.Context(), target(strictService(t, "")))
	require.NoError(t, err)
	assert.Empty(t, got.Broken())
}
