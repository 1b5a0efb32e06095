package guide

import (
	"slices"
	"strings"
)

// nearby is the number of equal lines that a diff shows beside a change.
const nearby = 2

// diff returns how one text becomes another, as lines that begin with a space, "-" or "+", with "…" for lines left out.
func diff(from, to string) string {
	a, b := strings.Split(strings.TrimSuffix(from, "\n"), "\n"), strings.Split(strings.TrimSuffix(to, "\n"), "\n")
	var lines []string
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch n, m := next(a[i:], b[j:]); {
		case n == 0 && m == 0:
			lines = append(lines, " "+a[i])
			i, j = i+1, j+1
		default:
			for _, line := range a[i : i+n] {
				lines = append(lines, "-"+line)
			}
			for _, line := range b[j : j+m] {
				lines = append(lines, "+"+line)
			}
			i, j = i+n, j+m
		}
	}
	return shortened(lines)
}

// next returns how many lines of a and of b come before the next line that both have, the fewest in total.
func next(a, b []string) (n, m int) {
	for total := range len(a) + len(b) {
		for n := range total + 1 {
			if m := total - n; n < len(a) && m < len(b) && a[n] == b[m] {
				return n, m
			}
		}
	}
	return len(a), len(b)
}

// shortened leaves out the lines that are far from a change.
func shortened(lines []string) string {
	var b strings.Builder
	left := false
	for n, line := range lines {
		around := lines[max(0, n-nearby):min(len(lines), n+nearby+1)]
		if !slices.ContainsFunc(around, func(line string) bool { return line[0] != ' ' }) {
			left = true
			continue
		}
		if left {
			b.WriteString("…\n")
			left = false
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}
