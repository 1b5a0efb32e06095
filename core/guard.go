package core

import (
	"context"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core/internal/path"
)

// Guard puts one request through the chain; adapters call it and nothing else. When the request may pass it returns
// the context for the handler, from which [AuthFrom] reads the identity, and true. Otherwise it has answered the
// request through res, and returns false: the handler must not run.
//
// Each call starts with no identity: a nested Guard shadows the outer one and inherits nothing, but for a chain that
// [SecurityChain.Then] made. Guard does not keep
// req or res, and does not panic.
func (c *SecurityChain) Guard(ctx context.Context, req Request, res Response) (context.Context, bool) {
	var start time.Time
	if c.observer != nil {
		start = time.Now()
	}
	x := &exchange{Context: ctx, chain: c, req: req, res: res}
	v := c.decide(x)
	if v.refusal != nil || c.observer != nil {
		v.requestID = c.idOf(x)
	}
	x.phase.Store(over)
	x.forget() // it lies in memory of the framework
	if v.refusal != nil && !x.sent {
		v = c.refuse(x, v)
	}
	if v.refusal != nil {
		c.log(x, v)
	}
	if c.observer != nil {
		c.observe(x, v, start)
	}
	if v.refusal != nil {
		return ctx, false
	}
	x.phase.Store(passed)
	return x, true
}

// decide asks the providers. It refuses unless it comes to its end: where GODEBUG has panicnil=1, recover does not tell a
// panic(nil) from none.
func (c *SecurityChain) decide(x *exchange) (v verdict) {
	ended := false
	defer func() { // a provider may panic, and an adapter's Request, too
		if p := recover(); !ended {
			v = panicked(x.running.String(), p)
		}
	}()
	v = c.ask(x)
	ended = true
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
	x.phase.Store(requiring) // from here on providers can only refuse
	for i := range c.with {
		if w := c.require(x, &c.with[i]); w.refusal != nil {
			return w
		}
	}
	return v
}

// malformed finds what no chain passes, whatever its providers say: a target that servers read in different ways, and
// a second Authorization field (RFC 9110, section 5.3: it is no list).
func malformed(x *exchange) *Error {
	req := x.req
	routePath := req.RoutePath()
	if !path.WellFormed(routePath) || routePath == "" && req.Method() == "CONNECT" { // that one names a host, not a resource
		return errMalformedPath
	}
	if strings.IndexByte(req.RawQuery(), '#') >= 0 {
		return errMalformedPath
	}
	authorization, lines := req.Header("Authorization")
	if lines > 1 {
		return errDuplicateCredential
	}
	x.path, x.authorization, x.lines, x.seen = routePath, authorization, int8(lines), true
	return nil
}

// takeOver finds the identity that the same base chain has set in front, for the same request.
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

func (c *SecurityChain) hasBaseOf(d *SecurityChain) bool {
	return c != nil && len(c.base) > 0 && len(d.base) > 0 && &c.base[0] == &d.base[0]
}

// authenticate runs the base chain and closes it.
func (c *SecurityChain) authenticate(x *exchange) verdict {
	decider := chainName
	var notMine disowned
	for i := range c.base {
		l := &c.base[i]
		had := x.auth.Load() != nil
		if had && l.authenticates {
			continue
		}
		err := invoke(l, x)
		has := x.auth.Load() != nil
		switch {
		case x.sent:
			return verdict{provider: l.name, refusal: errAnswered}
		case x.twice:
			return verdict{provider: l.name, refusal: errAuthSetTwice}
		case err == nil:
		case err == NotMine: //nolint:errorlint // signals are compared by identity, so that a wrapped one refuses
			if has && !had {
				return verdict{provider: l.name, refusal: errMisuse}
			}
			notMine.add(l, x.disowns)
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
	switch {
	case x.auth.Load() != nil:
		return verdict{provider: decider}
	case notMine.count > 0:
		return notMine.verdict()
	case c.optional && !offersCredential(x):
		return verdict{provider: chainName}
	default:
		return verdict{provider: chainName, refusal: errNoCredential}
	}
}

// offersCredential reports whether there is an Authorization field. Where no provider has taken it up, its sender is not
// anonymous but unknown: to serve it as anonymous would hide that the credential counts for nothing here.
func offersCredential(x *exchange) bool {
	value, _ := (*lentRequest)(x).Header("Authorization")
	return value != ""
}

// require runs one provider that With added. It may refuse, and nothing else.
func (c *SecurityChain) require(x *exchange, l *link) verdict {
	err := invoke(l, x)
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
		notMine.add(l, x.disowns)
		return notMine.verdict()
	case err == BreakChain: //nolint:errorlint // as above
		return verdict{provider: l.name, refusal: errMisuse}
	default:
		return refusedBy(l, err, &disowned{})
	}
}

// invoke calls one provider. An answer that could not be sent, and that the provider passes over, is a misuse: it meant to
// end the request.
func invoke(l *link, x *exchange) error {
	x.running, x.disowns = l, ""
	if !l.readsOnly {
		x.forget()
	}
	err := l.Provide(x, (*securityContext)(x), (*lentRequest)(x), (*lentResponse)(x))
	if e, ok := err.(*Error); ok && e == nil { //nolint:errorlint // a typed nil says nothing, as nil does
		err = nil
	}
	if x.unsent && (err == nil || err == NotMine || err == BreakChain) { //nolint:errorlint // signals, by identity
		return errMisuse
	}
	return err
}
