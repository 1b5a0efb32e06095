package main

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

const (
	chartWidth = 860
	labelWidth = 200
	plotWidth  = 580
	barHeight  = 18
	rowHeight  = 24
	lowest     = 0.05  // µs, the left end of the axis
	highest    = 200.0 // µs, the right end of the axis
)

// chart returns an SVG of the time that securing a handler adds to a request with a valid token of RS256, on a logarithmic axis.
func (r report) chart() string {
	var b strings.Builder
	y := 78
	for _, framework := range []string{"net/http", "echo", "echo v5", "gin", "fiber", "fiber v3"} {
		if !slices.ContainsFunc(r.stacks(), func(s *stack) bool { return s.framework == framework }) {
			continue
		}
		y += 10
		text(&b, 24, y+12, `font-weight="bold"`, framework)
		y += rowHeight
		for _, s := range r.stacks() {
			added := r.added(rs256, s) / 1e3
			if s.framework != framework || s.kind != ours && s.kind != uncached && s.kind != peer || math.IsNaN(added) {
				continue
			}
			bar(&b, y, barLabel(s), s.kind, added)
			y += rowHeight
		}
	}
	l1 := median(r.perRun(func(one *run) float64 { return one.get(rs256, "limit L1", "ns") })) / 1e3
	return svg(y+44, heading()+axis(72, y+6)+limitLine(l1, y+6)+b.String())
}

// svg returns an SVG of the width of a chart.
func svg(height int, content string) string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" `+
		`font-family="system-ui, sans-serif" font-size="13" fill="#1f2328">`+"\n", chartWidth, height, chartWidth, height) +
		fmt.Sprintf(`<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", chartWidth, height) + content + "</svg>\n"
}

func (r report) perRun(figure func(*run) float64) (all []float64) {
	for _, one := range r.runs {
		if f := figure(one); !math.IsNaN(f) {
			all = append(all, f)
		}
	}
	return all
}

func heading() string {
	return titles("What securing a handler adds to a request",
		"µs over the framework alone; a valid token, RS256; less is better; logarithmic axis")
}

// titles returns the title of a chart and the lines below it.
func titles(title string, lines ...string) string {
	var b strings.Builder
	text(&b, 24, 30, `font-size="17" font-weight="bold"`, title)
	for n, line := range lines {
		text(&b, 24, 51+18*n, `fill="#59636e"`, line)
	}
	return b.String()
}

// axis returns the lines and figures of the axis.
func axis(top, bottom int) string {
	var b strings.Builder
	for _, tick := range []float64{0.1, 1, 10, 100} {
		x := position(tick)
		fmt.Fprintf(&b, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#d1d9e0"/>`+"\n", x, top, x, bottom)
		text(&b, x, bottom+18, `text-anchor="middle" fill="#59636e"`, fmt.Sprintf("%g µs", tick))
	}
	return b.String()
}

// limitLine marks the time of the signature check alone.
func limitLine(l1 float64, bottom int) string {
	if math.IsNaN(l1) {
		return ""
	}
	var b strings.Builder
	x := position(l1)
	fmt.Fprintf(&b, `<line x1="%d" y1="72" x2="%d" y2="%d" stroke="#9a6700" stroke-dasharray="4 3"/>`+"\n", x, x, bottom)
	text(&b, x-6, 84, `text-anchor="end" fill="#9a6700" font-size="12"`, "the signature alone")
	return b.String()
}

// barLabel returns the label of a stack's bar.
func barLabel(s *stack) string {
	switch s.kind {
	case ours:
		return "microkubes-go, cached"
	case uncached:
		return "microkubes-go, uncached"
	}
	return s.name
}

func position(micros float64) int {
	share := math.Log(micros/lowest) / math.Log(highest/lowest)
	return labelWidth + int(math.Round(min(1, max(0, share))*plotWidth))
}

// barColors has the color of the bar of each kind of stack.
var barColors = map[kind]string{ours: "#0969da", uncached: "#54aeff", peer: "#8c959f"}

// bar draws the bar of a figure in microseconds, with a label at its left and the figure at its right.
func bar(b *strings.Builder, y int, label string, k kind, micros float64) {
	end := max(position(micros), labelWidth+2)
	text(b, labelWidth-8, y+14, `text-anchor="end"`, label)
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="2" fill="%s"/>`+"\n",
		labelWidth, y, end-labelWidth, barHeight, barColors[k])
	text(b, end+6, y+14, "", digits(micros))
}

func text(b *strings.Builder, x, y int, attributes, content string) {
	fmt.Fprintf(b, `<text x="%d" y="%d" %s>%s</text>`+"\n", x, y, attributes, html.EscapeString(content))
}
