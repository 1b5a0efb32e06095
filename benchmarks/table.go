package main

import (
	"fmt"
	"math"
)

// nothing is the text of a figure that was not measured.
const nothing = "–"

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
