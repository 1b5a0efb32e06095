package main

import (
	"fmt"
	"strings"

	"github.com/microkubes/microkubes-go/benchmarks/internal/page"
)

func (r *result) costs() string {
	var rows [][]string
	for _, c := range r.Cost {
		rows = append(rows, []string{c.Name, fmt.Sprintf("%.2f", c.StaticNS/1e3), fmt.Sprintf("%.2f", c.RemoteNS/1e3),
			fmt.Sprintf("%.3f", c.Ratio), fmt.Sprintf("%.0f", c.StaticAllocs), fmt.Sprintf("%.0f", c.RemoteAllocs)})
	}
	return "One request to this library on net/http with an RS256 token, with the token in the cache and without a cache. The\n" +
		"recorder of net/http/httptest is part of the request. Rounds with both key sets alternate, and the fastest of each\n" +
		"count. The figures are the medians of pairs of handlers: one handler may lie better in memory than another.\n\n" +
		page.Table([]string{"", "static, µs", "fetched, µs", "ratio", "static, allocations", "fetched, allocations"}, rows)
}

// setUps returns how each contender is set up, with the versions of its modules, and the machine.
func (r *result) setUps() string {
	var b strings.Builder
	for _, c := range contenders() {
		text := "- " + c.name + ": " + c.setUp
		if c.modules != nil {
			text += " Modules: " + strings.Join(r.versions(c.modules), ", ") + "."
		}
		fmt.Fprintln(&b, page.Wrap(text, 128, "  "))
	}
	b.WriteString("\nThe run:\n\n")
	for _, line := range r.Machine {
		if !strings.HasPrefix(line, "module: ") {
			fmt.Fprintf(&b, "- %s\n", line)
		}
	}
	return b.String()
}

// versions returns modules with the versions of the run.
func (r *result) versions(modules []string) (all []string) {
	for _, m := range modules {
		for _, line := range r.Machine {
			if version, ok := strings.CutPrefix(line, "module: "+m+" "); ok {
				all = append(all, strings.TrimPrefix(m, "github.com/")+" "+version)
			}
		}
	}
	return all
}

const remarks = `
- The issuer sends no Cache-Control, except for the outages. auth0 keeps keys for 15 minutes by default, or for the max-age that
  the issuer sends, and refuses every token after that if it cannot fetch. jwx fetches again after 15 minutes by default, and
  keyfunc after an hour. The key sets of go-oidc and zitadel/oidc have no age. This library fetches again after 15 minutes, or the
  max-age within a minute and an hour, and uses the last good keys for 24 hours.
- keyfunc refreshes for an unknown kid once in five minutes by default. The first kid that nobody knows uses that up. After a
  start without the issuer, the first token does, so it recovers after five minutes at the latest.
- jwx does not fetch for an unknown kid. Its documentation leaves that to the program, which calls Cache.Refresh, and says that
  a cache is not meant for servers that go down often. Its Register waits for the first fetch as long as its context lets it.
- jwx requires a kid in token and key by default, as its documentation says, for security. Its option WithUseDefault lets a token
  without a kid use the only key.
- go-oidc and zitadel/oidc fetch for every kid that they do not have, one fetch at a time. go-oidc does so for a bad signature as
  well. Its constructor fetches the discovery document, and the program has to try again if that fails.
- zitadel/oidc fetches for tokens without a kid unless rp.SkipRemoteCheck is set.
- This library refuses a document of more than 1 MiB, as zitadel/oidc and auth0 do. The limit of jwx is 10 MiB. keyfunc and
  go-oidc have none.
`
