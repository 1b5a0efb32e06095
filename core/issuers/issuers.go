package issuers

import (
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/token"
)

const name = "issuers" // in logs and events

// New makes one provider of members, which are providers that jwt.New, oauth2.New or New has made. The issuer of a token chooses
// the member, which then decides as it does alone: its refusal is final. A token of an issuer that no member has is left to other
// providers of the chain. Two members may have the same issuer if their tokens have different types, as a Microkubes JWT and an
// access token have.
//
// These are errors of [core.NewSecurityChain]: no member, a member that another package has made, an error of a member, a member
// with AnyIssuer, two members that own the same tokens, and members with different Sources. The members share one cache, as
// large as all of theirs would be; a member whose CacheSize is negative does not use it.
func New(members ...core.Authenticator) core.Authenticator { return token.NewRouter(name, members...) }
