package nethttp_test

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
)

// TestNobodyIsSeenOutside looks for the identity in front of two chains, between them, and in the handler. Each place has the
// identity of the chain in front of it.
func TestNobodyIsSeenOutside(t *testing.T) {
	outerSec, innerSec := newSecurity(t, core.Optional()), newSecurity(t)
	for name, panics := range map[string]bool{"returns": false, "panics": true} {
		t.Run(name, func(t *testing.T) {
			var seen []string
			look := func(where string, r *http.Request) {
				auth, _ := nethttp.Auth(r)
				seen = append(seen, where+" "+auth.Username())
			}
			handler := func(_ http.ResponseWriter, r *http.Request) {
				look("handler", r)
				if panics {
					panic(http.ErrAbortHandler)
				}
			}
			between := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				look("between", r)
				defer look("between", r)
				named := r.Clone(r.Context())
				named.Header.Set("X-User", "bob")
				innerSec.Secured(handler)(w, named)
			})
			r := request("GET", "/x", "ann")
			serve := func() {
				defer look("outside", r)
				outerSec.Middleware(between).ServeHTTP(httptest.NewRecorder(), r)
			}
			if panics {
				assert.PanicsWithValue(t, http.ErrAbortHandler, serve)
			} else {
				serve()
			}
			assert.Equal(t, []string{"between ann", "handler bob", "between ann", "outside "}, seen)
		})
	}
}

// TestUploadsOfAHandlerThatPanics has middleware outside that recovers, so that the server continues and removes the files.
func TestUploadsOfAHandlerThatPanics(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "name")
	require.NoError(t, err)
	_, err = part.Write([]byte("content"))
	require.NoError(t, err)
	require.NoError(t, form.Close())
	stored := ""
	guarded := newSecurity(t).Secured(func(_ http.ResponseWriter, r *http.Request) {
		assert.NoError(t, r.ParseMultipartForm(1))
		f, err := r.MultipartForm.File["file"][0].Open()
		assert.NoError(t, err)
		stored = f.(*os.File).Name()
		_ = f.Close()
		panic("panic of the handler")
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { assert.Equal(t, "panic of the handler", recover()) }()
		guarded(w, r)
	}))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, &body)
	require.NoError(t, err)
	r.Header.Set("X-User", "ann")
	r.Header.Set("Content-Type", form.FormDataContentType())
	res, err := server.Client().Do(r)
	require.NoError(t, err)
	_ = res.Body.Close()
	server.Close() // waits for what the server does after the handler
	require.NotEmpty(t, stored)
	assert.NoFileExists(t, stored)
}

// TestHijackedConnection has a guarded handler that takes over the connection.
func TestHijackedConnection(t *testing.T) {
	server := httptest.NewServer(newSecurity(t).Secured(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if !assert.NoError(t, err) {
			return
		}
		auth, _ := nethttp.Auth(r)
		_, _ = io.WriteString(conn, "HTTP/1.1 418 "+auth.Username()+"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		_ = conn.Close()
	}))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	require.NoError(t, err)
	r.Header.Set("X-User", "ann")
	res, err := server.Client().Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, "418 ann", res.Status)
}

// TestProviderReadsAllLines has a provider that reads every line of a field.
func TestProviderReadsAllLines(t *testing.T) {
	var lines []string
	look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		fields, ok := core.RequestAs[core.FieldLines](r)
		assert.True(t, ok)
		lines = fields.FieldLines("Cookie")
		assert.Empty(t, fields.FieldLines("X-Other"))
		return nil
	})
	r := request("GET", "/x", "ann")
	r.Header["Cookie"] = []string{"a=b", "c=d"}
	newSecurity(t, look).Secured(func(http.ResponseWriter, *http.Request) {})(httptest.NewRecorder(), r)
	assert.Equal(t, []string{"a=b", "c=d"}, lines)
}
