package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// scaleChart returns an SVG of the time of a request by the number of users, for ours and the best peer of each framework. It
// shows the rows of the table with that traffic, on the axis of the other chart.
func scaleChart(rows [][]string, traffic string) string {
	var b strings.Builder
	y, last := 78, ""
	for _, s := range scaled() {
		if s.kind != ours && s.kind != peer {
			continue
		}
		for _, row := range rows {
			micros, err := strconv.ParseFloat(row[column("µs per request")], 64)
			if row[0] != s.String() || row[2] != traffic || err != nil {
				continue
			}
			if last != s.String() {
				last = s.String()
				y += 10
				label := strings.Replace(strings.Replace(last, "ours", "microkubes-go", 1), " ", ", ", 1)
				text(&b, 24, y+12, `font-weight="bold"`, label)
				y += rowHeight
			}
			bar(&b, y, &stack{name: thousands(row[1]) + " users", kind: peer}, micros)
			if s.kind == ours {
				end := max(position(micros), labelWidth+2)
				fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" rx="2" fill="#0969da"/>`+"\n", labelWidth, y,
					end-labelWidth, barHeight)
			}
			y += rowHeight
		}
	}
	height := y + 44
	var head strings.Builder
	text(&head, 24, 30, `font-size="17" font-weight="bold"`, "The time of a request when every user has a token of their own")
	text(&head, 24, 51, `fill="#59636e"`,
		"µs with the handler; tokens signed with EdDSA; "+traffic+" traffic; less is better; logarithmic axis")
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" `+
		`font-family="system-ui, sans-serif" font-size="13" fill="#1f2328">`+"\n", chartWidth, height, chartWidth, height) +
		fmt.Sprintf(`<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", chartWidth, height) +
		head.String() + axis(y+6) + b.String() + "</svg>\n"
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
