package claims

import (
	"slices"
	"time"
)

// Rules are the conditions on claims that are the same for every dialect.
type Rules struct {
	Issuers     []string
	AnyIssuer   bool
	Audiences   []string // a token needs one of them (RFC 7519, section 4.1.3)
	AnyAudience bool
	Leeway      time.Duration
}

// Check returns an error for the first rule that the claims violate, or else the time in which they are valid. r must be the
// Reader that read the claims. The error is a *core.Error.
func (rules *Rules) Check(r *Reader, c *Claims, now time.Time) (valid Validity, err error) {
	if !rules.AnyIssuer && !slices.Contains(rules.Issuers, c.issuer) {
		return valid, ErrIssuer
	}
	if err := r.checkConditions(c); err != nil { // early, since a token of another kind has another audience, too
		return valid, err
	}
	switch {
	case !rules.AnyAudience && !slices.ContainsFunc(c.audiences, rules.isAudience):
		return valid, errAudience
	case c.expires.IsZero():
		return valid, missing("exp")
	}
	valid = rules.validity(c)
	if err := valid.Check(now); err != nil {
		return valid, err
	}
	switch {
	case c.bound:
		return valid, errBound
	case r.namesNobody(c):
		return valid, missing("sub")
	}
	return valid, r.checkRequired(c)
}

func (rules *Rules) isAudience(name string) bool { return slices.Contains(rules.Audiences, name) }

// Validity is the time in which an identity is valid, including the leeway.
type Validity struct {
	from time.Time
	to   time.Time // exclusive
}

func (rules *Rules) validity(c *Claims) (v Validity) {
	v.to = c.expires.Add(rules.Leeway)
	if !c.notBefore.IsZero() {
		v.from = c.notBefore.Add(-rules.Leeway)
	}
	return v
}

// Until returns v limited to the time before end. The zero time sets no limit.
func (v Validity) Until(end time.Time) Validity {
	if !end.IsZero() && end.Before(v.to) {
		v.to = end
	}
	return v
}

// End returns the first instant at which the identity is not valid any more.
func (v *Validity) End() time.Time { return v.to }

// Check returns the refusal for a token if now is outside its validity.
func (v *Validity) Check(now time.Time) error {
	switch {
	case !now.Before(v.to):
		return errExpired
	case now.Before(v.from):
		return errNotYetValid
	}
	return nil
}
