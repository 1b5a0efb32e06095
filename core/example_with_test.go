package core_test

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// One chain serves all routes; With adds what a route requires.
func ExampleSecurityChain_With() {
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	chain, err := core.NewSecurityChain(jwt.New(issuer.Keys(), jwt.Microkubes(issuer.Name)))
	if err != nil {
		fmt.Println(err)
		return
	}
	chain = chain.WithLogger(slog.New(slog.DiscardHandler))
	orders := chain.With(core.RequireScopes("orders:read"))
	admin := orders.With(core.RequireRoles("admin"))

	token := issuer.Microkubes(coretest.Claims{"scopes": "orders:read", "roles": "user"})
	for _, route := range []*core.SecurityChain{chain, orders, admin} {
		var res coretest.Recorder
		_, pass := route.Guard(context.Background(), coretest.Request{Headers: coretest.Bearer(token)}, &res)
		fmt.Println(pass, res.Status)
	}
	// Output:
	// true 0
	// true 0
	// false 403
}
