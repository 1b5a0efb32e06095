package service_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oidc"
	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
	"github.com/microkubes/microkubes-go/service"
)

// A service whose users log in at Keycloak. The handlers of an adapter, such as nethttp.New(app.Chain), take the place of the mux.
func ExampleMain() {
	service.Main(service.Config{
		Name:   "orders",
		Paths:  []string{"/orders"},
		Policy: service.OIDC(oidc.Keycloak("https://sso.example.com/realms/main", "orders")),
	}, func(*service.App) (service.Server, error) {
		mux := http.NewServeMux()
		// add routes
		return service.HTTP(mux), nil
	})
}

// Run is for tests, and for programs that do more than serve. The gateway and the keys of this example are in the process.
func ExampleRun() {
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	config := service.Config{
		Name:  "hello-service",
		Paths: []string{"/hello"},
		Policy: func(context.Context) (*core.SecurityChain, []io.Closer, error) {
			chain, err := core.NewSecurityChain(jwt.New(issuer.Keys(), jwt.Microkubes(issuer.Name)))
			return chain, nil, err
		},
		Address:    "127.0.0.1:0", // a free port
		GatewayURL: gateway.AdminURL(),
		Linger:     -1, // nobody else sends requests
		Logger:     slog.New(slog.DiscardHandler),
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan error, 1)
	go func() {
		ended <- service.Run(ctx, config, func(app *service.App) (service.Server, error) {
			return service.HTTP(secured(app.Chain, func(w http.ResponseWriter, r *http.Request) {
				auth, _ := core.AuthFrom(r.Context())
				_, _ = io.WriteString(w, "Hello "+auth.Username())
			})), nil
		})
	}()
	if err := registrator.WaitLive(ctx, gateway.ProxyURL()+"/hello"); err != nil {
		fmt.Println(err)
	}
	request, _ := http.NewRequest(http.MethodGet, gateway.ProxyURL()+"/hello", nil)
	request.Header = coretest.Bearer(issuer.Microkubes(coretest.Claims{"username": "ann"}))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	body, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	fmt.Println(string(body))
	stop()
	fmt.Println(<-ended)
	// Output:
	// Hello ann
	// <nil>
}
