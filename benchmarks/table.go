package main

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// table is one of Markdown, aligned so that it reads on a terminal, too: the first column left, the others right.
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

const nothing = "–"

// wrap breaks a text into lines.
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

// digits is a number with three digits that count.
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

// times is a ratio.
func times(f float64) string {
	if s := digits(f); s != nothing {
		return s + "×"
	}
	return nothing
}

// whole is a count: the pools that are refilled now and then make a little fraction of an allocation.
func whole(f float64) string {
	if math.IsNaN(f) {
		return nothing
	}
	return fmt.Sprintf("%.0f", math.Round(f)+0) // no -0
}
