package core

import (
	"context"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core/internal/ownership"
	"github.com/microkubes/microkubes-go/core/internal/path"
)

// Guard decides on one request. Adapters call it and take no decision of their own. If the request may pass, Guard returns the
// context for the handler, in which [AuthFrom] finds the identity, and true. Otherwise Guard has answered the request through res
// and returns false: the handler must not run.
//
// Each call begins without an identity. An inner Guard hides the identity of an outer one and does not inherit it, unless
// [SecurityChain.Then] made its chain. Guard does not keep req or res, and does not panic.
func (c *SecurityChain) Guard(ctx context.Context, req Request, res Response) (context.Context, bool) {
	var start time.Time
	if c.observer != nil {
		start = time.Now()
	}
	x := &exchange{Context: ctx, chain: c, req: req, res: res}
	v := c.decide(x)
	if v.refusal == nil && c.observer == nil {
		x.end(passed)
		return x, true
	}
	id := c.idOf(x)
	x.end(ended)
	if v.refusal != nil && !x.sent {
		v = c.refuse(x, v, id)
	}
	if v.refusal != nil {
		c.log(x, v, id)
	}
	if c.observer != nil {
		c.observe(x, v, id, start)
	}
	if v.refusal != nil {
		return ctx, false
	}
	x.phase.Store(passed)
	return x, true
}

// decide calls the providers. It refuses unless ask returns, whatever recover returns: under GODEBUG=panicnil=1 that is nil also
// after panic(nil).
func (c *SecurityChain) decide(x *exchange) (v verdict) {
	returned := false
	defer func() { // a provider may panic, and so may the adapter's Request
		if p := recover(); !returned {
			v = panicked(x.running.String(), p)
		}
	}()
	v = c.ask(x)
	returned = true
	return v
}

func (c *SecurityChain) ask(x *exchange) verdict {
	if e := malformed(x); e != nil {
		return verdict{provider: chainName, refusal: e}
	}
	v := verdict{provider: chainName}
	switch {
	case c.then:
		if v = c.takeOver(x); v.refusal != nil {
			return v
		}
	case !c.public:
		if v = c.authenticate(x); v.refusal != nil {
			return v
		}
	}
	if len(c.with) == 0 {
		return v
	}
	x.phase.Store(requiring) // from here on a provider can only refuse
	for i := range c.with {
		if w := c.require(x, &c.with[i]); w.refusal != nil {
			return w
		}
	}
	return v
}

// malformed returns the refusal of a request that no chain lets pass, whatever its providers, and nil for any other: a target
// that servers read in different ways, or a second Authorization field (RFC 9110, section 5.3: the field is not a list).
func malformed(x *exchange) *Error {
	req := x.req
	routePath := req.RoutePath()
	if !path.WellFormed(routePath) || routePath == "" && req.Method() == "CONNECT" { // CONNECT names a host, not a resource
		return errMalformedPath
	}
	if strings.IndexByte(req.RawQuery(), '#') >= 0 {
		return errMalformedPath
	}
	authorization, n := req.Header("Authorization")
	if n > 1 {
		return errDuplicateCredential
	}
	x.path, x.authorization, x.authorizationLines, x.requestKnown = routePath, authorization, int8(n), true
	return nil
}

// takeOver takes the identity that the same base chain has found in an outer Guard of the same request.
func (c *SecurityChain) takeOver(x *exchange) verdict {
	outer, ok := x.Context.Value(exchangeKey{}).(*exchange)
	if ok && outer.phase.Load() == passed && outer.chain.hasBaseOf(c) {
		if auth := outer.auth.Load(); auth != nil {
			x.auth.Store(auth)
			return verdict{provider: chainName}
		}
	}
	return verdict{provider: chainName, refusal: errNoCredential}
}

// hasBaseOf reports whether With or another method has made c and d of the same chain.
func (c *SecurityChain) hasBaseOf(d *SecurityChain) bool {
	return c != nil && len(c.base) > 0 && len(d.base) > 0 && &c.base[0] == &d.base[0]
}

// authenticate runs the base chain.
func (c *SecurityChain) authenticate(x *exchange) verdict {
	decider := chainName
	var notMine disowned
	var found ownership.Found
	for i := range c.base {
		l := &c.base[i]
		had := x.auth.Load() != nil
		if had && l.authenticates {
			continue
		}
		var err error
		if l.owner == nil {
			err = invoke(l, x, ownership.Token{})
		} else if token, why := c.tokenFor(x, i, &found); why == 0 {
			err = invoke(l, x, token)
		} else {
			notMine.add(l, why)
			continue
		}
		has := x.auth.Load() != nil
		switch {
		case x.sent:
			return verdict{provider: l.name, refusal: errAnswered}
		case x.authSetTwice:
			return verdict{provider: l.name, refusal: errAuthSetTwice}
		case err == nil:
		case err == NotMine: //nolint:errorlint // signals are compared by identity, so that a wrapped one refuses
			if has && !had {
				return verdict{provider: l.name, refusal: errMisuse}
			}
			notMine.add(l, x.notMineReason)
		case err == BreakChain: //nolint:errorlint // as above
			if notMine.count > 0 && !has {
				return notMine.verdict()
			}
			return verdict{provider: l.name}
		default:
			return refusedBy(l, err, &notMine)
		}
		if has && !had {
			decider = l.name
		}
	}
	if x.auth.Load() != nil {
		return verdict{provider: decider}
	}
	return c.undecided(x, &notMine)
}

// undecided returns the verdict on a request that the base chain has neither authenticated nor refused.
func (c *SecurityChain) undecided(x *exchange, notMine *disowned) verdict {
	switch {
	case notMine.count > 0:
		return notMine.verdict()
	case c.optional && !offersCredential(x):
		return verdict{provider: chainName}
	default:
		return verdict{provider: chainName, refusal: errNoCredential}
	}
}

// offersCredential reports whether the request has an Authorization field. If no provider has taken the field up, its sender is
// not anonymous but unknown: an answer for anonymous users would hide that the credential counts for nothing here.
func offersCredential(x *exchange) bool {
	value, _ := (*lentRequest)(x).Header("Authorization")
	return value != ""
}

// require runs one provider that With added. The provider may refuse, and nothing else.
func (c *SecurityChain) require(x *exchange, l *link) verdict {
	err := invoke(l, x, ownership.Token{})
	switch {
	case x.sent:
		return verdict{provider: l.name, refusal: errAnswered}
	case err == nil:
		return verdict{}
	case err == NotMine: //nolint:errorlint // signals are compared by identity, so that a wrapped one refuses
		if x.auth.Load() != nil {
			return verdict{}
		}
		var notMine disowned
		notMine.add(l, x.notMineReason)
		return notMine.verdict()
	case err == BreakChain: //nolint:errorlint // as above
		return verdict{provider: l.name, refusal: errMisuse}
	default:
		return refusedBy(l, err, &disowned{})
	}
}

// invoke calls one provider, with the token that was found for it, if any. If Send refused its status and the provider ignores
// that, the request ends as misuse, since the provider meant to answer it.
func invoke(l *link, x *exchange, token ownership.Token) (err error) {
	x.running, x.notMineReason = l, 0
	if !l.readsOnly {
		x.forget()
	}
	if token.Found == nil {
		err = l.Provide(x, (*securityContext)(x), (*lentRequest)(x), (*lentResponse)(x))
	} else {
		err = l.owner.ProvideFound(x, (*securityContext)(x), (*lentRequest)(x), (*lentResponse)(x), token)
	}
	err = orNil(err)
	if x.sendRefused && (err == nil || err == NotMine || err == BreakChain) { //nolint:errorlint // signals, by identity
		return errMisuse
	}
	return err
}

// orNil returns err, or nil for a nil *Error.
func orNil(err error) error {
	if e, ok := err.(*Error); ok && e == nil { //nolint:errorlint // a wrapped one is misuse
		return nil
	}
	return err
}
