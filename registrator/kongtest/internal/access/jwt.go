package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// jwt finds a token, and the credential by a claim of the token. It verifies HS256 only.
func (x *run) jwt() *Refusal {
	refuse := func(message string) *Refusal {
		refusal := &Refusal{Status: http.StatusUnauthorized, Message: message, JSON: map[string]any{"message": message}}
		if x.v3 {
			refusal.Challenge = x.challenge("Bearer") + ` error="invalid_token"`
		}
		return refusal
	}
	tokens := x.tokens()
	switch {
	case len(tokens) == 0:
		refusal := refuse("Unauthorized")
		refusal.Challenge = strings.TrimSuffix(refusal.Challenge, ` error="invalid_token"`)
		return refusal
	case len(tokens) > 1:
		return refuse("Multiple tokens provided")
	}
	header, claims, ok := parseToken(tokens[0])
	if !ok {
		return refuse("Bad token; invalid JSON")
	}
	if alg, _ := header["alg"].(string); !algorithms.MatchString(alg) {
		return refuse("Bad token; invalid alg")
	}
	name := x.text("key_claim_name")
	value := claims[name]
	if value == nil || value == false {
		value = header[name]
	}
	key, _ := value.(string)
	if key == "" {
		return refuse("No mandatory '" + name + "' in claims")
	}
	for i := range x.consumers {
		c := &x.consumers[i]
		secret, known := c.Secrets[key]
		switch {
		case !known:
			continue
		case header["alg"] != "HS256":
			return refuse("Invalid algorithm")
		case !signed(tokens[0], secret):
			return refuse("Invalid signature")
		case !x.isValidNow(claims):
			return refuse("token expired")
		}
		x.set(c, key)
		return nil
	}
	return refuse("No credentials found for given '" + name + "'")
}

var algorithms = regexp.MustCompile(`^([HRPE]S(256|384|512)|EdDSA)$`)

var bearerScheme = regexp.MustCompile(`\s*[Bb]earer\s+(.+)`)

// tokens returns the tokens of a request without repetitions. Kong 2 takes the first place that has one, and ignores the others.
func (x *run) tokens() []string {
	var found []string
	query := x.r.URL.Query()
	for _, name := range x.list("uri_param_names") {
		found = append(found, query[name]...)
		if !x.v3 && len(query[name]) > 0 {
			return found
		}
	}
	for _, name := range x.list("cookie_names") {
		for _, cookie := range x.r.Cookies() {
			if strings.EqualFold(cookie.Name, name) { // the variables of nginx have no case
				found = append(found, cookie.Value)
				break
			}
		}
	}
	for _, name := range x.list("header_names") {
		if match := bearerScheme.FindStringSubmatch(x.r.Header.Get(name)); match != nil {
			found = append(found, match[1])
		}
	}
	found = slices.DeleteFunc(found, func(token string) bool { return token == "" })
	if !x.v3 && len(found) > 1 {
		return found[:1]
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func parseToken(token string) (header, claims map[string]any, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, nil, false
	}
	for i, into := range []*map[string]any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[i], "="))
		if err != nil || json.Unmarshal(text, into) != nil {
			return nil, nil, false
		}
	}
	return header, claims, true
}

func signed(token, secret string) bool {
	at := strings.LastIndexByte(token, '.')
	signature, err := base64.RawURLEncoding.DecodeString(token[at+1:])
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte(token[:at]))
	return err == nil && hmac.Equal(signature, mac.Sum(nil))
}

// isValidNow checks the times that the configuration names. By default Kong checks none.
func (x *run) isValidNow(claims map[string]any) bool {
	now := float64(time.Now().Unix())
	for _, name := range x.list("claims_to_verify") {
		at, ok := claims[name].(float64)
		if !ok || name == "exp" && at <= now || name == "nbf" && at > now {
			return false
		}
	}
	return true
}
