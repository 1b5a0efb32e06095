package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/microkubes/microkubes-go/docs/guides/internal/verdict"
)

var codeBlock = regexp.MustCompile("(?s)(<!-- code: (\\S+) -->\n).*?(<!-- code: end -->\n)")

const (
	tableBegin = "<!-- verdicts: written by go run . -->\n"
	tableEnd   = "<!-- verdicts: end -->\n"
)

// render returns the text of all pages, by name.
func render() (map[string]string, error) {
	issuer, err := verdict.StartIssuer()
	if err != nil {
		return nil, err
	}
	defer issuer.Close()
	requests := verdict.Requests(issuer)
	pages := map[string]string{}
	for _, g := range guides {
		comparison, err := g.compare(issuer, requests)
		if err != nil {
			return nil, err
		}
		if pages[g.page], err = fill(g.page, comparison.Markdown()); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// fill returns a page with its code and its table.
func fill(name, table string) (string, error) {
	file, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	page := codeBlock.ReplaceAllStringFunc(string(file), func(block string) string {
		m := codeBlock.FindStringSubmatch(block)
		source, readErr := os.ReadFile(m[2])
		if readErr != nil {
			err = readErr
		}
		return m[1] + "```go\n" + string(source) + "```\n" + m[3]
	})
	if err != nil {
		return "", err
	}
	above, rest, found := strings.Cut(page, tableBegin)
	_, below, ends := strings.Cut(rest, tableEnd)
	if !found || !ends {
		return "", fmt.Errorf("%s: the page needs the lines\n%s%s", name, tableBegin, tableEnd)
	}
	return above + tableBegin + table + tableEnd + below, nil
}
