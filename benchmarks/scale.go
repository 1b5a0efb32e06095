package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/microkubes/microkubes-go/benchmarks/internal/machine"
	"github.com/microkubes/microkubes-go/benchmarks/internal/page"
	"github.com/microkubes/microkubes-go/core"
)

// The page that a complete measurement writes, and its chart.
const scaleFile, scaleChartFile = "SCALE.md", "scale.svg"

// scaleHead is the head of the table.
var scaleHead = []string{
	"stack", "users", "traffic", "µs per request", "signatures checked", "heap, MiB", "peak, MiB", "collector, µs per request",
	"pause, 99th percentile, µs",
}

// scale measures services in the default configuration, with a token for each user.
type scale struct {
	issuer *issuer
	lasts  time.Duration // how long requests are timed for a row
	tokens *tokens
}

// traffic is a distribution of requests over users. next returns a function that draws one of n users.
type traffic struct {
	name  string
	users string // says in the chart which of them send requests
	next  func(r *rand.Rand, n int) func() int
}

var traffics = []traffic{
	{"uniform", "all users equally likely", func(r *rand.Rand, n int) func() int { return func() int { return r.IntN(n) } }},
	{"Zipf 1.1", "some users much more often than others", func(r *rand.Rand, n int) func() int {
		z := rand.NewZipf(r, 1.1, 1, uint64(n-1))
		return func() int { return int(z.Uint64()) }
	}},
}

// scaled returns the stacks that are compared: for each framework the one without security, ours, and the best peer.
func scaled() (all []*stack) {
	for _, name := range []string{
		"net/http bare", "net/http ours", "net/http golang-jwt", "echo no-op", "echo ours", "echo echo-jwt",
		"fiber no-op", "fiber ours", "fiber contrib/jwt",
	} {
		all = append(all, find(name))
	}
	return all
}

// measureScale measures all numbers of users, prints the page and writes it. With a part of the stacks it only prints the page,
// and with a single number of users only the table of times. Each row is measured in a process of its own, because all chains of
// a process share the memory for verified signatures. An interrupt ends it without leaving the file of the tokens.
func (o *options) measureScale() error {
	if !slices.ContainsFunc(scaled(), o.matches) {
		return fmt.Errorf("-only %q matches none of the stacks %s", o.only, strings.Join(names(scaled()), ", "))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	numbers, lasts := []int{1_000, 10_000, 100_000, 1_000_000}, 2*time.Second
	if o.short {
		numbers, lasts = []int{1_000, 20_000}, 100*time.Millisecond
	}
	if o.users > 0 {
		numbers = []int{o.users}
	}
	fmt.Fprintf(os.Stderr, "signing the tokens of %d users\n", numbers[len(numbers)-1])
	file, i, size, err := tokenFile(ctx, numbers[len(numbers)-1], o.claims)
	defer func() { _ = os.Remove(file) }()
	if err != nil {
		return err
	}
	r := scaleRow{File: file, Size: size, Public: i.public, Lasts: lasts}
	rows, err := o.measureRows(ctx, r, numbers)
	if err != nil {
		return err
	}
	if o.users > 0 {
		fmt.Print(page.Table(scaleHead, rows) + "\nSCALE.md explains the columns.\n")
		return nil
	}
	cores, err := o.measureCores(ctx, r)
	if err != nil {
		return err
	}
	text := fmt.Sprintf(scaleText, size-len(bearer("")), o.claims, scaleGoals(rows), page.Table(scaleHead, rows), cores,
		"- "+strings.Join(machine.Lines(compared), "\n- "))
	fmt.Print(text)
	if o.short || o.only.String() != "" {
		return nil
	}
	chart := scaleChart(rows, traffics[0])
	return errors.Join(
		os.WriteFile(scaleFile, []byte(text), 0o644),       //nolint:gosec // a page of the repository
		os.WriteFile(scaleChartFile, []byte(chart), 0o644), //nolint:gosec // as above
	)
}

// names returns the names of stacks.
func names(of []*stack) (all []string) {
	for _, s := range of {
		all = append(all, s.String())
	}
	return all
}

// matches reports whether a stack is one of those that -only selects.
func (o *options) matches(s *stack) bool { return o.only.MatchString(s.String()) }

// measureRows measures the rows of the table of times.
func (o *options) measureRows(ctx context.Context, r scaleRow, numbers []int) (rows [][]string, err error) {
	for _, r.Users = range numbers {
		for r.Traffic = range traffics {
			for _, stack := range scaled() {
				if !o.matches(stack) {
					continue
				}
				r.Stack = stack.String()
				var row []string
				if err := inChild(ctx, r, &row); err != nil {
					return nil, fmt.Errorf("%s, %d users: %w", r.Stack, r.Users, err)
				}
				rows = append(rows, row)
				fmt.Fprintln(os.Stderr, strings.Join(row, ", "))
			}
		}
	}
	return rows, nil
}

// filled returns a server to which each user has sent a request. It calls each, if it is not nil, after one request in 256.
func (s *scale) filled(stack *stack, each func()) (server, error) {
	server, err := stack.build(s.issuer)
	if err != nil {
		return nil, err
	}
	p := server.port()
	for k := range s.tokens.users {
		if err := request(stack, p, s.tokens.of(k)); err != nil {
			return nil, err
		}
		if each != nil && k%256 == 0 {
			each()
		}
		if !stack.isOurs() && s.tokens.users > 10_000 {
			break // the stack remembers nothing, so the other users make no difference
		}
	}
	return server, nil
}

// row measures the time of a request and the memory of one stack.
func (s *scale) row(stack *stack, t traffic) ([]string, error) {
	var seen counter
	s.issuer.observer = &seen
	before, peak := live(), 0
	server, err := s.filled(stack, func() { peak = max(peak, heapNow()-before) })
	if err != nil {
		return nil, err
	}
	heap := live() - before
	peak = max(peak, heap)
	p, next := server.port(), t.next(random(), s.tokens.users)
	seen = counter{}
	collector, earlier, spent := collectorTime(), pauses(), make([]time.Duration, 0, maxTimed)
	for end := time.Now().Add(s.lasts); len(spent) < maxTimed && time.Now().Before(end); {
		p.authorization(s.tokens.of(next()))
		start := time.Now()
		p.request()
		spent = append(spent, time.Since(start))
	}
	collector = collectorTime() - collector
	pause := percentile99(pauses(), earlier)
	runtime.KeepAlive(server)
	checked := nothing
	switch {
	case stack.isOurs():
		checked = fmt.Sprintf("%.1f %%", 100*float64(seen.all-seen.known)/float64(max(1, seen.all)))
	case stack.kind == peer:
		checked = "100 %"
	}
	return []string{
		stack.String(), fmt.Sprint(s.tokens.users), t.name, digits(mean(spent)), checked,
		fmt.Sprintf("%.1f", float64(heap)/(1<<20)), fmt.Sprintf("%.1f", float64(peak)/(1<<20)),
		digits(collector * 1e6 / float64(len(spent))), digits(pause * 1e6),
	}, nil
}

// maxTimed bounds the requests that are timed for a row.
const maxTimed = 1_000_000

// mean returns the mean in microseconds without the slowest thousandth, during which another program may have had the processor.
func mean(all []time.Duration) float64 {
	slices.Sort(all)
	all = all[:len(all)-len(all)/1000]
	var sum time.Duration
	for _, d := range all {
		sum += d
	}
	return float64(sum.Nanoseconds()) / 1000 / float64(len(all))
}

func request(s *stack, p port, token string) error {
	p.authorization(token)
	p.request()
	status, body := p.answer()
	return good(s, status, body)
}

// counter is an observer that counts all decisions, and those for which no signature was checked.
type counter struct{ all, known int }

func (c *counter) Decision(_ context.Context, e core.Event) {
	if c.all++; e.Cached {
		c.known++
	}
}
