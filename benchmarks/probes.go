package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	golangjwt "github.com/golang-jwt/jwt/v5"

	"github.com/microkubes/microkubes-go/benchmarks/internal/page"
)

// probe is a token that is signed with the right key and fails one check.
type probe struct {
	name          string
	authorization string
}

// sign returns a token with any header and payload.
func (i *issuer) sign(header map[string]any, payload []byte) (string, error) {
	fields := map[string]any{"alg": i.alg, "typ": "JWT", "kid": keyID}
	maps.Copy(fields, header)
	text, err := json.Marshal(fields)
	if err != nil {
		return "", err
	}
	signed := strict.EncodeToString(text) + "." + strict.EncodeToString(payload)
	signature, err := golangjwt.GetSigningMethod(i.alg).Sign(signed, i.private)
	return signed + "." + strict.EncodeToString(signature), err
}

func probes(i *issuer) ([]probe, error) {
	now := time.Now()
	payload := func(changes map[string]any) []byte {
		claims := map[string]any{"iss": issuerName, "aud": audience, "sub": subject, "exp": now.Add(time.Hour).Unix()}
		maps.Copy(claims, changes)
		maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
		text, _ := json.Marshal(claims) // strings and numbers always marshal
		return text
	}
	twice := strings.Replace(string(payload(nil)), "{", `{"sub":"somebody else",`, 1)
	var all []probe
	for _, p := range []struct {
		name    string
		header  map[string]any
		payload []byte
	}{
		{"another issuer", nil, payload(map[string]any{"iss": "https://other.example.com/"})},
		{"another audience", nil, payload(map[string]any{"aud": "https://other.example.com"})},
		{"no exp", nil, payload(map[string]any{"exp": nil})},
		{"exp past", nil, payload(map[string]any{"exp": now.Add(-time.Hour).Unix()})},
		{"nbf to come", nil, payload(map[string]any{"nbf": now.Add(time.Hour).Unix()})},
		{"unknown crit", map[string]any{"crit": []string{"x"}, "x": 1}, payload(nil)},
		{"typ of another kind", map[string]any{"typ": "logout+jwt"}, payload(nil)},
		{"a member twice", nil, []byte(twice)},
		{"more than 8 KiB", nil, payload(map[string]any{"padding": strings.Repeat("p", 7_200)})},
	} {
		token, err := i.sign(p.header, p.payload)
		if err != nil {
			return nil, err
		}
		all = append(all, probe{p.name, bearer(token)})
	}
	plain, err := i.sign(nil, payload(nil))
	if err != nil {
		return nil, err
	}
	return append(all, probe{"base64 not strict", bearer(lax(plain))}, probe{nothingWrong, bearer(plain)}), nil
}

// nothingWrong is the name of a valid token. It shows that a stack does not refuse everything.
const nothingWrong = "nothing wrong"

// lax returns the token with other padding bits at the end of its signature. A decoder that is not strict ignores them.
func lax(token string) string {
	cut := strings.LastIndexByte(token, '.') + 1
	want, _ := base64.RawURLEncoding.DecodeString(token[cut:])
	for _, last := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
		other := token[:len(token)-1] + string(last)
		got, err := base64.RawURLEncoding.DecodeString(other[cut:])
		if err == nil && other != token && bytes.Equal(got, want) {
			return other
		}
	}
	return token
}

// probe finds out which checks each stack makes, so that a stack does not look fast because it leaves checks out.
func (b *bench) probe() error {
	i, err := newIssuer("RS256")
	if err != nil {
		return err
	}
	all, err := probes(i)
	if err != nil {
		return err
	}
	for _, s := range stacks() {
		if s.kind != ours && s.kind != peer || !b.wants("checks", s.String()) {
			continue
		}
		server, err := s.build(i)
		if err != nil {
			return err
		}
		p := server.port()
		for _, probe := range all {
			p.authorization(probe.authorization)
			p.request()
			refused := 1.0
			if status, body := p.answer(); status == http.StatusOK {
				refused = 0
			} else if probe.name == nothingWrong {
				return fmt.Errorf("%s: %w", s, good(s, status, body))
			}
			b.run.add("checks/"+probe.name, s.String(), "refused", refused)
		}
	}
	return nil
}

// checks returns the table of the probes, with a row for each stack, and the notes on their configurations.
func (r report) checks() string {
	var head []string
	for _, f := range r.runs[0].order {
		name, ok := strings.CutPrefix(f.subject, "checks/")
		if ok && name != nothingWrong && !slices.Contains(head, name) {
			head = append(head, name)
		}
	}
	var rows [][]string
	for _, s := range r.stacks() {
		row := []string{s.String()}
		for _, name := range head {
			row = append(row, map[float64]string{0: "no", 1: "yes"}[r.runs[0].get("checks/"+name, s.String(), "refused")])
		}
		if s.kind == ours || s.kind == peer {
			rows = append(rows, row)
		}
	}
	return "Each token is signed with the right key. Is it refused?\n\n" +
		page.Table(append([]string{"refused"}, head...), rows) + "\n" + r.notes()
}

func (r report) notes() string {
	var b strings.Builder
	for _, s := range r.stacks() {
		if s.note != "" {
			fmt.Fprint(&b, page.Wrap("- "+s.String()+": "+s.note+".", 120, "  "), "\n")
		}
	}
	return b.String()
}
