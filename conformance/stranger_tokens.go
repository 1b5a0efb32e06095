package conformance

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/microkubes/microkubes-go/core/coretest"
)

// mint makes the tokens that take the place of those of the suite.
func (s *stranger) mint() {
	s.tokens = map[string]string{"good": s.Token, "granted": "", "foreign": "", "forged": forge(s.Token)}
	if s.Issuer == nil {
		return
	}
	sign := func(changes coretest.Claims) string {
		claims := s.claims()
		maps.Copy(claims, changes)
		return s.Issuer.Sign(s.header(), claims)
	}
	s.tokens["good"] = s.Issuer.Sign(s.header(), s.claims())
	s.tokens["granted"] = sign(s.Grant)
	s.tokens["foreign"] = sign(coretest.Claims{"iss": "https://another-issuer.test"})
	s.tokens["forged"] = forge(s.tokens["good"])
}

func (s *stranger) header() map[string]any {
	return map[string]any{"alg": s.algorithm(), "typ": "JWT", "kid": s.Issuer.KeyID}
}

// algorithm returns the name of the algorithm that the issuer signs with.
func (s *stranger) algorithm() string {
	header, _, _ := strings.Cut(s.Issuer.Microkubes(nil), ".")
	return member(header, "alg")
}

func (s *stranger) clock() time.Time {
	if s.Issuer.Clock != nil {
		return s.Issuer.Clock()
	}
	return time.Now()
}

// claims returns the claims of a good token.
func (s *stranger) claims() coretest.Claims {
	now := s.clock()
	claims := coretest.Claims{"iss": s.Issuer.Name, "sub": "ann", "iat": now.Unix(), "nbf": now.Unix(),
		"exp": now.Add(time.Hour).Unix()}
	maps.Copy(claims, s.Claims)
	return claims
}

// member returns a text of a JSON object in base64url.
func member(segment, name string) string {
	text, _ := base64.RawURLEncoding.DecodeString(segment)
	var object map[string]any
	_ = json.Unmarshal(text, &object)
	value, _ := object[name].(string)
	return value
}

// forge returns a token with another user and the old signature, or an altered text if token is not a JWT.
func forge(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return token + "x"
	}
	text, _ := base64.RawURLEncoding.DecodeString(parts[1])
	claims := coretest.Claims{}
	_ = json.Unmarshal(text, &claims)
	claims["sub"] = "eve"
	return coretest.Forge(token, claims)
}

// signedAttacks is the reason why some tokens are not tried on a service whose key is not ours.
const signedAttacks = "expired tokens, those of another issuer and all others that need a good signature: " +
	"have the service trust an issuer of the suite"

// hostile implements deployment.
func (s *stranger) hostile() (string, iter.Seq2[string, string]) {
	all := unsignedAttacks(s.tokens["good"])
	if s.Issuer != nil {
		all = append(slices.Collect(pairs(s.Issuer.HostileTo(s.header(), s.claims()))), forgeries(s.tokens["good"])...)
		all = append(all, [2]string{"expired long ago", s.expired()})
	} else {
		s.found.NotTried = append(s.found.NotTried, Untried{s.now.Name, signedAttacks})
	}
	return s.tokens["good"], func(yield func(name, token string) bool) {
		for _, h := range all {
			if !yield(h[0], h[1]) {
				return
			}
		}
	}
}

// pairs joins the two values of a sequence.
func pairs(all iter.Seq2[string, string]) iter.Seq[[2]string] {
	return func(yield func([2]string) bool) {
		for name, token := range all {
			if !yield([2]string{name, token}) {
				return
			}
		}
	}
}

// expired returns a token that no difference between clocks explains.
func (s *stranger) expired() string {
	claims, now := s.claims(), s.clock()
	claims["exp"] = now.Add(-30 * time.Minute).Unix()
	claims["iat"] = now.Add(-2 * time.Hour).Unix()
	claims["nbf"] = claims["iat"]
	return s.Issuer.Sign(s.header(), claims)
}

// forgeries returns bad tokens that anybody can make of a good one, and that [coretest.Issuer.HostileTo] does not have.
func forgeries(good string) [][2]string {
	parts := strings.Split(good, ".")
	if len(parts) != 3 {
		return nil
	}
	mac := func(kid string) string {
		header, _ := json.Marshal(map[string]string{"alg": "HS256", "typ": "JWT", "kid": kid})
		signed := base64.RawURLEncoding.EncodeToString(header) + "." + parts[1]
		hash := hmac.New(sha256.New, nil)
		_, _ = hash.Write([]byte(signed))
		return signed + "." + base64.RawURLEncoding.EncodeToString(hash.Sum(nil))
	}
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	another := slices.Clone(signature)
	for i := range another {
		another[i] ^= 1
	}
	encode := base64.RawURLEncoding.EncodeToString
	return [][2]string{
		{"another signature", parts[0] + "." + parts[1] + "." + encode(another)},
		{"a signature of zeros", parts[0] + "." + parts[1] + "." + encode(make([]byte, len(signature)))},
		{"an empty secret", mac(member(parts[0], "kid"))},
		{"kid of an empty file", mac("../../../../../../dev/null")},
	}
}

// unsignedAttacks returns the bad tokens that can be made of a good one without its key.
func unsignedAttacks(good string) [][2]string {
	all := append(forgeries(good), [][2]string{{"not a token", "garbage"}, {"only dots", ".."}, {"altered", forge(good)}}...)
	parts := strings.Split(good, ".")
	if len(parts) != 3 {
		return all
	}
	none := func(alg string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"`+alg+`","typ":"JWT"}`)) + "." + parts[1] + "."
	}
	all = append(all, [2]string{"alg none", none("none")}, [2]string{"alg None", none("None")},
		[2]string{"alg none with another signature", none("none") + parts[2]},
		[2]string{"no signature", parts[0] + "." + parts[1] + "."},
		[2]string{"padded", good + "="}, [2]string{"four segments", good + ".x"},
		[2]string{"two segments", parts[0] + "." + parts[1]}, [2]string{"too long", good + strings.Repeat("A", 8192)})
	text, _ := base64.RawURLEncoding.DecodeString(parts[1])
	claims := coretest.Claims{}
	if json.Unmarshal(text, &claims) == nil && signs(member(parts[0], "alg")) {
		impostor := coretest.NewIssuerFor("impostor", member(parts[0], "alg"))
		header := map[string]any{"alg": member(parts[0], "alg"), "typ": "JWT", "kid": member(parts[0], "kid")}
		all = append(all, [2]string{"signed by an impostor", impostor.Sign(header, claims)})
	}
	return all
}

func signs(algorithm string) bool {
	return algorithm == "EdDSA" || regexp.MustCompile(`^(RS|PS|ES)(256|384|512)$`).MatchString(algorithm)
}

var jwtText = regexp.MustCompile(`[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.?[A-Za-z0-9_.=-]*`)

// scrub takes tokens, and parts of them, out of a text.
func (s *stranger) scrub(text string) string {
	for kind, token := range s.tokens {
		if token != "" {
			text = strings.ReplaceAll(text, token, "<"+kind+" token>")
		}
	}
	text = jwtText.ReplaceAllString(text, "<token>")
	for _, token := range s.tokens {
		if token = withoutHeader(token); repeats(text, token) {
			return "<a text that holds a part of a token>"
		}
	}
	return text
}

// plain returns a text that a service may have chosen as one that can be printed: without tokens, and with escapes in the place
// of what a terminal obeys or hides.
func (s *stranger) plain(text string) string {
	var b strings.Builder
	for _, r := range s.scrub(text) {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// withoutHeader leaves out the first segment of a JWT, which is not secret.
func withoutHeader(token string) string {
	if strings.Count(token, ".") == 2 {
		_, token, _ = strings.Cut(token, ".")
	}
	return token
}

// describe returns the status and the challenges of an answer.
func (s *stranger) describe(a *answer) string {
	text := fmt.Sprint(a.status)
	for _, challenge := range a.header.Values("WWW-Authenticate") {
		text += ", WWW-Authenticate: " + s.plain(clip(challenge))
	}
	if to := a.header.Get("Location"); to != "" {
		text += ", Location: " + s.plain(clip(to))
	}
	return text
}
