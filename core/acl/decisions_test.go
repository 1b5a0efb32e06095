package acl_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
)

// TestDecisions tries the decisions in testdata/decisions.txt through a chain, by Allows and by Explain.
func TestDecisions(t *testing.T) {
	text, err := os.ReadFile("testdata/decisions.txt")
	require.NoError(t, err)
	count := 0
	for _, block := range strings.Split(string(text), "\npolicies: ")[1:] {
		title, rest, _ := strings.Cut(block, "\n")
		end := strings.Index(rest, "]\n") + 1
		for rest[end] == '\n' && rest[end+1] == ' ' { // a line that ends with ] inside of the policies
			end += 1 + strings.Index(rest[end+1:], "]\n") + 1
		}
		p := parse(t, rest[:end])
		for line := range strings.Lines(rest[end:]) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			count++
			t.Run(title+"/"+line, func(t *testing.T) { checkDecision(t, p, line) })
		}
	}
	assert.GreaterOrEqual(t, count, 150, "decisions")
}

func checkDecision(t *testing.T, p *acl.Policies, line string) {
	t.Helper()
	part := strings.Split(line, " | ")
	require.Len(t, part, 3)
	method, path, _ := strings.Cut(part[0], " ")
	auth, want := caller(t, part[1]), part[2]
	status := map[string]int{"allow": 200, "none": 403, "deny": 403, "401": 401, "400": 400}[strings.Fields(want)[0]]
	got, event := observed(t, p, auth, method, path)
	assert.Equal(t, status, got, "the chain")
	assert.Equal(t, "deny "+event.Policy == want, strings.HasPrefix(want, "deny"), "the event names the policy that denied: %q", event.Policy)
	q := acl.Query{Method: method, Path: path}
	d := p.Explain(auth, q)
	assert.Equal(t, want, verdictOf(d))
	if want != "400" { // the chain refuses these before any provider
		assert.Equal(t, d.Allowed, p.Allows(auth, q), "Allows and Explain agree")
	}
}

func verdictOf(d acl.Decision) string {
	switch {
	case d.Allowed:
		return "allow " + d.Policy
	case d.Policy != "":
		return "deny " + d.Policy
	}
	return map[core.Reason]string{"no_policy_allows": "none", "no_credential": "401", "malformed_path": "400"}[d.Reason]
}

// TestRandomDecisions compares 10,000 decisions with those of evaluate, or 200,000 if MICROKUBES_LONG is 1. In that case each
// day has other ones.
func TestRandomDecisions(t *testing.T) {
	seed, files := uint64(1), 500
	if os.Getenv("MICROKUBES_LONG") == "1" {
		seed, files = uint64(time.Now().YearDay()), 10_000
	}
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	counts := map[string]int{}
	for range files {
		text := randomPolicies(r)
		p := parse(t, text)
		docs, err := documents(text)
		require.NoError(t, err)
		for range 20 {
			who, method, path := randomCaller(r), pick(r, "GET HEAD POST DELETE OPTIONS get post PURGE"), randomPath(r)
			auth := caller(t, who)
			want := evaluate(docs, auth, method, path)
			counts[strings.Fields(want)[0]]++
			q := acl.Query{Method: method, Path: path}
			require.Equal(t, want, verdictOf(p.Explain(auth, q)), "%s %s by %s with %s", method, path, who, text)
			require.Equal(t, strings.HasPrefix(want, "allow"), p.Allows(auth, q), "%s %s by %s with %s", method, path, who, text)
			status := 403
			if strings.HasPrefix(want, "allow") {
				status = 200
			}
			got, event := observed(t, p, auth, method, path)
			require.Equal(t, status, got)
			require.Equal(t, strings.HasPrefix(want, "deny"), want == "deny "+event.Policy, "the first policy that denies, not %q", event.Policy)
		}
	}
	t.Log(counts)
	for _, verdict := range []string{"allow", "deny", "none"} {
		assert.Greater(t, counts[verdict], 1000, "the policies and requests are of a kind that makes all verdicts")
	}
}

func pick(r *rand.Rand, words string) string {
	all := strings.Fields(words)
	return all[r.IntN(len(all))]
}

// some returns a JSON array of one to three of the words.
func some(r *rand.Rand, words string) string {
	var all []string
	for range 1 + r.IntN(3) {
		all = append(all, pick(r, words))
	}
	return `["` + strings.Join(all, `","`) + `"]`
}

func randomPolicies(r *rand.Rand) string {
	var all []string
	for i := range 1 + r.IntN(12) {
		python, effect := r.IntN(5) == 0, pick(r, "allow allow allow deny")
		words := "/ /a /a/ /a/b /b/a /b/a/ /a/<.*> /a/<.+> /a<.+> /<.*>/b /<[^/]+>/b /<[^/]+>/<[^/]+> <.*> <.+> /<a|b> /<a|b>/<b> " +
			"/<[a-z]+>/b/<.*> /a-<[a-z]+> /a-<[a-z]*>/b /<.*>/b/<[^/]*> <.*>/b /a/<[^/]*> /A /<[^/]+> /a/<b/?> /<a+>/<.+> /<.*>/a/<.*> <.*>/b/<.+> /<.+>/a/b/<.*>"
		if !python && effect == "deny" {
			words += " /K /<k>/b /k/<.*> /é /%C3%89/<.+> /S<.*> /<[^A-Z]+> /<[^a]+>/b /<(?-i)A> /a/<[^B]/?> /a%20B /a%3b<.*> /<.>/<.>"
		}
		resources := some(r, words)
		p := fmt.Sprintf(`{"id":"p%d","resources":%s,"actions":%s`, i, resources,
			some(r, "api:read api:read api:write GET HEAD POST OPTIONS <.*> <api:.*> api:<write> <PURGE|DELETE> <[^a-z]+> <(?i)get>"))
		subjects := some(r, "<.*> <.*> <.+> ana bob <a.*>")
		if python {
			p += `,"subjects":` + pick(r, "[] "+subjects) + `,"roles":` + some(r, "r1 r2 <r.>") + `,"organizations":` + pick(r, `[] ["o1"] ["o2"]`) +
				`,"namespaces":` + pick(r, `[] ["n1"]`)
		} else {
			p += `,"subjects":` + subjects + `,"effect":"` + effect + `"`
			var conditions []string
			for _, c := range []struct{ name, kind, values string }{{"roles", "Roles", "r1 r2 <r.>"}, {"scopes", "Scopes", "s1 s2"},
				{"organizations", "Organizations", "o1 o2 <o.>"}, {"tenant", "Claim", "t1 <t.>"}} {
				if r.IntN(6) == 0 {
					conditions = append(conditions, fmt.Sprintf(`"%s":{"type":"%sCondition","options":{"values":%s}}`, c.name, c.kind, some(r, c.values)))
				}
			}
			p += `,"conditions":{` + strings.Join(conditions, ",") + `}`
		}
		all = append(all, p+"}")
	}
	return "[" + strings.Join(all, ",\n") + "]"
}

const pathWords = "a a a a b b b b A B c a-x a-b ab %61 %62 a%0Ab b%25 aa k K s S %4b %E2%84%AA %C3%A9 %C3%89 %c3%a9 %C5%BF a%20b A%20B a%3B a;x %FF"

func randomPath(r *rand.Rand) string {
	path := ""
	for range r.IntN(4) {
		path += "/" + pick(r, pathWords)
	}
	return path + pick(r, "/ /a /b /a")
}

func randomCaller(r *rand.Rand) string {
	who := pick(r, "ana bob amy ~")
	for _, field := range strings.Fields("roles=r1,x roles=r2 orgs=o1 orgs=o2,x scopes=s1 scopes=s2 ns=n1") {
		if r.IntN(2) == 0 && !strings.Contains(who, regexp.MustCompile(`=.*`).ReplaceAllString(field, "=")) {
			who += " " + field
		}
	}
	return who + " " + pick(r, `claims={"tenant":"t1"} claims={"tenant":"u"} claims={}`)
}

// document is a policy as evaluate reads it.
type document struct {
	ID, Effect                                                     string
	Subjects, Resources, Actions, Roles, Organizations, Namespaces []string
	Conditions                                                     map[string]struct {
		Type    string
		Options struct{ Values []string }
	}
}

func documents(text string) (all []document, err error) {
	err = json.Unmarshal([]byte(text), &all)
	return all, err
}

// compiled keeps the regular expressions of evaluate, which makes the same ones again and again.
func compiled(text string) *regexp.Regexp {
	if regexes[text] == nil {
		regexes[text] = regexp.MustCompile(text)
	}
	return regexes[text]
}

var regexes = map[string]*regexp.Regexp{}
