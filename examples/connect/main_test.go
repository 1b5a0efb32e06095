package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

var (
	issuer = coretest.NewIssuer("Microkubes JWT Authority")
	ann    = "Bearer " + issuer.Microkubes(coretest.Claims{"username": "ann", "roles": "admin"})
	bob    = "Bearer " + issuer.Microkubes(coretest.Claims{"username": "bob", "roles": "user"})
)

// clients are the options of a client for each protocol.
var clients = map[string][]connect.ClientOption{
	"connect":      {},
	"connect json": {connect.WithProtoJSON()},
	"grpc":         {connect.WithGRPC()},
	"grpc-web":     {connect.WithGRPCWeb()},
}

func newChain(t *testing.T) *core.SecurityChain {
	t.Helper()
	faults := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		switch fault, _ := r.Header("X-Fault"); fault {
		case "unavailable":
			return core.Unavailable("try later", time.Second)
		case "panic":
			panic("of a provider")
		}
		return nil
	})
	chain, err := core.NewSecurityChain(core.PublicRoutes("POST "+health), faults, jwt.New(issuer.Keys(), jwt.Microkubes(issuer.Name)))
	require.NoError(t, err)
	return chain.WithLogger(slog.New(slog.DiscardHandler))
}

// start serves h over HTTP/2 without TLS, as main does, and returns the address and a client of its own.
func start(t *testing.T, h http.Handler) (string, *http.Client) {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	return server.URL, &http.Client{Transport: transport}
}

// call calls a unary procedure and returns what it answers, or the code and the message of the error.
func call(t *testing.T, client *http.Client, url string, header map[string][]string, options ...connect.ClientOption) (string, connect.Code, string) {
	t.Helper()
	req := connect.NewRequest(new(emptypb.Empty))
	for name, values := range header {
		req.Header()[name] = values
	}
	res, err := connect.NewClient[emptypb.Empty, wrapperspb.StringValue](client, url, options...).CallUnary(t.Context(), req)
	if err != nil {
		var failed *connect.Error
		require.ErrorAs(t, err, &failed)
		return "", failed.Code(), failed.Message()
	}
	return res.Msg.GetValue(), 0, ""
}

// TestCalls has the clients of each protocol. They get the same code and the same message.
func TestCalls(t *testing.T) {
	url, client := start(t, routes(newChain(t)))
	as := func(tokens ...string) map[string][]string { return map[string][]string{"Authorization": tokens} }
	faulty := func(fault string) map[string][]string {
		return map[string][]string{"Authorization": {ann}, "X-Fault": {fault}}
	}
	for protocol, options := range clients {
		for name, c := range map[string]struct {
			procedure string
			header    map[string][]string
			answer    string
			code      connect.Code
			message   string
		}{
			"a public procedure":   {health, nil, "ok", 0, ""},
			"no token":             {hello, nil, "", connect.CodeUnauthenticated, "authentication required"},
			"a token":              {hello, as(ann), "Hello ann", 0, ""},
			"a bad token":          {hello, as(ann + "x"), "", connect.CodeUnauthenticated, "invalid token"},
			"two tokens":           {hello, as(ann, bob), "", connect.CodeInvalidArgument, "malformed request"},
			"no role":              {users, as(bob), "", connect.CodePermissionDenied, "access denied"},
			"a role":               {users, as(ann), "ann, bob", 0, ""},
			"no token for a role":  {users, nil, "", connect.CodeUnauthenticated, "authentication required"},
			"keys are unavailable": {hello, faulty("unavailable"), "", connect.CodeUnavailable, "try later"},
			"a provider panics":    {hello, faulty("panic"), "", connect.CodeInternal, "internal server error"},
			"no such procedure":    {"/hello.v1.HelloService/None", nil, "", connect.CodeUnauthenticated, "authentication required"},
		} {
			t.Run(protocol+", "+name, func(t *testing.T) {
				answer, code, message := call(t, client, url+c.procedure, c.header, options...)
				assert.Equal(t, c.answer, answer)
				assert.Equal(t, c.code, code)
				assert.Equal(t, c.message, message)
			})
		}
	}
}

// TestStream has a server stream. A refused stream ends before its first message, with its code.
func TestStream(t *testing.T) {
	url, client := start(t, routes(newChain(t)))
	for protocol, options := range clients {
		for token, code := range map[string]connect.Code{ann: 0, "": connect.CodeUnauthenticated} {
			t.Run(protocol+", "+code.String(), func(t *testing.T) {
				req := connect.NewRequest(wrapperspb.Int32(3))
				if token != "" {
					req.Header().Set("Authorization", token)
				}
				stream, err := connect.NewClient[wrapperspb.Int32Value, wrapperspb.StringValue](client, url+count, options...).
					CallServerStream(t.Context(), req)
				require.NoError(t, err)
				var got []string
				for stream.Receive() {
					got = append(got, stream.Msg().GetValue())
				}
				if code == 0 {
					assert.NoError(t, stream.Err())
					assert.Equal(t, []string{"ann", "ann", "ann"}, got)
				} else {
					assert.Equal(t, code, connect.CodeOf(stream.Err()))
					assert.Empty(t, got)
				}
				assert.NoError(t, stream.Close())
			})
		}
	}
}

// TestWithoutGuard has the chain in front of a handler with the adapter's Middleware alone. Clients of all protocols make the code
// from the status, and two of the codes blame the wrong side.
func TestWithoutGuard(t *testing.T) {
	url, client := start(t, nethttp.New(newChain(t)).Middleware(connect.NewUnaryHandler(hello, sayHello)))
	for protocol, options := range clients {
		for name, c := range map[string]struct {
			header  map[string][]string
			code    connect.Code
			message string
		}{
			"no token":             {nil, connect.CodeUnauthenticated, "401 Unauthorized"},
			"two tokens":           {map[string][]string{"Authorization": {ann, bob}}, connect.CodeInternal, "400 Bad Request"},
			"keys are unavailable": {map[string][]string{"X-Fault": {"unavailable"}}, connect.CodeUnavailable, "503 Service Unavailable"},
			"a provider panics":    {map[string][]string{"X-Fault": {"panic"}}, connect.CodeUnknown, "500 Internal Server Error"},
		} {
			t.Run(protocol+", "+name, func(t *testing.T) {
				_, code, message := call(t, client, url+hello, c.header, options...)
				assert.Equal(t, c.code, code)
				assert.Contains(t, message, c.message)
			})
		}
	}
}

// TestRefusalOverHTTP looks at the refusal of a call as a proxy sees it.
func TestRefusalOverHTTP(t *testing.T) {
	h := routes(newChain(t))
	for contentType, c := range map[string]struct {
		status         int
		grpc, sentType string
	}{
		"application/json":           {401, "", "application/json"},
		"application/proto":          {401, "", "application/json"},
		"application/connect+proto":  {200, "", "application/connect+proto"}, // a stream ends with its error
		"application/grpc":           {200, "16", "application/grpc"},
		"application/grpc-web+proto": {200, "", "application/grpc-web+proto"}, // the code is in the body
		"text/plain":                 {401, "", "application/json"},
	} {
		t.Run(contentType, func(t *testing.T) {
			w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, hello, nil)
			r.Header.Set("Content-Type", contentType)
			h.ServeHTTP(w, r)
			assert.Equal(t, c.status, w.Code)
			assert.Equal(t, c.grpc, w.Result().Trailer.Get("Grpc-Status"))
			assert.Equal(t, c.sentType, w.Header().Get("Content-Type"))
			assert.Equal(t, `Bearer realm="microkubes"`, w.Header().Get("Www-Authenticate"))
			assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		})
	}
}
