package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/benchmarks/internal/page"
)

const intro = `# Key sets over HTTP

Written by ` + "`go run ./keysets`" + ` in this directory, from [keysets/result.json](keysets/result.json). The program starts an
issuer on loopback, sets each library up as its documentation says for access tokens with a remote key set, and counts what
happens.

`

// page returns the document for the result.
func (r *result) page() (string, error) {
	k, err := newKeyring()
	if err != nil {
		return "", err
	}
	all, err := examples(k)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(intro)
	for _, part := range []struct{ title, text string }{
		{"Summary", r.summary(false) + legend},
		{"With options", "These peers have options that change the figures. Their set-up is at the end.\n\n" + r.summary(true)},
		{"Key sets", r.verdicts(all)},
		{"The cost of a fetched key set", r.costs()},
		{"Set-up", r.setUps()},
		{"Remarks", strings.TrimPrefix(remarks, "\n")},
	} {
		fmt.Fprintf(&b, "## %s\n\n%s\n", part.title, part.text)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

const legend = `
- 200, 401 and 503 are what a service can answer: the token is accepted, the token is bad, the keys cannot be had now. Clients
  log their users out after a 401. For this library and auth0 it is the HTTP status. For a library without HTTP, an error is 503
  if it wraps an error of net/http (*url.Error), and 401 otherwise: none of these libraries documents a check for an outage.
- "New key": the issuer adds a key to its document and signs with it at once. The old key stays. Its tokens are accepted all the
  time, unless the table says otherwise. The storm is the 50 unknown kids, just before.
- "Outage": the issuer fails after its document has passed its max-age of one second. The first answer is to a token of a key
  that was fetched, the second to one of a key that the document may have by now.
- "Start": the port of the issuer is closed when the library starts, and opened after the first answer. After a start that
  fails or waits, there is nothing to ask.
`

// of returns the results of the contenders that are tuned, or of those that are not.
func (r *result) of(tuned bool) (all []*figures) {
	for _, c := range contenders() {
		if f := r.find(c.name); f != nil && (c.of != "") == tuned {
			all = append(all, f)
		}
	}
	return all
}

func (r *result) summary(tuned bool) string {
	head := []string{""}
	for _, f := range r.of(tuned) {
		head = append(head, f.Name)
	}
	var rows [][]string
	for _, row := range []struct {
		title string
		text  func(*figures) string
	}{
		{fmt.Sprintf("wrong verdicts with %d key sets", len(r.Examples)), (*figures).wrongs},
		{"… a token is refused that must be accepted", func(f *figures) string { return fmt.Sprint(f.count(refusing)) }},
		{"… a token is accepted that must be refused", func(f *figures) string { return fmt.Sprint(f.count(accepting)) }},
		{"fetches for 50 bad signatures", func(f *figures) string { return fmt.Sprint(f.BadSignatures) }},
		{"fetches for 50 unknown kids", func(f *figures) string { return fmt.Sprint(f.UnknownKeys) }},
		{"fetches for the start and 1,000 requests at once", func(f *figures) string { return fmt.Sprint(f.First) }},
		{"new key: accepted after", func(f *figures) string { return f.Calm.after() }},
		{"… until then", func(f *figures) string { return f.Calm.until() }},
		{"new key after a storm: accepted after", func(f *figures) string { return f.Storm.after() }},
		{"… until then", func(f *figures) string { return f.Storm.until() }},
		{"outage, 503", func(f *figures) string { return f.Outages[0].text() }},
		{"outage, connection refused", func(f *figures) string { return f.Outages[1].text() }},
		{"outage, 200 with a page of HTML", func(f *figures) string { return f.Outages[2].text() }},
		{"start without the issuer", func(f *figures) string { return f.Start.text() }},
		{"… accepted after the issuer is up for", func(f *figures) string { return f.Start.after() }},
	} {
		cells := []string{row.title}
		for _, f := range r.of(tuned) {
			cells = append(cells, row.text(f))
		}
		rows = append(rows, cells)
	}
	return page.Table(head, rows)
}

var statuses = map[answer]string{accepts: "200", refuses: "401", outage: "503", hangs: "no answer"}

func seconds(s float64) string {
	switch {
	case s < 0:
		return fmt.Sprintf("not within %.0f s", limit.Seconds())
	case s < 1:
		return "< 1 s"
	}
	return fmt.Sprintf("%.1f s", s)
}

func (r rotation) after() string { return seconds(r.Seconds) }

func (r rotation) until() string {
	var all []string
	for _, a := range []answer{refuses, outage, hangs} {
		if r.Until[a] > 0 {
			all = append(all, statuses[a])
		}
		if r.Old[a] > 0 {
			all = append(all, statuses[a]+" to the old key")
		}
	}
	if all == nil {
		return "–"
	}
	return strings.Join(all, ", ")
}

func (o downtime) text() string { return statuses[o.Known] + ", " + statuses[o.New] }

func (u startUp) text() string {
	if u.Error != "" {
		return u.Error
	}
	return statuses[u.Before]
}

func (u startUp) after() string {
	if u.Error != "" {
		return "–"
	}
	return seconds(u.Seconds)
}

// verdicts returns the table of the key sets, and why each verdict is right.
func (r *result) verdicts(all []example) string {
	head := []string{"key set"}
	columns := slices.Concat(r.of(false), r.of(true))
	for _, f := range columns {
		head = append(head, strings.Replace(f.Name, ", with options", " +", 1))
	}
	var rows [][]string
	var reasons strings.Builder
	for _, e := range all {
		row := []string{e.name}
		for _, f := range columns {
			row = append(row, f.verdict(e.name))
		}
		rows = append(rows, row)
		fmt.Fprintln(&reasons, page.Wrap("- "+e.name+": "+e.right()+". "+e.reason+".", 128, "  "))
	}
	return strings.TrimPrefix(verdictsNote, "\n") + page.Table(head, rows) +
		"\nThe right verdicts, and why:\n\n" + reasons.String()
}

const verdictsNote = `
The library starts with the key set and is asked about one or two tokens. An empty cell means that all verdicts are right,
"refuses" that a token is refused that must be accepted, and "accepts" that a token is accepted that must be refused. Where a key
must not or cannot be used, the good key is in the set, too. A plus stands for the set-up with options.

`

// verdict returns what is wrong with the verdict on an example.
func (f *figures) verdict(name string) string {
	for _, w := range f.Wrong {
		if w.Example == name {
			return strings.Join(append(w.words(refusing, "refuses"), w.words(accepting, "accepts")...), ", ")
		}
	}
	return ""
}

// The two kinds of wrong verdicts.
func refusing(w *wrong) bool  { return w.Refuses != nil }
func accepting(w *wrong) bool { return w.Accepts != nil }

func (w *wrong) words(is func(*wrong) bool, word string) []string {
	if is(w) {
		return []string{word}
	}
	return nil
}

func (f *figures) wrongs() string { return fmt.Sprint(len(f.Wrong)) }

// count returns the number of wrong verdicts of a kind.
func (f *figures) count(is func(*wrong) bool) (n int) {
	for _, w := range f.Wrong {
		if is(&w) {
			n++
		}
	}
	return n
}

// right returns the right verdicts on the tokens.
func (e *example) right() string {
	var all []string
	for _, t := range e.tokens {
		verdict := "refuse"
		if t.accept {
			verdict = "accept"
		}
		all = append(all, verdict+" the token "+t.what)
	}
	return strings.Join(all, ", ")
}
