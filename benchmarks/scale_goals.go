package main

import (
	"math"
	"strconv"
	"strings"

	"github.com/microkubes/microkubes-go/benchmarks/internal/page"
)

// scaleGoal is a limit for a column of the table. All rows of this library with at least so many users must keep it.
type scaleGoal struct {
	what, column string
	users        int
	limit        float64
}

var allScaleGoals = []scaleGoal{
	{"signatures checked again", "signatures checked", 10_000, 1},
	{"µs per request, with 10,000 users or more", "µs per request", 10_000, 4},
	{"heap for tokens, MiB", "heap, MiB", 0, 64},
}

// scaleGoals returns a table with the greatest figure of this library for each goal.
func scaleGoals(rows [][]string) string {
	var goals [][]string
	for _, g := range allScaleGoals {
		worst, verdict := g.worst(rows), "yes"
		if !(worst <= g.limit) { // also without a figure
			verdict = "no"
		}
		goals = append(goals, []string{g.what, "≤ " + digits(g.limit), digits(worst), verdict})
	}
	return page.Table([]string{"goal", "limit", "worst of ours", "met"}, goals)
}

// worst returns the greatest figure, or NaN if there is none.
func (g *scaleGoal) worst(rows [][]string) float64 {
	worst := math.NaN()
	for _, row := range rows {
		users, _ := strconv.Atoi(row[column("users")])
		figure, err := strconv.ParseFloat(strings.TrimSuffix(row[column(g.column)], " %"), 64)
		if s := find(row[0]); err != nil || users < g.users || !s.isOurs() {
			continue
		}
		if !(worst >= figure) {
			worst = figure
		}
	}
	return worst
}
