package guide

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/microkubes/microkubes-go/docs/guides/internal/verdict"
)

var codeBlock = regexp.MustCompile("(?s)(<!-- code: (\\S+(?: \\S+)?) -->\n).*?(<!-- code: end -->\n)")

const (
	tableBegin = "<!-- verdicts: written by go run . -->\n"
	tableEnd   = "<!-- verdicts: end -->\n"
)

// Render runs the services of all pages and records, and returns their texts by name.
func Render(guides []Guide, records []Record) (map[string]string, error) {
	issuer, err := verdict.StartIssuer()
	if err != nil {
		return nil, err
	}
	defer issuer.Close()
	requests := verdict.Requests(issuer)
	pages := map[string]string{}
	for _, g := range guides {
		comparison, err := g.Compare(issuer, requests)
		if err != nil {
			return nil, err
		}
		if pages[g.Page], err = fill(g.Page, comparison.Markdown()); err != nil {
			return nil, err
		}
	}
	for _, r := range records {
		if pages[r.File], err = r.text(issuer, requests); err != nil {
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
		text, readErr := code(strings.Fields(m[2]))
		err = errors.Join(err, readErr)
		return m[1] + text + m[3]
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

// code returns the block of a file, or of the differences between two.
func code(files []string) (string, error) {
	var texts []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		texts = append(texts, string(text))
	}
	if len(texts) == 2 {
		return "```diff\n" + diff(texts[0], texts[1]) + "```\n", nil
	}
	return "```go\n" + texts[0] + "```\n", nil
}
