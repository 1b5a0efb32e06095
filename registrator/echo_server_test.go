package registrator_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// TestBodyIsRepeated tests a gateway that repeats the body of a write as it was sent.
func TestBodyIsRepeated(t *testing.T) {
	k := kongtest.Start(kongtest.Config{})
	defer k.Close()
	k.Inject(-1, func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(400)
		fmt.Fprintf(w, `{"message":"cannot parse: %s"}`, body)
	}, func(r *http.Request) bool { return isWrite(r) && strings.Contains(r.URL.Path, "plugins") })
	logger, logged := captured()
	s := hello()
	const secret = "line1line1\n<line2line2>\t\"x\""
	s.Plugins = []registrator.Plugin{{Name: "http-log", Config: map[string]any{"http_endpoint": secret}}}
	err := newKong(t, k.AdminURL(), registrator.Config{Logger: logger}).Register(t.Context(), s)
	var e *registrator.Error
	require.True(t, errors.As(err, &e))
	assert.Equal(t, 400, e.Status)
	assert.Contains(t, e.Message, "http_endpoint", "names are isHidden")
	assertHidden(t, all(e)+logged(), secret)
	assert.NotRegexp(t, "line[12]", all(e)+logged())
}

// TestServerThatIsNotHTTP tests a server that sends the request back, which the errors of net/http quote.
func TestServerThatIsNotHTTP(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.CopyN(c, c, 64)
			}()
		}
	}()
	logger, logged := captured()
	address := "http://" + listener.Addr().String()
	kong := newKong(t, address+"?apikey=qu3ryKey%2F1", registrator.Config{Logger: logger, Timeout: 300 * time.Millisecond})
	_, err = kong.Plan(t.Context(), hello())
	require.ErrorIs(t, err, registrator.ErrUnavailable)
	assert.NotContains(t, fmt.Sprintf("%v %+v %s", err, err, logged()), "qu3ryKey")
	err = registrator.WaitLive(forAnswers(t, 2), address+"/?token=qu3ryKey")
	require.ErrorIs(t, err, registrator.ErrUnavailable)
	assert.NotContains(t, fmt.Sprintf("%v %+v", err, err), "qu3ryKey")
}
