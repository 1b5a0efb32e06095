// Command docs writes attacks.md, the table of attacks and faults with the tests that try them. Run it in this folder after a
// change to rows.go. A test checks that the page is current.
package main

import (
	"fmt"
	"log"
	"os"
	"strings"
)

const page = "attacks.md"

func main() {
	if err := os.WriteFile(page, []byte(render()), 0o644); err != nil {
		log.Fatal(err)
	}
}

// row is one or more attacks of the catalogue, by number, with the tests that try them or the reason why no test does.
type row struct {
	from, to int
	what     string
	tests    string // separated by spaces: folder:TestName, or the name of a case of the suite
	why      string // why there are no tests, or what the tests do not show
}

// render returns the page.
func render() string {
	var b strings.Builder
	b.WriteString("# Attacks and faults, and the tests that try them\n\n" +
		"A name without a colon, such as `outcomes/malformed`, is a case of the conformance suite, which runs over a real\n" +
		"socket on every adapter. The others are Go tests in the folder before the colon. Written by `go run .` in this\n" +
		"folder.\n\n" +
		"| # | what | tried by |\n|---|---|---|\n")
	for _, r := range rows {
		for n := r.from; n <= r.to; n++ {
			var by []string
			for _, test := range strings.Fields(r.tests) {
				by = append(by, "`"+test+"`")
			}
			if r.why != "" {
				by = append(by, r.why)
			}
			fmt.Fprintf(&b, "| %d | %s | %s |\n", n, r.what, strings.Join(by, ", "))
		}
	}
	return b.String()
}
