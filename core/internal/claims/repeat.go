package claims

import (
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// Repeat describes a top-level claim that repeats the value of another one. The issuer writes a claim for each of several scopes,
// named Prefix+id+Suffix, and repeats in Claim the one of the scope that the client belongs to, without its id. Zitadel does this
// with the roles in projects. The zero Repeat describes no claim.
type Repeat struct {
	Claim          string
	Prefix, Suffix string
	IDs            []string // the scopes of this service
}

// repeatsForeign reports whether a payload has the same value in the claim of a scope that is not of this service. Then the lists
// in Repeat.Claim are those of that scope. The payload was scanned before.
func (p *Repeat) repeatsForeign(payload, value string) (foreign bool) {
	_ = strictjson.Object(payload, func(name, other string) error {
		id, hasPrefix := strings.CutPrefix(name, p.Prefix)
		id, hasSuffix := strings.CutSuffix(id, p.Suffix)
		if hasPrefix && hasSuffix && other == value && !slices.Contains(p.IDs, id) {
			foreign = true
		}
		return nil
	})
	return foreign
}

// readRepeat reads the value of Repeat.Claim, without its lists if they are those of a scope that is not of this service. It
// reports whether the claim is acceptable.
func (r *Reader) readRepeat(c *Claims, payload, value string) bool {
	for _, m := range r.top {
		if m.name != r.repeat.Claim {
			continue
		}
		if r.repeat.repeatsForeign(payload, value) {
			m.lists = nil
		}
		return c.readMember(&m, value)
	}
	return true
}
