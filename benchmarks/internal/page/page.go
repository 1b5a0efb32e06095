// Package page formats what the reports share.
package page

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Table returns a Markdown table. It is aligned for terminals: the first column to the left, the others to the right.
func Table(head []string, rows [][]string) string {
	width := make([]int, len(head))
	for _, row := range append([][]string{head}, rows...) {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell), 3)
		}
	}
	var b strings.Builder
	line := func(cells []string) {
		for i, cell := range cells {
			space := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				fmt.Fprintf(&b, "| %s%s ", cell, space)
			} else {
				fmt.Fprintf(&b, "| %s%s ", space, cell)
			}
		}
		b.WriteString("|\n")
	}
	line(head)
	for i := range head {
		rule := strings.Repeat("-", width[i]+1)
		if i == 0 {
			fmt.Fprintf(&b, "|%s-", rule)
		} else {
			fmt.Fprintf(&b, "|%s:", rule)
		}
	}
	b.WriteString("|\n")
	for _, row := range rows {
		line(row)
	}
	return b.String()
}

// Wrap breaks text into lines of at most width columns. All lines but the first begin with indent.
func Wrap(text string, width int, indent string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+n > width:
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
