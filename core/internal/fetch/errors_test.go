package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/fetch"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestErrorsOfTransportsAreNotQuoted(t *testing.T) {
	c := fetch.New(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("token: %w", io.ErrClosedPipe)
	})})
	_, err := get(t, c, "https://keys.example/keys?secret=1")
	assert.EqualError(t, err, "https://keys.example/keys: the request failed (*errors.errorString)")
	assert.ErrorIs(t, err, io.ErrClosedPipe)

	listener, lErr := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, lErr)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			_, _ = io.WriteString(conn, "SECRET words of no protocol\r\n\r\n")
			_ = conn.Close()
		}
	}()
	defer listener.Close()
	_, err = get(t, fetch.New(nil, "127.0.0.1"), "http://"+listener.Addr().String())
	require.NotNil(t, err)
	assert.NotContains(t, err.Error(), "SECRET")
}

func TestErrorsSayWhatIsWrong(t *testing.T) {
	s, _ := server(t, text("x"))
	plain := httptest.NewServer(text("x"))
	defer plain.Close()
	c := fetch.New(nil, "127.0.0.1")
	for address, says := range map[string]string{
		s.URL:                "the certificate is not trusted: x509",
		"http://127.0.0.1:1": "connection refused", // a port that the system gives to nobody
		strings.Replace(plain.URL, "http", "https", 1): "does not speak TLS",
	} {
		_, err := get(t, c, address)
		assert.ErrorContains(t, err, says)
	}
}

// TestErrorsOfTheNetwork has those that no test can cause, and a sentence for each.
func TestErrorsOfTheNetwork(t *testing.T) {
	for says, cause := range map[string]error{
		"the host name does not exist":           &net.DNSError{Err: "SECRET", Name: "SECRET", IsNotFound: true},
		"the host name could not be looked up":   &net.DNSError{Err: "SECRET", Name: "SECRET", IsTimeout: true},
		"the answer was not complete in time":    &net.OpError{Op: "read", Err: context.DeadlineExceeded},
		"the request was cancelled":              context.Canceled,
		"read: connection reset by peer":         &net.OpError{Op: "read", Err: syscall.ECONNRESET},
		"the server refused the TLS connection":  &net.OpError{Op: "remote error", Err: errors.New("tls: handshake failure")},
		"the request failed (*net.AddrError)":    &net.AddrError{Err: "SECRET", Addr: "SECRET"},
		"the server does not speak TLS":          http.ErrSchemeMismatch,
		"the connection ended before the answer": io.ErrUnexpectedEOF,
	} {
		_, err := get(t, fetch.New(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, cause })}),
			"https://keys.example/")
		assert.ErrorContains(t, err, says)
		assert.NotContains(t, err.Error(), "SECRET")
		assert.False(t, err.Answered, says)
		assert.ErrorIs(t, err, cause)
	}
}
