// Command docs writes what pages of this repository say about its code: attacks.md, the table of attacks and faults with the
// tests that try them; the tables of the pages in the folder providers, of CONFIGURATION.md and of README.md; and the Go lines of
// the providers' pages as a test. Run it in this folder after a change to the rows or the pages. Tests check that all of it is
// current.
package main

import (
	"fmt"
	"log"
	"os"
	"strings"
)

const page = "attacks.md"

func main() {
	if err := write(); err != nil {
		log.Fatal(err)
	}
}

func write() error {
	files, err := renderAll()
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// renderAll returns the text of each file that the program writes, by name.
func renderAll() (map[string]string, error) {
	files := map[string]string{page: render()}
	for _, p := range providers {
		text, err := p.renderPage()
		if err != nil {
			return nil, err
		}
		files[p.page()] = text
	}
	var err error
	if files[readme], err = renderReadme(); err != nil {
		return nil, err
	}
	if files[configurationPage], err = renderConfiguration(); err != nil {
		return nil, err
	}
	files[blocksFile], err = renderBlocks()
	return files, err
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
