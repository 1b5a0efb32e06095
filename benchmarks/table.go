package main

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// table returns a Markdown table. It is aligned for terminals: the first column to the left, the others to the right.
func table(head []string, rows [][]string) string {
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

// nothing is the text of a figure that was not measured.
const nothing = "–"

// wrap breaks text into lines of at most width columns. All lines but the first begin with indent.
func wrap(text string, width int, indent string) string {
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

// digits formats a number with three significant digits.
func digits(f float64) string {
	switch a := math.Abs(f); {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return nothing
	case a >= 100:
		return fmt.Sprintf("%.0f", f)
	case a >= 10:
		return fmt.Sprintf("%.1f", f)
	case a >= 1:
		return fmt.Sprintf("%.2f", f)
	default:
		return fmt.Sprintf("%.3f", f)
	}
}

func micros(ns float64) string { return digits(ns / 1e3) }

// times formats a ratio.
func times(f float64) string {
	if s := digits(f); s != nothing {
		return s + "×"
	}
	return nothing
}

// whole formats a count. It rounds, because refilling a pool adds a small fraction of an allocation to each request.
func whole(f float64) string {
	if math.IsNaN(f) {
		return nothing
	}
	return fmt.Sprintf("%.0f", math.Round(f)+0) // no -0
}
