package conformance

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// verdict is what an answer of a service means. The zero value means that the answer is right.
type verdict struct {
	severity Severity
	problem  string
}

// judge compares the status and the challenge of an answer with what a step wants. Statuses count by what they mean: every 4xx
// is a refusal, and the exact one is a matter of the protocol.
func judge(s step, got *answer) verdict {
	served := got.status/100 == 2 || got.status == http.StatusNotModified || got.status == http.StatusSwitchingProtocols
	switch {
	case s.want.user != "":
		return judgeService(s, got, served)
	case served && s.want.choice != "":
		return verdict{Choice, "it is served: " + s.want.choice}
	case served:
		return judgeAdmission(s)
	case s.want.server: // the server may refuse it in any way
		return verdict{}
	}
	return judgeRefusal(s, got)
}

// judgeService judges the answer to a request that should be served.
func judgeService(s step, got *answer, served bool) verdict {
	switch {
	case served:
		return verdict{}
	case got.status == http.StatusUnauthorized || got.status == http.StatusForbidden || len(s.send.headers) <= 1 && isGet(s):
		return verdict{Refuses, "it is not served, but should be"}
	}
	return verdict{Choice, "it is not served, for a reason other than the token"}
}

func isGet(s step) bool { return s.send.method == http.MethodGet }

var (
	goodToken  = regexp.MustCompile(`(?:user|role):[a-z0-9]+`)
	fieldOfURL = regexp.MustCompile(`[?&][a-z_]+=user:`)
)

// judgeAdmission judges that a request was served that should be refused.
func judgeAdmission(s step) verdict {
	authorizations, elsewhere := 0, ""
	for _, line := range s.send.headers {
		name, value, _ := strings.Cut(line, ":")
		switch has := goodToken.MatchString(value); {
		case name == "Authorization":
			authorizations++
		case name == "Cookie" && has:
			elsewhere = "a cookie"
		}
	}
	if fieldOfURL.MatchString(s.send.target) {
		elsewhere = "the query (RFC 9700, section 4.3.2, advises against it)"
	}
	switch {
	case elsewhere != "":
		return verdict{Choice, "a good token is accepted in " + elsewhere}
	case s.want.status == 400 && authorizations == 1 && goodToken.MatchString(strings.Join(s.send.headers, "\n")):
		return verdict{Choice, "a good token is accepted in an unusual form"}
	case s.send.method == http.MethodOptions:
		return verdict{Choice, "OPTIONS is answered without a token, as for CORS"}
	}
	return verdict{LetsIn, "it is served, but should be refused"}
}

// judgeRefusal judges the status and the challenge of a refusal.
func judgeRefusal(s step, got *answer) verdict {
	want := s.want.status
	if v := judgeStatus(s, got.status); v != (verdict{}) {
		return v
	}
	if got.status != http.StatusUnauthorized && (got.status != http.StatusForbidden || want != http.StatusForbidden) {
		return verdict{}
	}
	challenges := strings.Join(got.header.Values("WWW-Authenticate"), ", ")
	hasError, wantError := strings.Contains(challenges, "error="), strings.Contains(s.want.challenge, "error=")
	switch {
	case challenges == "" && got.status == http.StatusUnauthorized:
		return verdict{Misleads, "the 401 has no WWW-Authenticate, which it must have (RFC 9110, section 15.5.2): " +
			"clients do not learn how to log in"}
	case challenges == "":
		return verdict{Misleads, "the 403 has no WWW-Authenticate, which it must have (RFC 6750, section 3): " +
			"clients do not learn what the token lacks"}
	case !slices.ContainsFunc(strings.Split(challenges, ","), isBearer):
		return verdict{Misleads, "no challenge names the scheme Bearer (RFC 6750, section 3)"}
	case wantError && !hasError:
		return verdict{Choice, "the challenge has no error code, which it should have (RFC 6750, section 3)"}
	case !wantError && hasError:
		return verdict{Choice, "the challenge has an error code although no token was sent (RFC 6750, section 3.1)"}
	}
	return verdict{}
}

func isBearer(challenge string) bool {
	scheme, _, _ := strings.Cut(strings.TrimSpace(challenge), " ")
	return strings.EqualFold(scheme, "Bearer")
}

// judgeStatus judges the status of a refusal. It returns a zero verdict if the status is right, or another one as good.
func judgeStatus(s step, got int) verdict {
	want := s.want.status
	switch {
	case got == want, got == http.StatusExpectationFailed: // a server may refuse Expect (RFC 9110, section 10.1.1)
		return verdict{}
	case got/100 == 3:
		return verdict{Misleads, "the refusal is a redirect: a program that follows it takes the login page for the answer"}
	case got/100 == 5 && got != http.StatusNotImplemented:
		return verdict{Misleads, "the refusal is a 5xx: clients send the request again, and alarms go off"}
	case !isGet(s) && slices.Contains([]int{404, 405, 501, 400}, got):
		return verdict{}
	case got == http.StatusNotFound:
		return verdict{Choice, "the refusal is a 404, which hides that the path exists (RFC 9110, section 15.5.4)"}
	case want == http.StatusBadRequest:
		return verdict{Choice, "the refusal of a malformed request is not a 400 (RFC 6750, section 3.1)"}
	case want == http.StatusUnauthorized && got == http.StatusForbidden:
		return verdict{Misleads, "the status is 403, not 401: a client does not learn that a token, or a new one, would help"}
	case want == http.StatusForbidden && got == http.StatusUnauthorized:
		return verdict{Misleads, "the status is 401, not 403: clients throw away a good token, and a new one does not help"}
	case want == http.StatusUnauthorized:
		return verdict{Misleads, "the status is a 4xx other than 401: a client takes its request for wrong, not its token"}
	}
	return verdict{Choice, "the status of the refusal is another one"}
}
