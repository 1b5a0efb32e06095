package hello_test

import (
	"errors"
	"testing"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

func TestVerifier(t *testing.T) {
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	verifier, err := jwt.NewVerifier(issuer.Keys(), jwt.Microkubes(issuer.Name))
	if err != nil {
		t.Fatal(err)
	}
	auth, err := verifier.Verify(t.Context(), issuer.Microkubes(coretest.Claims{"username": "ann"}))
	if err != nil || auth.Username() != "ann" {
		t.Errorf("a good token: %v, %v", auth, err)
	}
	var refusal *core.Error
	if _, err := verifier.Verify(t.Context(), coretest.NewIssuer(issuer.Name).Microkubes(nil)); !errors.As(err, &refusal) {
		t.Errorf("a forged token: %v", err)
	}
}

func TestHandler(t *testing.T) {
	ctx := coretest.As(t.Context(), core.NewAuth(core.AuthData{Username: "ann"}))
	if auth, ok := core.AuthFrom(ctx); !ok || auth.Username() != "ann" {
		t.Errorf("the identity in the context is %v", auth)
	}
}
