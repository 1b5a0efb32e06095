package access

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// invalidCredential is the message of Kong 2 for a credential that it does not know.
const invalidCredential = "Invalid authentication credentials"

// keyAuth finds an API key in a header or in the query.
func (x *run) keyAuth() *Refusal {
	refuse := func(message string) *Refusal {
		refusal := &Refusal{Status: http.StatusUnauthorized, Message: message}
		if x.v3 {
			refusal.Challenge = x.challenge("Key")
		}
		return refusal
	}
	invalid := refuse("Unauthorized")
	if !x.v3 {
		invalid.Message = invalidCredential
	}
	for _, name := range x.list("key_names") {
		var values []string
		if x.flag("key_in_header") {
			values = x.r.Header.Values(name)
		}
		if len(values) == 0 && x.flag("key_in_query") {
			values = x.r.URL.Query()[name]
		}
		if len(values) == 0 {
			continue
		}
		if len(values) > 1 {
			return refuse("Duplicate API key found")
		}
		if x.flag("hide_credentials") {
			x.r.Header.Del(name)
			x.removeParameter(name)
		}
		if values[0] == "" {
			break
		}
		for i := range x.consumers {
			if c := &x.consumers[i]; slices.Contains(c.Keys, values[0]) {
				x.set(c, x.keyIDs[values[0]])
				return nil
			}
		}
		return invalid
	}
	if !x.v3 {
		x.answer.Set("WWW-Authenticate", `Key realm="kong"`) // also if the request passes as anonymous
	}
	return refuse("No API key found in request")
}

// removeParameter removes a parameter from the query.
func (x *run) removeParameter(name string) {
	var rest []string
	for pair := range strings.SplitSeq(x.r.URL.RawQuery, "&") {
		key, _, _ := strings.Cut(pair, "=")
		if key, err := url.QueryUnescape(key); err == nil && key == name {
			continue
		}
		rest = append(rest, pair)
	}
	u := *x.r.URL
	u.RawQuery = strings.Join(rest, "&")
	x.r.URL = &u
}

var basicScheme = regexp.MustCompile(`\s*[Bb]asic\s*(.+)`)

// basicAuth finds a user name and a password in Proxy-Authorization, or else in Authorization.
func (x *run) basicAuth() *Refusal {
	message, challenge := invalidCredential, ""
	if x.v3 {
		message, challenge = "Unauthorized", `Basic realm="`+x.text("realm")+`"`
	}
	if x.r.Header.Get("Authorization") == "" && x.r.Header.Get("Proxy-Authorization") == "" {
		if !x.v3 {
			challenge = `Basic realm="kong"`
		}
		return &Refusal{Status: http.StatusUnauthorized, Message: "Unauthorized", Challenge: challenge}
	}
	for _, name := range []string{"Proxy-Authorization", "Authorization"} {
		user, password := x.basicCredential(name)
		for i := range x.consumers {
			c := &x.consumers[i]
			if want, known := c.Passwords[user]; known && want == password {
				x.set(c, user)
				if !x.v3 {
					x.r.Header.Set("X-Credential-Username", user)
				}
				return nil
			}
		}
	}
	return &Refusal{Status: http.StatusUnauthorized, Message: message, Challenge: challenge}
}

func (x *run) basicCredential(header string) (user, password string) {
	match := basicScheme.FindStringSubmatch(x.r.Header.Get(header))
	if x.flag("hide_credentials") {
		x.r.Header.Del(header)
	}
	if match == nil {
		return "", ""
	}
	text, err := base64.StdEncoding.DecodeString(match[1])
	if err != nil {
		return "", ""
	}
	user, password, _ = strings.Cut(string(text), ":")
	return user, password
}

// oauth2 finds an access token in a header, or in the query if there is no such header.
func (x *run) oauth2() *Refusal {
	challenge := x.challenge("Bearer")
	if !x.v3 {
		challenge = `Bearer realm="service"`
	}
	refuse := func(code, message, challenge string) *Refusal {
		return &Refusal{Status: http.StatusUnauthorized, Message: message, Challenge: challenge,
			JSON: map[string]any{"error": code, "error_description": message}}
	}
	token := x.accessToken()
	if token == "" {
		return refuse("invalid_request", "The access token is missing", challenge)
	}
	for i := range x.consumers {
		if client, known := x.consumers[i].Tokens[token]; known {
			x.set(&x.consumers[i], client)
			x.r.Header.Del("X-Authenticated-Userid") // the tokens have neither a user nor scopes
			x.r.Header.Del("X-Authenticated-Scope")
			return nil
		}
	}
	const unknown = "The access token is invalid or has expired"
	return refuse("invalid_token", unknown, challenge+` error="invalid_token" error_description="`+unknown+`"`)
}

// accessToken returns the access token, or "". It removes the token from the request if the configuration says so.
func (x *run) accessToken() string {
	name := x.text("auth_header_name")
	if name == "" {
		name = "Authorization"
	}
	hide := x.flag("hide_credentials")
	if value := x.r.Header.Get(name); value != "" {
		words := strings.Fields(value)
		if len(words) != 2 || !strings.EqualFold(words[0], "bearer") && !strings.EqualFold(words[0], "token") {
			return value
		}
		if hide {
			x.r.Header.Del(name)
		}
		return words[1]
	}
	values := x.r.URL.Query()["access_token"]
	if len(values) != 1 {
		return ""
	}
	if hide {
		x.removeParameter("access_token")
	}
	return values[0]
}
