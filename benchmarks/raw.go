package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// run holds the results of one run: the machine, and the samples of each figure.
type run struct {
	head    []string
	order   []figure
	samples map[figure][]float64
}

// figure names a number: a case, a stack, and a metric.
type figure struct{ subject, stack, metric string }

func newRun(head []string) *run { return &run{head: head, samples: map[figure][]float64{}} }

func (r *run) add(subject, stack, metric string, samples ...float64) {
	f := figure{subject, stack, metric}
	if _, known := r.samples[f]; !known {
		r.order = append(r.order, f)
	}
	r.samples[f] = append(r.samples[f], samples...)
}

// get returns the median of the samples of a figure. It is NaN if there are none.
func (r *run) get(subject, stack, metric string) float64 {
	return median(r.samples[figure{subject, stack, metric}])
}

func median(samples []float64) float64 {
	s := slices.Sorted(slices.Values(samples))
	switch n := len(s); {
	case n == 0:
		return math.NaN()
	case n%2 == 1:
		return s[n/2]
	default:
		return (s[n/2-1] + s[n/2]) / 2
	}
}

// text formats the run as a file of raw: a line for each figure, with its name, the median, and the samples in the order of the
// passes.
func (r *run) text() []byte {
	var b bytes.Buffer
	for _, line := range r.head {
		fmt.Fprintf(&b, "# %s\n", line)
	}
	for _, f := range r.order {
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t", f.subject, f.stack, f.metric, number(r.get(f.subject, f.stack, f.metric)))
		for i, s := range r.samples[f] {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(number(s))
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }

// parseRun parses the result of text.
func parseRun(text []byte) (*run, error) {
	r := newRun(nil)
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if head, ok := strings.CutPrefix(lines.Text(), "# "); ok {
			r.head = append(r.head, head)
			continue
		}
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) != 5 {
			return nil, fmt.Errorf("a line has %d fields, want 5: %q", len(fields), lines.Text())
		}
		for _, s := range strings.Fields(fields[4]) {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil {
				return nil, err
			}
			r.add(fields[0], fields[1], fields[2], v)
		}
	}
	return r, lines.Err()
}

// readRuns reads all runs in the folder raw of a directory.
func readRuns(dir string) ([]*run, error) {
	files, err := fs.Glob(os.DirFS(dir), "raw/run-*.txt")
	if err != nil {
		return nil, err
	}
	var all []*run
	for _, name := range files {
		text, err := fs.ReadFile(os.DirFS(dir), name)
		if err != nil {
			return nil, err
		}
		r, err := parseRun(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// write writes the run to the folder raw of a directory, as the file with the next number.
func (r *run) write(dir string) error {
	raw := filepath.Join(dir, "raw")
	if err := os.MkdirAll(raw, 0o750); err != nil {
		return err
	}
	for n := 1; ; n++ {
		name := filepath.Join(raw, fmt.Sprintf("run-%d.txt", n))
		if _, err := os.Stat(name); err == nil {
			continue
		}
		return os.WriteFile(name, r.text(), 0o600)
	}
}
