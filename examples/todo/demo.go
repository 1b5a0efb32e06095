package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// A demo is what a platform has around the service: an issuer and a gateway. Its sign-in gives a token to everybody who asks, so
// nothing but this demonstration may trust the issuer.
type demo struct {
	issuer  *coretest.IssuerServer
	gateway *kongtest.Gateway
	signIn  *http.Server
}

// token returns a new token of a user or an OAuth2 client of the demonstration.
func (d *demo) token(name string) (string, bool) {
	type claims = coretest.Claims
	user := func(roles, organizations string) string {
		return d.issuer.Microkubes(claims{"sub": "id-" + name, "userId": "id-" + name, "username": name, "roles": roles,
			"organizations": organizations, "scopes": ""})
	}
	client := func(scope, organization string) string {
		return d.issuer.AccessToken(audience, claims{"sub": name, "client_id": name, "scope": scope,
			"organizations": []string{organization}})
	}
	switch name {
	case "ann":
		return user("user,admin", "acme"), true
	case "bob":
		return user("user", "acme"), true
	case "cleo":
		return user("user", "globex"), true
	case "gus":
		return user("user,admin", "globex"), true
	case "dan":
		return user("user,admin", ""), true
	case "eve":
		return user("user,admin", "acme,globex"), true
	case "importer":
		return client("todos:read todos:write", "acme"), true
	case "reporter":
		return client("todos:read", "acme"), true
	}
	return "", false
}

// startDemo starts the issuer and the gateway on free ports of the loopback interface, and puts the sign-in behind the gateway,
// so that the page needs no other origin.
func startDemo(ctx context.Context) (*demo, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("no port on the loopback interface: %w", err)
	}
	d := &demo{issuer: coretest.StartIssuer(), gateway: kongtest.Start(kongtest.Config{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /demo/sign-in", d.handleSignIn)
	d.signIn = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := d.signIn.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("todo: the sign-in ended by itself", "error", err)
		}
	}()
	kong, err := registrator.NewKong(d.gateway.AdminURL(), registrator.Config{Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		err = kong.Register(ctx, registrator.Service{Name: "demo-sign-in", Paths: []string{"/demo/sign-in"},
			Instance: listener.Addr().String()})
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *demo) Close() {
	_ = d.signIn.Close()
	d.gateway.Close()
	d.issuer.Close()
}

// handleSignIn answers {"name": "ann"} with the token of ann.
func (d *demo) handleSignIn(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Name string `json:"name"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in); err != nil {
		answerError(w, &problem{http.StatusBadRequest, `the body must be {"name": text}`})
		return
	}
	token, ok := d.token(in.Name)
	if !ok {
		answerError(w, &problem{http.StatusUnauthorized, "the demonstration has no such user or client"})
		return
	}
	answerError(w, answer(w, http.StatusOK, map[string]string{"token": token}))
}

const invitation = `
The page, for a browser: %[1]s/app/

The issuer of this demonstration gives tokens to everybody. Try it without a token, as bob, and as an OAuth2 client that may read:

curl -i %[1]s/todos

curl -i %[1]s/todos -H 'Authorization: Bearer %[2]s' -d '{"title": "tea"}'

curl -i %[1]s/todos -H 'Authorization: Bearer %[3]s'

Ctrl-C ends all.
`

// invite says how to try the service.
func (d *demo) invite(out io.Writer) {
	bob, _ := d.token("bob")
	reporter, _ := d.token("reporter")
	fmt.Fprintf(out, invitation, d.gateway.ProxyURL(), bob, reporter)
}
