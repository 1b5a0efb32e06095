package conformance

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

var (
	namedToken = regexp.MustCompile(`(role:ann:admin)|(?:user|role):[a-z0-9]+(?::[a-zA-Z+-]+)?`)
	splitToken = regexp.MustCompile(`user:a([^a-z0-9]+)nn`)
	badToken   = regexp.MustCompile(`(?i)(bearer )(bad(?:-[0-9]+)?|foreign)$`)
)

// real returns a token of a kind.
func (s *stranger) real(kind string) string { return s.tokens[kind] }

// label returns what stands for a token of a kind in reports.
func (*stranger) label(kind string) string { return "<" + kind + " token>" }

// outgoing implements deployment.
func (s *stranger) outgoing(q request) request { return s.render(q, s.real) }

// translate returns the request of a step for this service. It reports whether the step can be sent there: its target has a
// counterpart, and its outcome is not left to the server.
func (s *stranger) translate(st step, token func(kind string) string) (request, bool) {
	q := st.send
	target, ok := s.target(q.target)
	authorized := slices.ContainsFunc(q.headers, func(h string) bool {
		return strings.HasPrefix(h, "Authorization: Bearer user:ann")
	})
	open := s.Public != "" && strings.HasPrefix(target, s.prefix+s.Public) && !strings.Contains(q.target, "/admin/secret")
	reads := q.method == http.MethodGet || q.method == http.MethodHead
	switch {
	case !ok, st.want.server && authorized, open && !reads && !strings.HasPrefix(q.target, "/x"):
		return q, false
	case q.method == http.MethodOptions && !authorized, authorized && !reads:
		return q, false
	case slices.Contains(q.headers, bearer("foreign")) && s.tokens["foreign"] == "":
		return q, false
	}
	return s.render(q, token), true
}

// render returns a request of the suite with the service's paths and with tokens.
func (s *stranger) render(q request, token func(kind string) string) request {
	if target, ok := s.target(q.target); ok {
		q.target = target
	}
	q.target, q.host = s.inText(q.target, token), s.host
	q.headers = slices.Clone(q.headers)
	for i, h := range q.headers {
		if q.token != "" && strings.HasPrefix(h, "Authorization: ") {
			if token("good") != s.tokens["good"] {
				q.headers[i] = fmt.Sprintf("Authorization: Bearer <token: %s>", q.token)
			}
			continue
		}
		if name, value, found := strings.Cut(h, ": "); found && strings.HasPrefix(name, "X-") {
			if path, ok := s.target(value); ok {
				h = name + ": " + path
			}
		}
		q.headers[i] = s.inText(h, token)
	}
	return q
}

// inText replaces the names of tokens in a field or a target.
func (s *stranger) inText(text string, token func(kind string) string) string {
	text = splitToken.ReplaceAllStringFunc(text, func(name string) string {
		good, between := token("good"), splitToken.FindStringSubmatch(name)[1]
		return good[:len(good)/2] + between + good[len(good)/2:]
	})
	text = badToken.ReplaceAllStringFunc(text, func(name string) string {
		if strings.HasSuffix(name, "foreign") {
			return name[:len("Bearer ")] + token("foreign")
		}
		return name[:len("Bearer ")] + token("forged")
	})
	return namedToken.ReplaceAllStringFunc(text, func(name string) string {
		if name == "role:ann:admin" && s.tokens["granted"] != "" {
			return token("granted")
		}
		return token("good")
	})
}

// target returns the counterpart of a target of the suite, and whether there is one.
func (s *stranger) target(of string) (string, bool) {
	if rest, ok := strings.CutPrefix(of, "http://suite.test"); ok {
		path, ok := s.target(rest)
		return s.scheme + "://" + s.host + path, ok
	}
	path, query, asks := strings.Cut(of, "?")
	if asks {
		query = "?" + query
	}
	secret, escaped := s.Protected, escapeFirst(s.Protected)
	counterparts := map[string]string{
		"/x": s.at, "/admin/secret": secret, "/admin/secret/": slashed(secret), "//admin/secret": "/" + secret,
		"/ADMIN/secret": changed(strings.ToUpper(secret), secret), "/%61dmin/secret": changed(escaped, secret),
		"/admin/secret;x": secret + ";x", "/admin%2Fsecret": joined(secret),
	}
	if s.Public != "" {
		for _, name := range []string{"/open", "/public/x", "/exact"} {
			counterparts[name] = s.Public
		}
		for _, up := range []string{"..", "%2e%2e", ".%2E"} {
			counterparts["/public/"+up+"/admin/secret"] = s.climb("/"+up) + secret
		}
	}
	to, ok := counterparts[path]
	if !ok || to == "" {
		return "", false
	}
	return s.prefix + to + query, true
}

// climb returns the public path with as many steps up as it has segments.
func (s *stranger) climb(up string) string {
	public := strings.TrimSuffix(s.Public, "/")
	return public + strings.Repeat(up, strings.Count(public, "/"))
}

// changed returns a text, or an empty one if it is the old one: then there is nothing to try.
func changed(text, old string) string {
	if text == old {
		return ""
	}
	return text
}

// joined escapes the last slash between two segments of a path. It returns an empty text if there is none.
func joined(path string) string {
	at := strings.LastIndexByte(strings.TrimSuffix(path, "/"), '/')
	if at <= 0 {
		return ""
	}
	return path[:at] + "%2F" + path[at+1:]
}

func slashed(path string) string {
	if strings.HasSuffix(path, "/") {
		return ""
	}
	return path + "/"
}

// escapeFirst escapes the first byte of the first segment of a path, which does not change what the path means.
func escapeFirst(path string) string {
	if len(path) < 2 || path[1] == '%' {
		return path
	}
	return fmt.Sprintf("/%%%02X%s", path[1], path[2:])
}

// ranFor, rounds and inspect implement deployment: nothing is known about the handlers of this service.
func (*stranger) ranFor(*answer) []string    { return nil }
func (*stranger) rounds() int                { return 1 }
func (*stranger) inspect(func() error) error { return nil }
