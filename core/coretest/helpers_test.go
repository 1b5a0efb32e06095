package coretest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/keys"
)

// answer is what a client sees of one request.
type answer struct {
	status int
	header http.Header
	body   string
}

// get sends a GET with names and values of header fields in turn. The error may come from the body.
func get(ctx context.Context, client *http.Client, address string, header ...string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return answer{resp.StatusCode, resp.Header, string(body)}, err
}

func mustGet(t *testing.T, client *http.Client, address string, header ...string) answer {
	t.Helper()
	got, err := get(t.Context(), client, address, header...)
	require.NoError(t, err)
	return got
}

// plainClient knows nothing of the issuer, and follows no redirect.
func plainClient(t *testing.T) *http.Client {
	client := &http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

const openID = "/.well-known/openid-configuration"

// discovered returns the members of the discovery document that is appended to the name of the issuer.
func discovered(t *testing.T, client *http.Client, issuer *coretest.IssuerServer) map[string]any {
	t.Helper()
	got := mustGet(t, client, strings.TrimSuffix(issuer.URL, "/")+openID)
	require.Equal(t, http.StatusOK, got.status)
	var members map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.body), &members))
	return members
}

// ids returns the ids of the usable keys in the set, and how many others there are.
func ids(t *testing.T, client *http.Client, issuer *coretest.IssuerServer) (usable []string, others int) {
	t.Helper()
	got := mustGet(t, client, issuer.KeysURL)
	require.Equal(t, http.StatusOK, got.status)
	found, skipped, err := keys.ParseJWKS([]byte(got.body))
	require.NoError(t, err)
	for _, key := range found {
		usable = append(usable, key.ID())
	}
	return usable, len(skipped)
}
