package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"os"
	"strings"

	"github.com/microkubes/microkubes-go/conformance"
)

// matrix counts cases by theme and adapter.
type matrix struct {
	Reports []conformance.Report
	Rows    []row
}

type row struct {
	Theme string
	Cells []cell
}

// cell counts the cases of one theme for one adapter.
type cell struct{ Passed, Exempt, Failed, Total int }

func (c cell) String() string {
	switch {
	case c.Total == 0:
		return "–"
	case c.Failed > 0:
		return fmt.Sprintf("**%d of %d failed**", c.Failed, c.Total)
	case c.Exempt > 0:
		return fmt.Sprintf("%d, %d exempt", c.Passed, c.Exempt)
	}
	return fmt.Sprint(c.Passed)
}

// Class returns the CSS class of the cell.
func (c cell) Class() string {
	switch {
	case c.Total == 0:
		return "none"
	case c.Failed > 0:
		return "failed"
	case c.Exempt > 0:
		return "exempt"
	}
	return "passed"
}

func newMatrix(reports []conformance.Report) *matrix {
	m := &matrix{Reports: reports}
	var themes []string
	cells := map[string][]cell{}
	for i, r := range reports {
		for _, result := range r.Results {
			theme, _, _ := strings.Cut(result.Case.Name, "/")
			if cells[theme] == nil {
				themes = append(themes, theme)
				cells[theme] = make([]cell, len(reports))
			}
			cells[theme][i].count(result)
		}
	}
	for _, theme := range themes {
		m.Rows = append(m.Rows, row{theme, cells[theme]})
	}
	m.Rows = append(m.Rows, m.all())
	return m
}

func (m *matrix) all() row {
	all := row{Theme: "all", Cells: make([]cell, len(m.Reports))}
	for i, r := range m.Reports {
		for _, result := range r.Results {
			all.Cells[i].count(result)
		}
		if missing := r.Planned - len(r.Results); missing > 0 || r.Planned == 0 { // a case that did not run has not passed
			all.Cells[i].Failed += max(missing, 1)
			all.Cells[i].Total += max(missing, 1)
		}
	}
	return all
}

func (c *cell) count(r conformance.Result) {
	c.Total++
	switch {
	case r.Failed():
		c.Failed++
	case r.Exempt != "":
		c.Exempt++
	default:
		c.Passed++
	}
}

func (m *matrix) markdown() string {
	var b strings.Builder
	b.WriteString("| cases passed |")
	for _, r := range m.Reports {
		b.WriteString(" " + r.Adapter + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(m.Reports)) + "\n")
	for _, row := range m.Rows {
		b.WriteString("| " + row.Theme + " |")
		for _, c := range row.Cells {
			b.WriteString(" " + c.String() + " |")
		}
		b.WriteString("\n")
	}
	for _, r := range m.Reports {
		for _, result := range r.Results {
			if result.Exempt != "" {
				fmt.Fprintf(&b, "\n%s is exempt from `%s`: %s.\n", r.Adapter, result.Case.Name, result.Exempt)
			}
		}
	}
	return b.String()
}

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

func (m *matrix) writePage(file string) error {
	var b strings.Builder
	if err := page.Execute(&b, m); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}
