package require

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/bearer"
	"github.com/microkubes/microkubes-go/core/internal/claims"
	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// SignIn says how and when the user must have signed in, for [StepUp]. A SignIn needs ACR, MaxAge or both.
type SignIn struct {
	// ACR lists the accepted authentication context classes, in order of preference. The claim "acr" must be one of them.
	// Classes have no order: list the stronger ones, too. Comparison is case-sensitive. Empty: any class.
	ACR []string
	// MaxAge is the longest time since the user signed in, which the claim "auth_time" has, in whole seconds. Zero: any time.
	MaxAge time.Duration
	// Now is the clock. Nil: [time.Now].
	Now func() time.Time
}

// future is how far "auth_time" may be ahead of the clock, since the clocks of issuer and service differ.
const future = time.Minute

// StepUp returns a requirement for users who have signed in as s says (RFC 9470). It reads the claims "acr" and "auth_time" of
// the token (RFC 9068, section 2.2.1) at every request. The time at which the token was issued does not count, because a
// refreshed token is newer than the sign-in.
//
// Without an Auth it refuses with 401 and a challenge without an error code. It refuses an Auth that does not meet s, or whose
// token lacks a claim that s needs, with 401 and a challenge with error="insufficient_user_authentication" and the parameters
// acr_values and max_age (RFC 9470, section 3). The client then sends the user to the authorization server with these parameters.
// An "auth_time" that is more than a minute ahead of the clock refuses, too.
//
// The authorization server must write the claims into its access tokens. If it does not, every sign-in ends in another challenge.
// Put StepUp behind the other requirements of a route: otherwise a user signs in again and is refused after that.
func StepUp(s SignIn) core.Provider {
	s.ACR = slices.Clone(s.ACR)
	if s.Now == nil {
		s.Now = time.Now
	}
	if err := s.check(); err != nil {
		return &rule{"require_step_up", s.met, err, err} // a class that is not a word would break the challenge
	}
	return &rule{"require_step_up", s.met, bearer.StepUp(s.ACR, int64(s.MaxAge/time.Second)), nil}
}

// check returns an error if s is not complete or cannot be said in a challenge.
func (s *SignIn) check() error {
	switch {
	case len(s.ACR) == 0 && s.MaxAge == 0:
		return errors.New("SignIn is empty: set ACR, MaxAge or both")
	case s.MaxAge < 0 || s.MaxAge%time.Second != 0:
		return fmt.Errorf("SignIn.MaxAge is %v: it must be a positive number of whole seconds", s.MaxAge)
	}
	for _, class := range s.ACR {
		if !bearer.IsWord(class) {
			return fmt.Errorf("SignIn.ACR has %q: a class is one word without quotes", class)
		}
	}
	return nil
}

// met reports whether the sign-in behind auth is as s says.
func (s *SignIn) met(auth *core.Auth) bool {
	if len(s.ACR) > 0 {
		class, ok := strictjson.String(raw(auth, "acr"))
		if !ok || !slices.Contains(s.ACR, class) {
			return false
		}
	}
	if s.MaxAge == 0 {
		return true
	}
	signedIn, ok := claims.NumericDate(raw(auth, "auth_time"))
	if !ok {
		return false
	}
	age := s.Now().Sub(signedIn)
	return -future <= age && age <= s.MaxAge
}
