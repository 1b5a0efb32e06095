package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
)

// A platform is a demo with the service, and a client of its gateway.
type platform struct {
	*demo
	client *http.Client
}

// start starts the service with a database, and returns a function that stops it.
func start(t *testing.T, database string) (*platform, func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	d, err := startDemo(ctx)
	require.NoError(t, err)
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- run(ctx, settings{d.issuer.URL, d.gateway.AdminURL(), database, "", slog.New(slog.DiscardHandler)},
			func() { close(ready) })
	}()
	select {
	case <-ready:
	case err := <-ended:
		require.FailNow(t, "the service does not start", "%v", err)
	}
	transport := &http.Transport{}
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		transport.CloseIdleConnections()
		cancel()
		assert.NoError(t, <-ended)
		d.Close()
	}
	t.Cleanup(stop)
	return &platform{d, &http.Client{Transport: transport}}, stop
}

// send sends a request through the gateway, with the token of a user or client.
func (p *platform) send(t *testing.T, name, method, path, body string) (status int, text string) {
	t.Helper()
	if name == "" {
		return p.sendToken(t, "", method, path, body)
	}
	token, ok := p.token(name)
	require.True(t, ok, name)
	return p.sendToken(t, token, method, path, body)
}

// sendToken sends a request through the gateway, with a token unless it is empty.
func (p *platform) sendToken(t *testing.T, token, method, path, body string) (status int, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, p.gateway.ProxyURL()+path, strings.NewReader(body))
	require.NoError(t, err)
	if token != "" {
		r.Header = coretest.Bearer(token)
	}
	w, err := p.client.Do(r)
	require.NoError(t, err)
	defer func() { _ = w.Body.Close() }()
	all, err := io.ReadAll(w.Body)
	require.NoError(t, err)
	return w.StatusCode, strings.TrimSpace(string(all))
}

func (p *platform) seed(t *testing.T) {
	t.Helper()
	for _, name := range []string{"ann", "bob", "cleo"} {
		status, text := p.send(t, name, "POST", "/todos", `{"title": "of `+name+`"}`)
		require.Equal(t, http.StatusCreated, status, text)
	}
}
