package keys

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Dir loads the public keys of a directory, such as the keys of the platform mounted at /run/secrets, and looks every
// five seconds whether they have changed. [DirConfig] sets the interval, the logger and the clock.
//
// A file holds one public key or certificate (see [ParsePEM]), or a JWK, a JWK Set or another set of keys in JSON (see
// [ParseJWKS]). The id of a key is the one that the JSON gives it, or else the name of its file up to the last dot: default.pub
// has the id "default". Other files may lie there. Private keys, secrets and whatever else is not a public key are passed over,
// each with one warning that names the file and never its content; hidden files are not looked at. Links are followed inside
// the directory, as Kubernetes mounts need, and not out of it.
//
// Keys of all files may share an id when they are for different algorithms. A key that is there twice is one key; where `alg`
// names algorithms for it, it is for those alone, though a PEM file has it, too. Where two different keys have one id and an
// algorithm in common, neither is used for it.
//
// A directory that is missing, unreadable, or without one key that is usable now is an error.
func Dir(dir string) (*Directory, error) { return DirConfig{Path: dir}.Open() }

// DirConfig is the configuration of a [Directory].
type DirConfig struct {
	Path     string
	Interval time.Duration    // between two looks; zero: five seconds
	Logger   *slog.Logger     // nil: slog.Default
	Now      func() time.Time // the clock that certificates are valid by; nil: time.Now
}

// Directory is a [Store] over a directory that may change while it serves. Each look swaps the whole set of keys at once:
// a token is checked with the old set or with the new one.
//
// A key whose file is gone is gone with the next look. So is one whose file was read and does not have it in usable form any
// more, because it has a private, a weak or another key now, or none; also when it was the last one, and Find then fails with
// ErrUnavailable. Read, and without a key, is each file with something else in it: JSON of another shape, the words REVOKED, a
// comment alone, a key in another form. So is each with a private key, though it is cut off or damaged.
//
// What looks like a fault is not taken for a removal. A file that had a key keeps it when it cannot be opened, is empty or too
// large, is not text, is an HTML page, or may be half written: JSON that is not complete, a PEM block or base64 that is cut off
// or damaged, parameters or openssl's description of a key before the key itself, and the beginning of the text that was
// before the key. All files keep their keys when the directory vanishes or none of them is there any more. The log says so,
// once. A kept key yields to another one with its id that was read.
//
// A key of a certificate is found from the first moment of its validity to the last, without a look and whatever fault there is.
type Directory struct {
	config DirConfig
	set    atomic.Pointer[Set]

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
	if c.Now == nil {
		c.Now = time.Now
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
func (d *Directory) Generation() uint64 { return d.set.Load().Generation() }

// Close stops looking for changes and waits for a look in progress. Find keeps working.
func (d *Directory) Close() error {
	d.closing.Do(func() { close(d.stop) })
	<-d.stopped
	return nil
}

// Format writes the name of the type for every verb of package fmt, and nothing of the keys.
func (d *Directory) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "keys.Directory") }

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

// Reload looks at the directory now, for programs that are told of changes. An error says that keys were kept which the
// directory does not have in good form any more, and which go on to be used, or that no key is usable now.
func (d *Directory) Reload() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	found, err := readDir(d.config.Path, d.files)
	if err != nil {
		return d.keep(err)
	}
	broken := d.restore(found)
	all, usable := found.keys(d.config.Now())
	var none error
	if usable == 0 {
		none = fmt.Errorf("keys: no usable key in %s: put the public keys there, as .pub (PEM) or .json (JWK Set)%s",
			d.config.Path, found.summary())
	}
	if len(all) == 0 && !d.emptied(found) {
		return d.keep(none)
	}
	if none != nil && d.set.Load() == nil {
		return none
	}
	d.swap(all)
	d.warn(found, broken)
	d.files = found.files
	switch {
	case none != nil:
		return d.say("no key is usable now", none)
	case len(broken) > 0:
		d.fault = ""
		return fmt.Errorf("keys: the last good keys are kept for what cannot be read: %s", strings.Join(broken, ", "))
	}
	d.fault = ""
	return nil
}

// emptied reports whether a file that had keys is there, was read, and has none now. Otherwise it looks as if the files were
// gone by a fault, all at once.
func (d *Directory) emptied(found *content) bool {
	return slices.ContainsFunc(found.files, func(f file) bool {
		return !f.broken && len(f.keys) == 0 && len(d.before(f.name)) > 0
	})
}

// before are the keys that a file had at the last good look.
func (d *Directory) before(name string) []*Key { return named(d.files, name).keys }

// restore gives the files that are broken now the keys they had at the last look.
func (d *Directory) restore(found *content) (broken []string) {
	for i := range found.files {
		f := &found.files[i]
		if last := d.before(f.name); f.broken && len(last) > 0 {
			f.keys = last
			broken = append(broken, f.name)
		}
	}
	for i := range found.files {
		if f := &found.files[i]; f.broken {
			f.keys = yielding(f.keys, found)
		}
	}
	return broken
}

// yielding are kept keys. Each for whose id another key was read yields to that one: as it would be found without the kept one.
func yielding(kept []*Key, found *content) []*Key {
	kept = slices.Clone(kept)
	for i, k := range kept {
		yields := slices.ContainsFunc(found.files, func(f file) bool {
			return !f.broken && slices.ContainsFunc(f.keys, func(other *Key) bool {
				return other.id == k.id && other.inside().mark != k.inside().mark
			})
		})
		if yields != k.yields {
			kept[i] = k.with(k.algorithms, k.stated)
			kept[i].yields = yields
		}
	}
	return kept
}

// keep goes on with the keys that are there. At the first look there are none.
func (d *Directory) keep(err error) error {
	if d.set.Load() == nil {
		return err
	}
	return d.say("the keys directory is not usable; the last good keys are kept", err)
}

// say logs what is wrong with the whole directory, once.
func (d *Directory) say(what string, err error) error {
	if d.fault != err.Error() {
		d.fault = err.Error()
		d.config.Logger.Error(what, "why", d.fault)
	}
	return err
}

// warn says once what is wrong with a file, and again only when something else is.
func (d *Directory) warn(found *content, broken []string) {
	seen := map[string]bool{}
	for _, w := range found.warnings {
		text := w.file + ": " + w.err.Error()
		seen[text] = true
		if !d.warned[text] {
			d.warnOf(w, found, broken)
		}
	}
	d.warned = seen
}

func (d *Directory) warnOf(w warning, found *content, broken []string) {
	has := slices.ContainsFunc(found.files, func(f file) bool { return f.name == w.file && len(f.keys) > 0 })
	switch {
	case slices.Contains(broken, w.file):
		d.config.Logger.Error("key file cannot be used; its last good keys are kept", "file", w.file, "why", w.err.Error())
	case has:
		d.config.Logger.Warn("a key in the file is not used", "file", w.file, "why", w.err.Error())
	case len(d.before(w.file)) > 0:
		d.config.Logger.Error("key file is not usable any more; its keys are removed", "file", w.file, "why", w.err.Error())
	default:
		d.config.Logger.Warn("key file passed over", "file", w.file, "why", w.err.Error())
	}
}

// swap takes the keys into use, if they are others than those in use.
func (d *Directory) swap(all []*Key) {
	old := d.set.Load()
	if old != nil && maps.Equal(contents(d.keys), contents(all)) {
		return
	}
	generation := uint64(1)
	if old != nil {
		generation = old.nextGeneration()
	}
	d.keys = all
	d.set.Store(newSet(all, d.config.Now, generation))
}
