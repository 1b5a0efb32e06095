package keys

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Dir loads the public keys of a directory, such as the keys of the platform mounted at /run/secrets, and looks every
// five seconds whether they have changed. [DirConfig] sets the interval and the logger.
//
// A file holds one key as PEM (see [ParsePEM]), a JWK or a JWK Set (see [ParseJWKS]). The id of a key is its `kid`, or
// else the name of its file up to the last dot: default.pub has the id "default". Other files may lie there. Private
// keys, secrets and whatever else is not a public key are passed over, each with one warning that names the file and
// never its content; hidden files are not looked at. Two different keys with one id are both left out. Links are followed
// inside the directory, as Kubernetes mounts need, and not out of it.
//
// A directory that is missing, unreadable, or without one usable key is an error.
func Dir(dir string) (*Directory, error) { return DirConfig{Path: dir}.Open() }

// DirConfig is the configuration of a [Directory].
type DirConfig struct {
	Path     string
	Interval time.Duration // between two looks; zero: five seconds
	Logger   *slog.Logger  // nil: slog.Default
}

// Directory is a [Store] over a directory that may change while it serves. Each look swaps the whole set of keys at once:
// a token is checked with the old set or with the new one.
//
// A key whose file is gone is gone with the next look. What looks like a fault is not taken for a removal: a file that had
// a key and cannot be read now keeps it, and so do all files when the directory vanishes or has no usable key left. The
// log says so, once.
type Directory struct {
	config     DirConfig
	set        atomic.Pointer[Set]
	generation atomic.Uint64

	mu     sync.Mutex      // one look at a time
	files  []file          // as they were at the last good look
	keys   []*Key          // that the set is made of
	warned map[string]bool // what the last good look warned of
	fault  string          // why the directory is not usable now

	closing sync.Once
	stop    chan struct{}
	stopped chan struct{}
}

const defaultInterval = 5 * time.Second

// Open loads the keys and begins to look for changes. Close ends that.
func (c DirConfig) Open() (*Directory, error) {
	if c.Interval < 0 {
		return nil, errors.New("keys: DirConfig.Interval is negative")
	}
	if c.Interval == 0 {
		c.Interval = defaultInterval
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	d := &Directory{config: c, stop: make(chan struct{}), stopped: make(chan struct{})}
	if err := d.Reload(); err != nil {
		return nil, err
	}
	go d.watch()
	return d, nil
}

// Find implements [Store].
func (d *Directory) Find(ctx context.Context, kid, algorithm string) ([]*Key, error) {
	return d.set.Load().Find(ctx, kid, algorithm)
}

// Algorithms lists what the keys of the moment are for. See [Set.Algorithms].
func (d *Directory) Algorithms() []string { return d.set.Load().Algorithms() }

// Generation implements [Store].
func (d *Directory) Generation() uint64 { return d.generation.Load() }

// Close ends the look-outs and waits for the last one. The keys go on to be found.
func (d *Directory) Close() error {
	d.closing.Do(func() { close(d.stop) })
	<-d.stopped
	return nil
}

func (d *Directory) watch() {
	defer close(d.stopped)
	ticker := time.NewTicker(d.config.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-d.stop:
			return
		case <-ticker.C:
			_ = d.Reload() // it has logged what is wrong
		}
	}
}

// Reload looks at the directory now, for programs that are told of changes. An error means that keys were kept which the
// directory does not have in good form any more; they go on to be used.
func (d *Directory) Reload() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	found, err := readDir(d.config.Path)
	if err != nil {
		return d.keep(err)
	}
	broken := d.restore(found)
	usable := found.usable()
	if len(usable) == 0 {
		return d.keep(fmt.Errorf("keys: no usable key in %s: put the public keys there, as .pub (PEM) or .json (JWK Set)%s",
			d.config.Path, found.summary()))
	}
	if err := d.swap(usable); err != nil {
		return d.keep(err)
	}
	d.warn(found.warnings, broken)
	d.files, d.fault = found.files, ""
	if len(broken) > 0 {
		return fmt.Errorf("keys: the last good keys are kept for what cannot be read: %s", strings.Join(broken, ", "))
	}
	return nil
}

// restore gives the files that are broken now the keys they had at the last look.
func (d *Directory) restore(found *content) (broken []string) {
	for i := range found.files {
		f := &found.files[i]
		last := slices.IndexFunc(d.files, func(old file) bool { return old.name == f.name && len(old.keys) > 0 })
		if f.broken && last >= 0 {
			f.keys = d.files[last].keys
			broken = append(broken, f.name)
		}
	}
	return broken
}

// keep goes on with the keys that are there. At the first look there are none.
func (d *Directory) keep(err error) error {
	if d.set.Load() != nil && d.fault != err.Error() {
		d.fault = err.Error()
		d.config.Logger.Error("the keys directory is not usable; the last good keys are kept", "why", d.fault)
	}
	return err
}

// warn says once what is wrong with a file, and again only when something else is.
func (d *Directory) warn(warnings []warning, broken []string) {
	seen := map[string]bool{}
	for _, w := range warnings {
		text := w.file + ": " + w.err.Error()
		seen[text] = true
		switch {
		case d.warned[text]:
		case slices.Contains(broken, w.file):
			d.config.Logger.Error("key file cannot be used; its last good keys are kept", "file", w.file, "why", w.err.Error())
		default:
			d.config.Logger.Warn("key file passed over", "file", w.file, "why", w.err.Error())
		}
	}
	d.warned = seen
}

// swap takes the keys into use, if they are others than those in use.
func (d *Directory) swap(usable []*Key) error {
	same := func(a, b *Key) bool { return a.id == b.id && a.equal(b) }
	if slices.EqualFunc(d.keys, usable, same) {
		return nil
	}
	set, err := Static(usable...)
	if err != nil {
		return err
	}
	d.keys = usable
	d.set.Store(set)
	d.generation.Add(1)
	return nil
}
