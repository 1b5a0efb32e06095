package main

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
)

// TestReport writes and reads three runs. The second is the worst for ours.
func TestReport(t *testing.T) {
	dir := t.TempDir()
	for _, ns := range []float64{2_000, 3_000, 1_000} {
		r := newRun([]string{"date: today"})
		r.add("valid/RS256", "limit L1", "ns", 10_000, 20_000, 10_000)
		r.add("valid/RS256", "net/http bare", "ns", 0)
		r.add("valid/RS256", "net/http ours", "ns", ns)
		r.add("valid/RS256", "net/http jwx", "ns", 10*ns)
		if err := r.write(dir); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := readRuns(dir)
	if err != nil || len(runs) != 3 {
		t.Fatalf("read %d runs, want 3: %v", len(runs), err)
	}
	r := reportOf(runs)
	if got := r.plain("valid/RS256", find("net/http ours"), "ns"); got != 3_000 {
		t.Errorf("the figure of ours is %v, want that of the worst run", got)
	}
	if got := r.plain("valid/RS256", find("net/http jwx"), "ns"); got != 20_000 {
		t.Errorf("the figure of a peer is %v, want that of the median run", got)
	}
	if got := r.toL1("valid/RS256", find("net/http ours")); got != 0.3 {
		t.Errorf("ours is %v to L1, want 0.3", got)
	}
	text := r.text()
	if !strings.Contains(text, "0.300×") || strings.Contains(text, "## Loopback") {
		t.Errorf("the report does not show the figures of the runs, or shows others:\n%s", text)
	}
	if err := wellFormed(r.chart()); err != nil {
		t.Errorf("the chart is not XML: %v", err)
	}
}

func TestScaleChart(t *testing.T) {
	rows := [][]string{
		{"net/http ours", "1000", "uniform", "0.5"}, {"net/http ours", "1000", "Zipf 1.1", "77.5"}, {"net/http golang-jwt", "1000", "uniform", "44.5"},
	}
	chart := scaleChart(rows, traffics[0])
	if err := wellFormed(chart); err != nil {
		t.Errorf("the chart is not XML: %v", err)
	}
	if !strings.Contains(chart, "44.5") || !strings.Contains(chart, "net/http, microkubes-go") || strings.Contains(chart, "77.5") {
		t.Errorf("the chart does not show the rows of uniform traffic alone:\n%s", chart)
	}
}

func wellFormed(text string) error {
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		switch _, err := d.Token(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

func TestPercentile99(t *testing.T) {
	buckets := []float64{0, 1, 2, 3, math.Inf(1)}
	for name, c := range map[string]struct {
		now, earlier []uint64
		want         float64
	}{
		"one":               {[]uint64{0, 1, 0, 0}, []uint64{0, 0, 0, 0}, 2},
		"earlier ones":      {[]uint64{0, 1, 7, 0}, []uint64{0, 0, 7, 0}, 2},
		"one of a hundred":  {[]uint64{99, 0, 1, 0}, []uint64{0, 0, 0, 0}, 1},
		"two of a hundred":  {[]uint64{98, 0, 2, 0}, []uint64{0, 0, 0, 0}, 3},
		"none":              {[]uint64{5, 0, 0, 0}, []uint64{5, 0, 0, 0}, math.NaN()},
		"in the last range": {[]uint64{0, 0, 0, 1}, []uint64{0, 0, 0, 0}, math.Inf(1)},
	} {
		got := percentile99(&metrics.Float64Histogram{Counts: c.now, Buckets: buckets},
			&metrics.Float64Histogram{Counts: c.earlier, Buckets: buckets})
		if got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestScaleGoals has rows of a service that is slow with many users, of its framework, and of another library. Then a figure is
// missing, or all.
func TestScaleGoals(t *testing.T) {
	row := func(stack, users, micros, checked string) []string {
		return []string{stack, users, "uniform", micros, checked, "10.0", "20.0", "0.100", "30.0"}
	}
	rows := [][]string{
		row("net/http bare", "10000", "0.10", "–"),
		row("net/http ours", "1000", "9.00", "5.0 %"), // is not for the goals of more users
		row("net/http ours", "10000", "4.20", "0.0 %"),
		row("net/http golang-jwt", "10000", "40.0", "100 %"),
		row("echo no-op", "10000", "2.00", "–"),
		row("echo ours", "10000", "6.00", "0.9 %"),
	}
	table := scaleGoals(rows)
	for _, line := range []string{
		"| signatures checked again, %                      | ≤ 1.00 |         0.900 | yes |",
		"| µs over bare or no-op, with 10,000 users or more | ≤ 4.00 |          4.10 |  no |",
		"| heap for tokens, MiB                             | ≤ 64.0 |          10.0 | yes |",
	} {
		if !strings.Contains(table, line) {
			t.Errorf("missing: %s\nin:\n%s", line, table)
		}
	}
	if table := scaleGoals(rows[3:]); !strings.Contains(table, "| µs over bare or no-op, with 10,000 users or more | ≤ 4.00 |          4.00 | yes |") {
		t.Errorf("a goal that is just met:\n%s", table)
	}
	for _, missing := range [][][]string{nil, rows[5:]} {
		if table := scaleGoals(missing); strings.Contains(table, "more | ≤ 4.00 |          4.00 | yes") || !strings.Contains(table, "no |") {
			t.Errorf("met without a figure:\n%s", table)
		}
	}
}

func TestCoreCounts(t *testing.T) {
	for all, want := range map[int][]int{1: {1}, 2: {1, 2}, 3: {1, 2, 3}, 8: {1, 2, 4, 8}, 12: {1, 2, 4, 8, 12}} {
		if got := coreCounts(all); !slices.Equal(got, want) {
			t.Errorf("%d cores: %v, want %v", all, got, want)
		}
	}
}
