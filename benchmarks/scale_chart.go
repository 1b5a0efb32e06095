package main

import (
	"slices"
	"strconv"
	"strings"
)

// scaleChart returns an SVG of the time of a request by the number of users, for ours and the best peer of each framework. It
// shows the rows of the table with that traffic, on the axis of the other chart.
func scaleChart(rows [][]string, t traffic) string {
	var b strings.Builder
	y, last := 96, ""
	for _, s := range scaled() {
		if s.kind != ours && s.kind != peer {
			continue
		}
		for _, row := range rows {
			micros, err := strconv.ParseFloat(row[column("µs per request")], 64)
			if row[column("stack")] != s.String() || row[column("traffic")] != t.name || err != nil {
				continue
			}
			if last != s.String() {
				last = s.String()
				y += 10
				label := strings.Replace(strings.Replace(last, "ours", "microkubes-go", 1), " ", ", ", 1)
				text(&b, 24, y+12, `font-weight="bold"`, label)
				y += rowHeight
			}
			bar(&b, y, thousands(row[column("users")])+" users", s.kind, micros)
			y += rowHeight
		}
	}
	head := titles("The time of a request when every user has a token of their own",
		"µs with the handler; tokens signed with EdDSA; "+t.users+"; less is better; logarithmic axis",
		"microkubes-go caches 4,096 tokens. Of any other it reads the claims again, but does not verify the signature again.")
	return svg(y+44, head+axis(90, y+6)+b.String())
}

// thousands returns a number with a comma before each group of three digits.
func thousands(digits string) string {
	if n := len(digits) - 3; n > 0 {
		return thousands(digits[:n]) + "," + digits[n:]
	}
	return digits
}

// column returns the index of a column of the table.
func column(name string) int { return slices.Index(scaleHead, name) }
