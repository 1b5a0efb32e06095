package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/oidc"
)

// result is what became of a request: the identity, or the status and the record of the refusal.
type result struct {
	auth   *core.Auth
	status int
	record string // the attributes reason, claim and not_mine
}

// try sends the token of the page, with a mistake, to a chain with a provider of its Config. The issuer is reached in memory.
func (p provider) try(m mistake) (result, error) {
	server := coretest.NewIssuerServer(p.issuer())
	defer server.Close()
	config := p.config
	config.Keys.Client, config.Keys.Required = server.Client(), true
	made, err := oidc.New(context.Background(), config)
	if err != nil {
		return result{}, err
	}
	chain, err := core.NewSecurityChain(made)
	if err != nil {
		return result{}, errors.Join(err, made.Close())
	}
	got, err := p.send(chain, m)
	return got, errors.Join(err, made.Close())
}

// send sends the token of the page, with a mistake, to a chain.
func (p provider) send(chain *core.SecurityChain, m mistake) (r result, err error) {
	if m.require != nil {
		chain = chain.With(m.require)
	}
	var record bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&record, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if slices.Contains([]string{"reason", "claim", "not_mine"}, a.Key) {
			return a
		}
		return slog.Attr{}
	}}))
	credential := m.opaque
	if credential == "" {
		if credential, err = p.sign(m); err != nil {
			return result{}, err
		}
	}
	var res coretest.Recorder
	req := coretest.Request{Headers: coretest.Bearer(credential)}
	ctx, passed := chain.WithLogger(logger).Guard(context.Background(), req, &res)
	if passed {
		r.auth, _ = core.AuthFrom(ctx)
	}
	r.status, r.record = res.Status, strings.TrimSpace(record.String())
	return r, nil
}

// sign returns the token of the page, or the issued one that the mistake names, with the changes of the mistake.
func (p provider) sign(m mistake) (string, error) {
	issuer := p.issuer()
	head, all := coretest.Claims{"typ": p.typ}, maps.Clone(p.token)
	if p.typ == "" {
		delete(head, "typ")
	}
	if file := cmp.Or(m.issued, p.issued); file != "" {
		var err error
		if head, all, err = issued(file); err != nil {
			return "", err
		}
	}
	maps.Copy(all, claims{"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(), "iss": p.config.Issuers[0]})
	maps.Copy(head, claims{"kid": issuer.KeyID, "alg": p.alg()})
	maps.Copy(all, m.claims)
	maps.Copy(head, m.header)
	for _, object := range []coretest.Claims{all, head} {
		maps.DeleteFunc(object, func(_ string, value any) bool { return value == absent })
	}
	return issuer.Sign(head, all), nil
}

// issued returns the header and the claims of a token that a server has issued in the tests of the module interop.
func issued(name string) (header, claims coretest.Claims, err error) {
	text, err := os.ReadFile(filepath.Join("..", "interop", "testdata", "tokens", name+".json"))
	if err != nil {
		return nil, nil, err
	}
	var token struct{ Header, Claims coretest.Claims }
	err = json.Unmarshal(text, &token)
	return token.Header, token.Claims, err
}

func (p provider) alg() string {
	if p.algorithm == "" {
		return "RS256"
	}
	return p.algorithm
}

// issuer returns an issuer with the name of the provider. All issuers of an algorithm have the same key.
func (p provider) issuer() *coretest.Issuer {
	issuer := *issuerFor(p.alg())
	issuer.Name = p.config.Keys.Issuer
	return &issuer
}

var issuers sync.Map

func issuerFor(algorithm string) *coretest.Issuer {
	generate := sync.OnceValue(func() *coretest.Issuer { return coretest.NewIssuerFor("", algorithm) })
	made, _ := issuers.LoadOrStore(algorithm, generate)
	return made.(func() *coretest.Issuer)()
}

// identityOf returns the parts of an identity by the names that fields has.
func identityOf(auth *core.Auth) map[string][]string {
	one := func(text string) []string {
		if text == "" {
			return nil
		}
		return []string{text}
	}
	return map[string][]string{
		"user": one(auth.UserID()), "name": one(auth.Username()), "client": one(auth.ClientID()),
		"roles": auth.Roles(), "scopes": auth.Scopes(), "organizations": auth.Organizations(), "namespaces": auth.Namespaces(),
	}
}
