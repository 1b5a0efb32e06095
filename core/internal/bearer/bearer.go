// Package bearer has what package core and the requirements of package require share of the Bearer challenge.
package bearer

// IsWord reports whether s can be one of the words of a parameter that lists words: a scope-token (RFC 6749, section 3.3).
func IsWord(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x21 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return s != ""
}

// StepUp returns a refusal, a *core.Error, with the challenge insufficient_user_authentication (RFC 9470, section 3). The values
// of acr are words. An empty list, and a maxAge of zero seconds, have no parameter in the challenge. Package core sets the
// function, because the challenge has the realm of the chain.
var StepUp func(acr []string, maxAge int64) error
