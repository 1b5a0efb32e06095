package interop_test

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the headers and claims of the servers' tokens to testdata/tokens")

// A grant is the answer of a token endpoint.
type grant struct {
	Access  string `json:"access_token"`
	ID      string `json:"id_token"`
	Refresh string `json:"refresh_token"`
}

// post sends a form with the credentials of a client, and decodes the JSON of the answer into result. A client without a
// secret is public.
func post(t *testing.T, endpoint, client, secret string, form url.Values, result any) {
	t.Helper()
	if secret == "" {
		form.Set("client_id", client)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if secret != "" {
		req.SetBasicAuth(client, secret)
	}
	exchange(t, req, result)
}

// exchange sends a request whose answer is a success, and decodes the JSON of the answer into result unless that is nil.
func exchange(t *testing.T, req *http.Request, result any) {
	t.Helper()
	resp, err := (&http.Client{Timeout: time.Minute}).Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Less(t, resp.StatusCode, http.StatusMultipleChoices, "%s %s: %s", req.Method, req.URL.Path, body)
	if result != nil {
		require.NoError(t, json.Unmarshal(body, result))
	}
}

const callback = "https://shop.example.com/callback"

// browser follows redirects as a user's browser does, up to the client's callback.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &http.Client{Timeout: time.Minute, Jar: jar, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		switch {
		case strings.HasPrefix(req.URL.String(), callback):
			return http.ErrUseLastResponse
		case len(via) > 10:
			return fmt.Errorf("more than ten redirects")
		}
		return nil
	}}
}

// where returns the address that the answer is about: the one it redirects to, or else its own.
func where(t *testing.T, resp *http.Response, err error) *url.URL {
	t.Helper()
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Less(t, resp.StatusCode, http.StatusBadRequest, resp.Request.URL.Path)
	if location, err := resp.Location(); err == nil {
		return location
	}
	return resp.Request.URL
}

// decode returns the header and the claims of a token, or nothing if it is opaque.
func decode(t *testing.T, token string) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, nil
	}
	for i, into := range []*map[string]any{&header, &claims} {
		data, err := base64.RawURLEncoding.DecodeString(parts[i])
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(data, into))
	}
	return header, claims
}

func keyID(t *testing.T, token string) string {
	t.Helper()
	header, _ := decode(t, token)
	kid, _ := header["kid"].(string)
	require.NotEmpty(t, kid)
	return kid
}

// compareToken compares the header and the claims of a token with the file that has those of an earlier run, or writes it.
func compareToken(t *testing.T, s sample) {
	t.Helper()
	header, claims := decode(t, s.text)
	if header == nil {
		t.Logf("the token is opaque")
		return
	}
	issued, _ := claims["iat"].(float64)
	shape := map[string]any{"name": s.name, "header": steady(header, issued), "claims": steady(claims, issued)}
	got, err := json.MarshalIndent(shape, "", "  ")
	require.NoError(t, err)
	file := filepath.Join("testdata", "tokens", s.name+".json")
	if *update {
		require.NoError(t, os.WriteFile(file, append(got, '\n'), 0o600))
	}
	want, err := os.ReadFile(filepath.Clean(file))
	require.NoError(t, err, "run the test with -update")
	assert.JSONEq(t, string(want), string(got), "the server's tokens have changed: run the test with -update, and look at the presets")
}

var (
	idValue = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	address = regexp.MustCompile(`127\.0\.0\.1:\d+`)
)

// steady returns a copy of an object in which all that differs from run to run has a constant value.
func steady(object map[string]any, issued float64) map[string]any {
	result := map[string]any{}
	for name, value := range object {
		switch v := value.(type) {
		case map[string]any:
			value = steady(v, issued)
		case []any:
			slices.SortFunc(v, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			for i := range v {
				if text, ok := v[i].(string); ok {
					v[i] = address.ReplaceAllString(text, "127.0.0.1:8080")
				}
			}
		case string:
			if name == "scope" { // the order of its words has no meaning
				v = strings.Join(slices.Sorted(strings.FieldsSeq(v)), " ")
			}
			value = address.ReplaceAllString(idValue.ReplaceAllString(v, "00000000-0000-0000-0000-000000000000"), "127.0.0.1:8080")
			if slices.Contains([]string{"kid", "sid", "at_hash", "c_hash", "jkt"}, name) || name == "jti" && value == v {
				value = "x"
			}
		case float64:
			if v > 1e9 { // a time in seconds, which may differ by the time that the server took
				value = fmt.Sprintf("now%+.0f", 10*math.Round((v-issued)/10))
			}
		}
		result[name] = value
	}
	return result
}
