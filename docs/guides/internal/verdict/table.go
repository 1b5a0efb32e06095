package verdict

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Comparison is the answers of two services to the same requests.
type Comparison struct {
	Versions string // the modules of the services, with their versions
	rows     []row
}

// row is a request with its answers.
type row struct {
	Request
	before, after answer
	strict        answer // of the service before with all its settings
}

// Compare sends the requests to both services, and to strict, which is the service before with all its settings, unless that is
// nil. It fails if a request that must be served is not.
func Compare(name string, requests []Request, before, after Service, strict *Service) (Comparison, error) {
	c := Comparison{Versions: name}
	first, err := before.Answers(requests)
	if err != nil {
		return c, fmt.Errorf("%s before: %w", name, err)
	}
	second, err := after.Answers(requests)
	if err != nil {
		return c, fmt.Errorf("%s after: %w", name, err)
	}
	set := first
	if strict != nil {
		if set, err = strict.Answers(requests); err != nil {
			return c, fmt.Errorf("%s with all settings: %w", name, err)
		}
	}
	for n, r := range requests {
		all := first[n].served() && second[n].served() && set[n].served()
		if r.Good && !all {
			err = errors.Join(err, fmt.Errorf("%s, %s: got %s before, %s after and %s with all settings, want it served",
				name, r.Name, first[n], second[n], set[n]))
		}
		c.rows = append(c.rows, row{r, first[n], second[n], set[n]})
	}
	return c, err
}

// Stricter returns the names of the requests that the service before refuses, with its settings or without, and the service after
// serves.
func (c Comparison) Stricter() []string {
	var names []string
	for _, r := range c.rows {
		if r.stricter() {
			names = append(names, r.Name)
		}
	}
	return names
}

func (r row) stricter() bool { return r.after.served() && (!r.before.served() || !r.strict.served()) }

// group is rows with the same answers for the same reason.
type group struct {
	cells string
	names []string
}

// grouped returns rows in their order, those with the same cells as one.
func grouped(rows []row, cells func(row) string) []group {
	var groups []group
	for _, r := range rows {
		at := slices.IndexFunc(groups, func(g group) bool { return g.cells == cells(r) })
		if at < 0 {
			at = len(groups)
			groups = append(groups, group{cells: cells(r)})
		}
		groups[at].names = append(groups[at].names, r.Name)
	}
	return groups
}

// Markdown returns the comparison as a part of a page.
func (c Comparison) Markdown() string {
	var differ, stricter, challenges []row
	same := 0
	for _, r := range c.rows {
		switch {
		case r.stricter():
			stricter = append(stricter, r)
		case r.before == r.after:
			same++
		case r.before.status != r.after.status || r.before.body != r.after.body:
			differ = append(differ, r)
		default:
			challenges = append(challenges, r)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "With %s: of %d requests, %d get the same answer from both services. Refused before and served after: %d. "+
		"Other differences of the status: %d. Differences of the challenge alone: %d.\n",
		c.Versions, len(c.rows), same, len(stricter), len(differ), len(challenges))
	if len(stricter) > 0 {
		b.WriteString("\nRefused before and served after:\n")
		table(&b, stricter)
	}
	if len(differ) > 0 {
		b.WriteString("\nOther differences of the status:\n")
		table(&b, differ)
	}
	if len(challenges) > 0 {
		b.WriteString("\nDifferences of the challenge alone:\n\n| requests | before | after |\n|---|---|---|\n")
		for _, g := range grouped(challenges, func(r row) string { return fmt.Sprintf("%s | %s", r.before, r.after) }) {
			fmt.Fprintf(&b, "| %s | %s |\n", cell(g.names), g.cells)
		}
	}
	return b.String()
}

func table(b *strings.Builder, rows []row) {
	b.WriteString("\n| request | before | after | the rule |\n|---|---|---|---|\n")
	for _, g := range grouped(rows, row.cells) {
		fmt.Fprintf(b, "| %s | %s |\n", cell(g.names), g.cells)
	}
}

// cells returns the cells behind the name of the request.
func (r row) cells() string {
	before, after := r.before.String(), r.after.String()
	switch {
	case r.before.served() && r.after.served() && !r.strict.served():
		before += fmt.Sprintf(", with the settings %s", r.strict)
	case r.before.status == r.after.status: // the handlers have read different claims
		before, after = before+" "+r.before.body, after+" "+r.after.body
	case r.before.status != r.strict.status && r.strict.status == r.after.status:
		before += " †"
	}
	return fmt.Sprintf("%s | %s | %s", before, after, r.Why)
}

// cell returns names for a cell of a table, folded if there are many.
func cell(names []string) string {
	text := strings.ReplaceAll(strings.Join(names, "<br>"), "|", `\|`)
	if len(names) <= 6 {
		return text
	}
	first, rest, _ := strings.Cut(text, "<br>")
	return fmt.Sprintf("<details><summary>%s, and %d more</summary>%s</details>", first, len(names)-1, rest)
}
