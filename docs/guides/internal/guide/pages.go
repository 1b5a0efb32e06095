package guide

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/microkubes/microkubes-go/docs/guides/internal/verdict"
)

var codeBlock = regexp.MustCompile("(?s)(<!-- code: (\\S+(?: \\S+)?) -->\n).*?(<!-- code: end -->\n)")

// Page is a page that compares no services. Its code is that of files, as in a Guide.
type Page struct {
	File   string
	Tables map[string]func() (string, error) // what the page has between the marks of a name
}

func (p Page) text() (string, error) {
	tables := map[string]string{}
	for name, table := range p.Tables {
		var err error
		if tables[name], err = table(); err != nil {
			return "", err
		}
	}
	return fill(p.File, tables)
}

// Render runs the services of all guides and records, and returns the texts of these and of the other pages by name.
func Render(guides []Guide, records []Record, others ...Page) (map[string]string, error) {
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
		if pages[g.Page], err = fill(g.Page, map[string]string{"verdicts": comparison.Markdown()}); err != nil {
			return nil, err
		}
	}
	for _, r := range records {
		if pages[r.File], err = r.text(issuer, requests); err != nil {
			return nil, err
		}
	}
	for _, p := range others {
		if pages[p.File], err = p.text(); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// fill returns a page with its code and its tables, which it has by name.
func fill(name string, tables map[string]string) (string, error) {
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
	for of, table := range tables {
		begin, end := "<!-- "+of+": written by go run . -->\n", "<!-- "+of+": end -->\n"
		above, rest, found := strings.Cut(page, begin)
		_, below, ends := strings.Cut(rest, end)
		if !found || !ends {
			return "", fmt.Errorf("%s: the page needs the lines\n%s%s", name, begin, end)
		}
		page = above + begin + table + end + below
	}
	return page, nil
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
	language := "go"
	if filepath.Ext(files[0]) == ".py" {
		language = "python"
	}
	return "```" + language + "\n" + texts[0] + "```\n", nil
}
