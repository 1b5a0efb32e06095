package core_test

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// audit prints each decision. A real observer would count, or write to a channel, since it runs on the goroutine of the request.
type audit struct{}

func (audit) Decision(ctx context.Context, e core.Event) {
	who := "nobody"
	if auth, ok := core.AuthFrom(ctx); ok {
		who = auth.Username()
	}
	if e.Reason == "" {
		fmt.Println("passed:", who)
		return
	}
	fmt.Println("refused:", who, e.Status, e.Reason, "by", e.Provider)
}

// An Observer sees every decision, with the identity if there is one.
func ExampleObserver() {
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	chain, err := core.NewSecurityChain(jwt.New(issuer.Keys(), jwt.Microkubes(issuer.Name)))
	if err != nil {
		fmt.Println(err)
		return
	}
	chain = chain.WithObserver(audit{}).WithLogger(slog.New(slog.DiscardHandler))

	ann := coretest.Request{Headers: coretest.Bearer(issuer.Microkubes(coretest.Claims{"username": "ann"}))}
	chain.Guard(context.Background(), ann, &coretest.Recorder{})
	chain.With(core.RequireRoles("admin")).Guard(context.Background(), ann, &coretest.Recorder{})
	chain.Guard(context.Background(), coretest.Request{}, &coretest.Recorder{})
	// Output:
	// passed: ann
	// refused: ann 403 insufficient_role by require_roles
	// refused: nobody 401 no_credential by chain
}
