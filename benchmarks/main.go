// Command benchmarks measures the cost of securing a handler on net/http, Echo, Gin and Fiber. It compares this library with its
// peers and with the signature check alone, in one program.
//
//	go run .                 # a whole run, seven minutes: raw/run-N.txt, RESULTS.md, chart.svg
//	go run . -short          # a quick run, which only prints its figures
//	go run . -only RS256     # the figures that match
//	go run . -report         # writes RESULTS.md and chart.svg again from the runs in raw
//	go run . -scale          # services with up to a million users: SCALE.md, scale.svg
//	go run . -users 200000 -claims 12   # the same with other numbers, only printed
//
// Only ratios within one run are meaningful: absolute times depend on the machine and on other programs that use it.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"regexp"
	"runtime"
	"time"

	"github.com/microkubes/microkubes-go/benchmarks/internal/machine"
)

func main() {
	log.SetFlags(0)
	o := newOptions(flag.CommandLine)
	flag.Parse()
	err := o.check(flag.CommandLine)
	if err == nil {
		err = o.run()
	}
	if err != nil {
		log.Fatal(err)
	}
}

// run does what the options ask for.
func (o *options) run() error {
	switch {
	case o.serve != "":
		return serveStack(o.serve, os.Stdin, os.Stdout)
	case o.row != "":
		return measureRow(o.row)
	case o.scale || o.users > 0:
		return o.measureScale()
	}
	if o.out == "" && (o.report || !o.short && o.only.String() == "") {
		o.out = "."
	}
	if o.report {
		return writeReport(o.out)
	}
	return measureAll(o.only, o.short, o.out)
}

// allMeasured is in the head of a run that measured everything.
const allMeasured = "measured: all"

// measureAll makes one run. It uses at most two cores, so that the figures of different machines can be compared.
func measureAll(only *regexp.Regexp, short bool, out string) error {
	runtime.GOMAXPROCS(min(2, runtime.NumCPU()))
	b := &bench{run: newRun(machine.Lines(compared)), only: only, passes: 6, sample: 100 * time.Millisecond, log: os.Stderr}
	if short {
		b.short, b.passes, b.sample = true, 3, 12*time.Millisecond
		b.run.head = append(b.run.head, "short: 20,000 tokens in place of 100,000")
	}
	if only.String() == "" {
		b.run.head = append(b.run.head, allMeasured)
	}
	b.run.head = append(b.run.head, fmt.Sprintf("passes: %d, of %v for each figure", b.passes, b.sample))
	start := time.Now()
	for _, phase := range []struct {
		name    string
		measure func() error
	}{
		{"what is checked", b.probe}, {"a good token", b.valid}, {"bad requests", b.rejected}, {"many tokens", b.cached},
		{"hot tokens", b.hot}, {"two cores", b.parallel}, {"many keys", b.lookups}, {"an empty cache", b.empty},
		{"newer adapters", b.elders}, {"loopback", b.loopback},
	} {
		b.say("%4.0fs %s", time.Since(start).Seconds(), phase.name)
		if err := phase.measure(); err != nil {
			return fmt.Errorf("%s: %w", phase.name, err)
		}
	}
	if only.String() != "" && len(b.run.order) == 0 {
		return fmt.Errorf("-only %q matches no case and stack, such as %q or %q", only,
			"valid/RS256 net/http ours", "rejected/forged echo ours")
	}
	b.say("%4.0fs done", time.Since(start).Seconds())
	report := reportOf([]*run{b.run})
	fmt.Print(report.text())
	if out == "" {
		return nil
	}
	if err := b.run.write(out); err != nil {
		return err
	}
	return writeReport(out)
}
