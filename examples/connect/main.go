// Command connect is a small service of connect-go, which serves the Connect, gRPC and gRPC-Web protocols with handlers of
// net/http. So it takes the adapter for net/http.
//
// The chain stands in front of the handlers, as HTTP middleware. It decides before the call is read, by the path
// /package.Service/Method, and refuses with an HTTP status. A handler finds the identity with core.AuthFrom(ctx).
//
// Without guard, below, clients make the code of the call from that status as the gRPC project defines it, and get the status as
// the message. 401 becomes Unauthenticated, 403 PermissionDenied, 503 Unavailable. But a malformed request (400) becomes Internal
// and an unexpected error (500) Unknown, which blames the wrong side. guard answers a refusal as an error of the protocol of the
// call, with the code and the message. The challenge and the other headers stay. In the gRPC protocols the HTTP status is then
// 200, as of every answer: a proxy in front sees a refusal in Grpc-Status only.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

// The procedures of the service. A service with a .proto file has these constants in its generated code.
const (
	hello  = "/hello.v1.HelloService/Hello"
	count  = "/hello.v1.HelloService/Count"
	users  = "/hello.v1.AdminService/Users"
	health = "/hello.v1.HealthService/Check"
)

func main() {
	store, err := keys.Dir("./keys")
	if err != nil {
		log.Fatal(err)
	}
	chain, err := core.NewSecurityChain(
		core.PublicRoutes("POST "+health),
		jwt.New(store, jwt.Microkubes("Microkubes JWT Authority")),
	)
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: os.Getenv("LISTEN_ADDR"), Handler: routes(chain), ReadHeaderTimeout: 5 * time.Second,
		Protocols: new(http.Protocols)}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true) // gRPC needs HTTP/2
	log.Fatal(server.ListenAndServe())
}

func routes(chain *core.SecurityChain) http.Handler {
	sec := nethttp.New(chain.WithErrorBody(message))
	admin := sec.Then(core.RequireRoles("admin"))
	mux := http.NewServeMux()
	mux.Handle(health, connect.NewUnaryHandler(health, check))
	mux.Handle(hello, connect.NewUnaryHandler(hello, sayHello))
	mux.Handle(count, connect.NewServerStreamHandler(count, countTo))
	mux.Handle(users, guard(admin, connect.NewUnaryHandler(users, listUsers)))
	return guard(sec, mux) // in front of every procedure, and of paths that are not one
}

func check(context.Context, *connect.Request[emptypb.Empty]) (*connect.Response[wrapperspb.StringValue], error) {
	return connect.NewResponse(wrapperspb.String("ok")), nil
}

func sayHello(ctx context.Context, _ *connect.Request[emptypb.Empty]) (*connect.Response[wrapperspb.StringValue], error) {
	auth, _ := core.AuthFrom(ctx)
	return connect.NewResponse(wrapperspb.String("Hello " + auth.Username())), nil
}

func countTo(ctx context.Context, req *connect.Request[wrapperspb.Int32Value],
	stream *connect.ServerStream[wrapperspb.StringValue]) error {
	auth, _ := core.AuthFrom(ctx)
	for range req.Msg.GetValue() {
		if err := stream.Send(wrapperspb.String(auth.Username())); err != nil {
			return err
		}
	}
	return nil
}

func listUsers(context.Context, *connect.Request[emptypb.Empty]) (*connect.Response[wrapperspb.StringValue], error) {
	return connect.NewResponse(wrapperspb.String("ann, bob")), nil
}

// guard puts the chain of sec in front of next. It answers a refusal as an error of the protocol of the call.
func guard(sec *nethttp.Security, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refused := &refusal{ResponseWriter: w}
		sec.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, inner *http.Request) {
			refused = nil
			next.ServeHTTP(w, inner)
		})).ServeHTTP(refused, r)
		if refused != nil {
			if err := protocols.Write(w, r, connect.NewError(refused.code(), errors.New(refused.message))); err != nil {
				log.Print("a refusal could not be sent")
			}
		}
	})
}

var protocols = connect.NewErrorWriter()

// refusal keeps the status and the body of a refusal. Headers go to the client.
type refusal struct {
	http.ResponseWriter
	status  int
	message string
}

func (r *refusal) WriteHeader(status int) { r.status = status }

func (r *refusal) Write(body []byte) (int, error) {
	r.message += string(body)
	return len(body), nil
}

func (r *refusal) code() connect.Code {
	switch r.status {
	case http.StatusBadRequest:
		return connect.CodeInvalidArgument
	case http.StatusUnauthorized:
		return connect.CodeUnauthenticated
	case http.StatusForbidden:
		return connect.CodePermissionDenied
	case http.StatusServiceUnavailable:
		return connect.CodeUnavailable
	default:
		return connect.CodeInternal
	}
}

// message makes the text of a refusal its whole body, for guard.
func message(e *core.Error) (contentType string, body []byte) {
	return "text/plain", []byte(e.Message())
}
