package main

import (
	"math"
	"strconv"
	"strings"

	"github.com/microkubes/microkubes-go/benchmarks/internal/page"
)

// scaleGoal is a limit for a figure of a row, which all rows of this library keep that have so many users or more.
type scaleGoal struct {
	what   string
	users  int
	limit  float64
	figure func(rows [][]string, row []string) float64
}

var allScaleGoals = []scaleGoal{
	{"signatures checked again, %", 10_000, 1, figureOf("signatures checked")},
	{"µs over bare or no-op, with 10,000 users or more", 10_000, 4, microsOverBase},
	{"heap for tokens, MiB", 0, 64, figureOf("heap, MiB")},
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

// worst returns the greatest figure, or NaN if there is none, or if one is missing.
func (g *scaleGoal) worst(rows [][]string) float64 {
	worst := math.NaN()
	for _, row := range rows {
		users, _ := strconv.Atoi(row[column("users")])
		if s := find(row[column("stack")]); users < g.users || !s.isOurs() {
			continue
		}
		figure := g.figure(rows, row)
		if math.IsNaN(figure) {
			return figure
		}
		if !(worst >= figure) {
			worst = figure
		}
	}
	return worst
}

// figureOf returns a function that returns a figure of a row.
func figureOf(name string) func(rows [][]string, row []string) float64 {
	return func(_ [][]string, row []string) float64 {
		figure, err := strconv.ParseFloat(strings.TrimSuffix(row[column(name)], " %"), 64)
		if err != nil {
			return math.NaN()
		}
		return figure
	}
}

// microsOverBase returns what the time of a row is over that of the same framework without security.
func microsOverBase(rows [][]string, row []string) float64 {
	micros := figureOf("µs per request")
	bare := base(find(row[column("stack")]).framework)
	for _, other := range rows {
		if other[column("stack")] == bare && other[column("users")] == row[column("users")] &&
			other[column("traffic")] == row[column("traffic")] {
			return micros(rows, row) - micros(rows, other)
		}
	}
	return math.NaN()
}
