package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"time"

	golangjwt "github.com/golang-jwt/jwt/v5"

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
	tokens []string      // values of Authorization, one for each user
}

// traffic is a distribution of requests over users. next returns a function that draws one of n users.
type traffic struct {
	name string
	next func(r *rand.Rand, n int) func() int
}

var traffics = []traffic{
	{"uniform", func(r *rand.Rand, n int) func() int { return func() int { return r.IntN(n) } }},
	{"Zipf 1.1", func(r *rand.Rand, n int) func() int {
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

// measureScale measures all numbers of users, prints the page and writes it. If a single number of users or a part of the stacks
// is chosen, it only prints. Each row is measured in a process of its own, because all chains of a process share the memory for
// verified signatures.
func measureScale(users, claims int, only *regexp.Regexp, short bool) error {
	numbers, lasts := []int{1_000, 10_000, 100_000, 1_000_000}, 2*time.Second
	if short {
		numbers, lasts = []int{1_000, 20_000}, 100*time.Millisecond
	}
	if users > 0 {
		numbers = []int{users}
	}
	file, i, size, err := tokenFile(numbers[len(numbers)-1], claims)
	defer func() { _ = os.Remove(file) }()
	if err != nil {
		return err
	}
	var rows [][]string
	for _, n := range numbers {
		for t := range traffics {
			for _, stack := range scaled() {
				if !only.MatchString(stack.String()) {
					continue
				}
				row, err := inChild(scaleRow{stack.String(), t, n, file, size, i.public, lasts})
				if err != nil {
					return fmt.Errorf("%s, %d users: %w", stack, n, err)
				}
				rows = append(rows, row)
				fmt.Fprintln(os.Stderr, strings.Join(row, ", "))
			}
		}
	}
	text := fmt.Sprintf(scaleText, size-len(bearer("")), claims, page.Table(scaleHead, rows),
		"- "+strings.Join(machine.Lines(compared), "\n- "))
	fmt.Print(text)
	if short || users > 0 || only.String() != "" {
		return nil
	}
	chart := scaleChart(rows, traffics[0].name)
	return errors.Join(
		os.WriteFile(scaleFile, []byte(text), 0o644),       //nolint:gosec // a page of the repository
		os.WriteFile(scaleChartFile, []byte(chart), 0o644), //nolint:gosec // as above
	)
}

// tokenFile writes the values of Authorization for n users into a temporary file, and returns their issuer and the size of each.
// The caller removes the file, also after an error.
func tokenFile(n, claims int) (name string, i *issuer, size int, err error) {
	if i, err = newIssuer("EdDSA"); err != nil {
		return "", nil, 0, err
	}
	file, err := os.CreateTemp("", "tokens")
	if err != nil {
		return "", nil, 0, err
	}
	w := bufio.NewWriter(file)
	begin := time.Now()
	for k := range n {
		token, err := i.scaleToken(begin, k, claims)
		if err != nil {
			return file.Name(), nil, 0, errors.Join(err, file.Close())
		}
		size = len(bearer(token)) // the same for all
		_, _ = w.WriteString(bearer(token))
	}
	return file.Name(), i, size, errors.Join(w.Flush(), file.Close())
}

// row measures one stack with the tokens of n users.
func (s *scale) row(stack *stack, t traffic, n int) ([]string, error) {
	var seen counter
	i := *s.issuer
	i.observer = &seen
	before := live()
	server, err := stack.build(&i)
	if err != nil {
		return nil, err
	}
	p := server.port()
	peak := 0
	for k, token := range s.tokens[:n] {
		if err := request(stack, p, token); err != nil {
			return nil, err
		}
		if k%256 == 0 {
			peak = max(peak, heapNow()-before)
		}
		if !stack.isOurs() && n > 10_000 {
			break // peers remember nothing, so the other users make no difference
		}
	}
	heap := live() - before
	peak = max(peak, heap)
	r := random()
	next := t.next(r, n)
	seen = counter{}
	collector, stops, spent := collectorTime(), pauses(), make([]time.Duration, 0, maxTimed)
	for end := time.Now().Add(s.lasts); len(spent) < maxTimed && time.Now().Before(end); {
		p.authorization(s.tokens[next()])
		start := time.Now()
		p.request()
		spent = append(spent, time.Since(start))
	}
	collector = collectorTime() - collector
	pause := percentile99(pauses(), stops)
	runtime.KeepAlive(server)
	checked := nothing
	switch {
	case stack.isOurs():
		checked = fmt.Sprintf("%.1f %%", 100*float64(seen.all-seen.known)/float64(max(1, seen.all)))
	case stack.kind == peer:
		checked = "100 %"
	}
	return []string{
		stack.String(), fmt.Sprint(n), t.name, digits(mean(spent)), checked,
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

// live returns the bytes of the heap that are live.
func live() int {
	runtime.GC()
	runtime.GC() // for what was in pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// collectorTime returns the time that the garbage collector has used so far, in seconds of all cores.
func collectorTime() float64 {
	sample := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}}
	metrics.Read(sample)
	return sample[0].Value.Float64()
}

// heapNow returns the bytes of the heap, live or not yet freed.
func heapNow() int {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int(sample[0].Value.Uint64())
}

// pauses returns a histogram of all pauses so far in which the collector has stopped the program, in seconds.
func pauses() *metrics.Float64Histogram {
	sample := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(sample)
	return sample[0].Value.Float64Histogram()
}

// percentile99 returns the 99th percentile of the values that were added to a histogram since an earlier one, as the upper end of
// its range. It returns NaN if none were added.
func percentile99(now, earlier *metrics.Float64Histogram) float64 {
	total, seen := uint64(0), uint64(0)
	for i := range now.Counts {
		total += now.Counts[i] - earlier.Counts[i]
	}
	for i := range now.Counts {
		if seen += now.Counts[i] - earlier.Counts[i]; seen > 0 && 100*seen >= 99*total {
			return now.Buckets[i+1]
		}
	}
	return math.NaN()
}

// scaleToken returns the token of one user with so many claims, but always with those that the stacks check.
func (i *issuer) scaleToken(now time.Time, user, claims int) (string, error) {
	set := golangjwt.MapClaims{
		"iss": issuerName, "aud": audience, "sub": subject, "exp": now.Add(12 * time.Hour).Unix(),
		"jti": fmt.Sprintf("%036d", user),
	}
	for _, more := range []struct {
		name  string
		value any
	}{
		{"iat", now.Unix()}, {"username", "user@example.com"}, {"roles", "user,editor"}, {"scopes", "api:read,orders:write"},
		{"organizations", "acme,globex"}, {"userId", subject}, {"locale", "mk-MK"},
	} {
		if len(set) < claims {
			set[more.name] = more.value
		}
	}
	for len(set) < claims {
		set[fmt.Sprint("claim_", len(set)+1)] = "a value of some length"
	}
	token := golangjwt.NewWithClaims(golangjwt.GetSigningMethod(i.alg), set)
	token.Header["kid"] = keyID
	return token.SignedString(i.private)
}
