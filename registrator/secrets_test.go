package registrator_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// captured returns a logger and a function that returns its records.
func captured() (*slog.Logger, func() string) {
	var mu sync.Mutex
	var b bytes.Buffer
	h := slog.NewTextHandler(writer(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return b.Write(p)
	}), &slog.HandlerOptions{Level: slog.LevelDebug})
	return slog.New(h), func() string {
		mu.Lock()
		defer mu.Unlock()
		return b.String()
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// TestSecretsAreNowhere tests each fault at a gateway that repeats the request, and reads errors and logs.
func TestSecretsAreNowhere(t *testing.T) {
	echo := func(status int) kongtest.Fault {
		return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"message":"%v %s %s"}`, r.Header, r.RequestURI, r.Host)
		}
	}
	secrets := []string{"t0pS3cret", "us3rpassw0rd", "qu3ryKey", "c0nfigSecret"}
	for name, f := range map[string]kongtest.Fault{
		"401": echo(401), "400": echo(400), "500": echo(500), "409": echo(409), "200": echo(200), "429": echo(429), "405": echo(405),
		"cut": kongtest.Cut(), "hang": kongtest.Hang(), "half": kongtest.HalfAnswer(), "none": kongtest.Delay(0),
		"redirect": kongtest.Redirect(302, "http://elsewhere.example.com/?key=qu3ryKey"),
	} {
		for _, method := range []string{"GET", "POST"} {
			t.Run(name+" "+method, func(t *testing.T) {
				t.Parallel()
				k := kongtest.Start(kongtest.Config{})
				defer k.Close()
				k.Inject(-1, f, func(r *http.Request) bool { return r.Method == method })
				logger, logged := captured()
				address := strings.Replace(k.AdminURL(), "://", "://admin:us3rpassw0rd@", 1) + "?apikey=qu3ryKey"
				kong := newKong(t, address, registrator.Config{Token: registrator.TokenString("t0pS3cret"), Logger: logger, Timeout: time.Second,
					AttemptTimeout: time.Second / 4}) // over sockets, so in real time; nothing depends on how long it takes
				s := hello()
				s.Plugins = []registrator.Plugin{{Name: "http-log", Config: map[string]any{"http_endpoint": "http://log/?k=c0nfigSecret"}}}
				err := kong.Register(t.Context(), s)
				plan, err2 := kong.Plan(t.Context(), s)
				all := fmt.Sprintf("%v %+v %#v %v %+v %s %+v %v", err, err, err, err2, plan, plan, kong, logged())
				var e *registrator.Error
				if errors.As(err, &e) {
					all += fmt.Sprintf("%+v %v", *e, e.Fields)
				}
				for _, secret := range secrets {
					assert.NotContains(t, all, secret)
				}
				assert.NotContains(t, all, "YWRtaW46dXMzcnBhc3N3MHJk", "the password as Basic authentication sends it")
				for _, r := range k.Requests() {
					assert.Equal(t, "apikey=qu3ryKey", strings.SplitN(r.Query, "&", 2)[0], "the query goes with each call")
					assert.Equal(t, "t0pS3cret", r.Header.Get("Kong-Admin-Token"))
					assert.NotEmpty(t, r.Header.Get("Authorization"))
				}
			})
		}
	}
	for _, address := range []string{"http://u:s3cr3t@ho st/", "http://h/?k=s3cr3t#f", "ftp://u:s3cr3t@h", "http://h:s3cr3t/", "s3cr3t", "http://h/%zzs3cr3t", "http://h/?s3cr3t=%zz", "http://s3cr3t@/"} {
		_, err := registrator.NewKong(address, registrator.Config{})
		require.ErrorIs(t, err, registrator.ErrInvalid, address)
		assert.NotContains(t, err.Error(), "s3cr3t")
	}
}

// TestEchoesInOtherForms tests gateways and servers in front of them that repeat the request in another form.
func TestEchoesInOtherForms(t *testing.T) {
	const token, query = `abc/DEF+123=="x"`, "q/uery+S3cret=="
	escape := func(text string) string {
		escaped, _ := json.Marshal(text)
		return strings.ReplaceAll(string(escaped), "/", `\/`) // as Kong's encoder does
	}
	for name, echo := range map[string]func(r *http.Request) string{
		"JSON": func(r *http.Request) string {
			return `{"message":` + escape("bad "+r.Header.Get("Kong-Admin-Token")) + `}`
		},
		"fields": func(r *http.Request) string {
			return `{"fields":{"a":[null,` + escape(r.URL.Query().Get("apikey")) + `]}}`
		},
		"a request line": func(r *http.Request) string { return "no such page: " + r.URL.RawQuery },
		"in lower case":  func(r *http.Request) string { return "no such page: " + strings.ToLower(r.URL.RawQuery) },
		"HTML": func(r *http.Request) string {
			return "<p>" + html.EscapeString(r.Header.Get("Kong-Admin-Token")) + "</p>"
		},
		"the user":          func(r *http.Request) string { user, _, _ := r.BasicAuth(); return "bad user " + user },
		"cut in the middle": func(r *http.Request) string { return strings.Repeat("x", 495) + r.Header.Get("Kong-Admin-Token") },
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, echo(r))
		}))
		address := strings.Replace(server.URL, "://", "://tokenAsUser@", 1) + "/?apikey=" + url.QueryEscape(query)
		err := newKong(t, address, registrator.Config{Token: registrator.TokenString(token)}).Register(t.Context(), hello())
		require.ErrorIs(t, err, registrator.ErrInvalid, name)
		for _, secret := range []string{"abc/D", "S3cret", "s3cret", "q%2F", "tokenAsUser"} {
			assert.NotContains(t, fmt.Sprintf("%v %+v", err, err), secret, name)
		}
		server.Close()
	}
}

// TestPluginConfigurationIsNowhere tests values that the gateway repeats in its errors, and values that are printed by accident.
func TestPluginConfigurationIsNowhere(t *testing.T) {
	for _, version := range []string{"2.8.5", "3.9.3"} {
		k := kongtest.Start(kongtest.Config{Version: version})
		logger, logged := captured()
		kong := newKong(t, k.AdminURL(), registrator.Config{Logger: logger})
		s := hello()
		s.Plugins = []registrator.Plugin{{Name: "http-log", Config: map[string]any{"http_endpoint": "http://log/?k=c0nfigSecret"}}}
		plan, err := kong.Plan(t.Context(), s)
		require.NoError(t, err)
		all := fmt.Sprintf("%v %+v %#v %+v %+v %#v", plan, plan, plan, struct{ p registrator.Plan }{plan}, s, s)
		for _, p := range []registrator.Plugin{
			{Name: "http-log", Config: map[string]any{"http_endpoint": "c0nfigSecret is no URL"}},
			{Name: "cors", Config: map[string]any{"origins": []string{"c0nfigSecret("}}},
			{Name: "ip-restriction", Config: map[string]any{"allow": []string{"c0nfigSecret"}}},
			{Name: "request-transformer", Config: map[string]any{"add": map[string]any{"headers": []string{"c0nfigSecret"}}}},
		} {
			s.Plugins = []registrator.Plugin{p}
			err := kong.Register(t.Context(), s)
			require.ErrorIs(t, err, registrator.ErrInvalid, p.Name)
			all += fmt.Sprintf("%v %+v", err, err)
		}
		assert.NotContains(t, all+logged(), "c0nfigSecret")
		k.Close()
	}
}
