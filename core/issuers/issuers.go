package issuers

import (
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/token"
)

const name = "issuers" // in logs and events

// New makes one provider of members, which are providers that jwt.New, oauth2.New, oidc.New or New has made. The issuer of a
// token chooses the member, which then decides as it does alone: its refusal is final. Tokens of other issuers belong to other
// providers of the chain. Two members may have the same issuer if their tokens have different types, such as a Microkubes JWT and
// an access token.
//
// [core.NewSecurityChain] returns an error if there is no member, if another package has made a member, if a member has an error
// or AnyIssuer, if two members own the same tokens, or if members have different Sources. The members share one cache, whose size
// is the sum of theirs. A member with a negative CacheSize does not use it.
//
// A member cannot be one of [core.Enrich]. Put that around the provider that New returns; its function finds the issuer in the
// identity.
func New(members ...core.Authenticator) core.Authenticator { return token.NewRouter(name, members...) }
