package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
)

func TestCheckPasses(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, true), out.String())
	assert.NotContains(t, out.String(), "WRONG")
	assert.NotContains(t, out.String(), "TOKEN=", "-check ends after the table")
	assert.Contains(t, out.String(), "Fiber     /fiber", "each service is on the gateway")
}

func TestServesUntilInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	var out bytes.Buffer
	require.NoError(t, run(ctx, writer(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("/routes")) { // the last line
			interrupt()
		}
		return out.Write(p)
	}), false), out.String())
	assert.Contains(t, out.String(), "TOKEN=ey")
	assert.Contains(t, out.String(), "curl -i")
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// TestCheckFindsWrongAnswers has a service that lets everybody in, and one that lets nobody in.
func TestCheckFindsWrongAnswers(t *testing.T) {
	all := requests(coretest.NewIssuer("Microkubes JWT Authority"))
	for name, status := range map[string]int{"lets everybody in": 200, "lets nobody in": 401} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
			}))
			defer server.Close()
			var out bytes.Buffer
			addr := server.Listener.Addr().String()
			wrong := services{{framework: "broken", addr: addr}}.try(&out, addr, all)
			assert.Equal(t, len(all), wrong, out.String())
		})
	}
}

// TestExpectationsAreNotAllAlike checks that no single answer satisfies the whole table.
func TestExpectationsAreNotAllAlike(t *testing.T) {
	count := map[int]int{}
	for _, r := range requests(coretest.NewIssuer("x")) {
		count[r.want.status]++
	}
	for _, status := range []int{200, 400, 401, 403} {
		assert.NotZero(t, count[status], status)
	}
}
