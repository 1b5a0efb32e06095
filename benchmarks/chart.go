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
			bar(&b, y, s, added)
			y += rowHeight
		}
	}
	height := y + 44
	l1 := median(r.perRun(func(one *run) float64 { return one.get(rs256, "limit L1", "ns") })) / 1e3
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" `+
		`font-family="system-ui, sans-serif" font-size="13" fill="#1f2328">`+"\n", chartWidth, height, chartWidth, height) +
		fmt.Sprintf(`<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", chartWidth, height) +
		heading() + axis(y+6) + limitLine(l1, y+6) + b.String() + "</svg>\n"
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
	var b strings.Builder
	text(&b, 24, 30, `font-size="17" font-weight="bold"`, "What securing a handler adds to a request")
	text(&b, 24, 51, `fill="#59636e"`,
		"µs over the framework alone; a valid token, RS256; less is better; logarithmic axis")
	return b.String()
}

func axis(bottom int) string {
	var b strings.Builder
	for _, tick := range []float64{0.1, 1, 10, 100} {
		x := position(tick)
		fmt.Fprintf(&b, `<line x1="%d" y1="72" x2="%d" y2="%d" stroke="#d1d9e0"/>`+"\n", x, x, bottom)
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

func position(micros float64) int {
	share := math.Log(micros/lowest) / math.Log(highest/lowest)
	return labelWidth + int(math.Round(min(1, max(0, share))*plotWidth))
}

func bar(b *strings.Builder, y int, s *stack, micros float64) {
	colour, name := "#8c959f", s.name
	switch s.kind {
	case ours:
		colour, name = "#0969da", "microkubes-go, cached"
	case uncached:
		colour, name = "#54aeff", "microkubes-go, uncached"
	}
	end := max(position(micros), labelWidth+2)
	text(b, labelWidth-8, y+14, `text-anchor="end"`, name)
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="2" fill="%s"/>`+"\n",
		labelWidth, y, end-labelWidth, barHeight, colour)
	text(b, end+6, y+14, "", digits(micros))
}

func text(b *strings.Builder, x, y int, attributes, content string) {
	fmt.Fprintf(b, `<text x="%d" y="%d" %s>%s</text>`+"\n", x, y, attributes, html.EscapeString(content))
}
