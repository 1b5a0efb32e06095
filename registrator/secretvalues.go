package registrator

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// scrubber returns a scrubber for the secrets of a call: those of its description and those of the client.
func (c *client) scrubber(k *call) *scrubber {
	s := k.service.scrubber()
	s.add(k.token, true)
	s.user(c.user)
	s.query(c.query)
	s.describe(c.base.Host, c.base.Hostname(), c.base.Path)
	return s
}

func newScrubber() *scrubber {
	return &scrubber{short: map[string]bool{}, guarded: map[string]bool{}, names: map[string]bool{}}
}

// scrubber returns a scrubber for the secrets of a description, which also has the texts that are not secret.
func (s Service) scrubber() *scrubber {
	all := newScrubber()
	for _, p := range s.Plugins {
		config, _ := jsonValue(p.Config) // validate has checked the error
		all.config(config, false)
		all.describe(p.Name)
	}
	all.describe(s.Name, s.Owner, s.Host, s.Instance)
	for _, texts := range [][]string{s.Paths, s.Hosts, s.Methods, s.Tags} {
		all.describe(texts...)
	}
	for name, values := range s.Headers {
		all.describe(name)
		all.describe(values...)
	}
	return all
}

func (s *scrubber) describe(texts ...string) {
	for _, text := range texts {
		if text != "" {
			s.described = append(s.described, text)
		}
	}
}

// secretName matches the end of the name of a field whose value is a secret even if it is an ordinary word.
var secretName = regexp.MustCompile(`(?i)(pass|passwd|password|passphrase|passcode|pwd|pin|otp|secret|token|key|credential|` +
	`auth|authorization|cookie|private|cert|certificate|salt|seed|signature|value)s?$`)

// config adds the values of a configuration. A field inside one with the name of a secret is guarded, too.
func (s *scrubber) config(value any, guarded bool) {
	switch v := value.(type) {
	case string:
		s.value(v, guarded)
	case json.Number:
		s.number(v, guarded)
	case []any:
		for _, item := range v {
			s.config(item, guarded)
		}
	case map[string]any:
		for name, item := range v {
			for part := range strings.FieldsFuncSeq(strings.ToLower(name), isSeparator) {
				s.names[part] = true
			}
			s.config(item, guarded || secretName.MatchString(name))
		}
	}
}

// number adds a number, as it is sent and as Kong writes it.
func (s *scrubber) number(n json.Number, guarded bool) {
	s.add(n.String(), guarded)
	if f, err := n.Float64(); err == nil {
		s.add(strconv.FormatFloat(f, 'f', -1, 64), guarded)
		s.add(strconv.FormatFloat(f, 'g', 14, 64), guarded)
	}
}

var (
	headerLine = regexp.MustCompile("^([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*(.+)$")
	authScheme = regexp.MustCompile(`(?i)^(basic|bearer|digest|token|apikey)[ \t]+(\S+)$`)
)

// value adds a text and the secrets in it, which a server may repeat separately: lines, the parts of a URL, the value of "Name:
// value", and what follows the scheme of an Authorization.
func (s *scrubber) value(text string, guarded bool) {
	s.add(text, guarded)
	if strings.ContainsAny(text, "\r\n") {
		for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\r' || r == '\n' }) {
			s.value(line, guarded)
		}
		return
	}
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		s.user(u.User)
		s.query(u.Query())
		s.add(u.Fragment, true)
		return
	}
	if m := headerLine.FindStringSubmatch(text); m != nil {
		s.value(m[2], guarded || secretName.MatchString(m[1]))
	}
	if m := authScheme.FindStringSubmatch(text); m != nil {
		s.add(m[2], true)
		if pair, err := base64.StdEncoding.DecodeString(m[2]); err == nil {
			name, password, _ := strings.Cut(string(pair), ":")
			s.user(url.UserPassword(name, password))
		}
	}
}

// user adds the credentials of a URL, also in the form of Basic authentication (RFC 7617).
func (s *scrubber) user(user *url.Userinfo) {
	if user == nil {
		return
	}
	password, _ := user.Password()
	s.add(user.Username(), true)
	s.add(password, true)
	s.add(base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)), true)
}

// query adds the values of a query. A name without a value counts as a value.
func (s *scrubber) query(query url.Values) {
	for name, values := range query {
		for _, value := range values {
			if value == "" {
				value = name
			}
			s.add(value, true)
		}
	}
}

// add adds one secret, as it is and decoded in the way of the texts.
func (s *scrubber) add(secret string, guarded bool) {
	forms := [][]byte{fold(units(secret), false).folded}
	if strings.ContainsAny(secret, `\%&+`) {
		if read := fold(decode(units(secret)), true).folded; !bytes.Equal(read, forms[0]) {
			forms = append(forms, read)
		}
	}
	for _, form := range forms {
		switch {
		case len(form) == 0, len(form) < 3 && !guarded && !bytes.ContainsFunc(form, isAlphanumericRune): // a separator
			continue
		case len(form) < gram:
			s.short[string(form)] = true
		default:
			s.long = append(s.long, form)
		}
		if guarded && len(form) <= maxWord {
			s.guarded[string(form)] = true
		}
	}
}
