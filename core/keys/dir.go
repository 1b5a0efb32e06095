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

// Dir loads the public keys of a directory, such as the keys of the platform mounted at /run/secrets, and polls it for changes
// every five seconds. [DirConfig] sets the interval, the logger and the clock.
//
// A file holds one public key or certificate (see [ParsePEM]), or a JWK, a JWK Set or another set of keys in JSON (see
// [ParseJWKS]). The id of a key is the one in the JSON, or else the name of its file up to the last dot: default.pub has the id
// "default". The directory may contain other files. A private key, a secret or any other file that is not a public key is
// skipped, with one warning that names the file and never its content. Hidden files are ignored. Symbolic links are followed
// inside the directory, as Kubernetes mounts need, and not out of it.
//
// Keys may share an id, within a file or across files, if they are for different algorithms. A key that occurs twice is one key.
// If `alg` restricts it to some algorithms, it is for those only, even if a PEM file has it, too. If two different keys have the
// same id and an algorithm in common, neither is used for that algorithm.
//
// Dir fails if the directory is missing or unreadable, or has no key that is usable now.
func Dir(dir string) (*Directory, error) { return DirConfig{Path: dir}.Open() }

// DirConfig is the configuration of a [Directory].
type DirConfig struct {
	Path     string
	Interval time.Duration    // between two polls; zero: five seconds
	Logger   *slog.Logger     // nil: slog.Default
	Now      func() time.Time // the clock for the validity of certificates; nil: time.Now
}

// Directory is a [Store] of the keys in a directory that may change while the store is in use. It is safe for concurrent use.
// Each poll replaces the whole set of keys at once: a token is verified with the old set or with the new one.
//
// The next poll removes a key if its file is gone, or if the file was read and no longer has the key in usable form, because it
// has a private, a weak or another key now, or none. That includes the last key: Find then fails with ErrUnavailable. A file
// with other content counts as read: JSON of another shape, the word REVOKED, only a comment, a key in another form. So does
// every file with a private key, even if it is cut off or damaged.
//
// A fault does not remove keys. A file that had a key keeps it if the file cannot be opened, is empty or too large, is not text,
// is an HTML page, or may be incompletely written: JSON that is not complete, a PEM block or base64 that is cut off or damaged,
// parameters or openssl's description of a key without the key itself, or only the beginning of the text that preceded the key.
// All files keep their keys if the directory vanishes or all files disappear at once. The fault is logged once. A key that was
// kept gives way to another key with its id that was read.
//
// A key of a certificate is found while the certificate is valid, from the first instant to the last, without a poll and despite
// any fault.
type Directory struct {
	config DirConfig
	set    atomic.Pointer[Set]

	mu     sync.Mutex      // held during a poll
	files  []file          // found by the last successful poll
	keys   []*Key          // the keys in set
	logged map[record]bool // the problems of files that the last successful poll found
	fault  record          // why the directory is not usable now; zero if it is

	closing sync.Once
	stop    chan struct{}
	stopped chan struct{}
}

const defaultInterval = 5 * time.Second

// Open loads the keys and starts to poll the directory. Close stops that.
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

// Algorithms returns the algorithms of the current keys, as [Set.Algorithms] does.
func (d *Directory) Algorithms() []string { return d.set.Load().Algorithms() }

// Generation implements [Store].
func (d *Directory) Generation() uint64 { return d.set.Load().Generation() }

// Close implements [Store]. It stops polling and waits for a poll in progress. Find keeps working with the last keys.
func (d *Directory) Close() error {
	d.closing.Do(func() { close(d.stop) })
	<-d.stopped
	return nil
}

// Format implements [fmt.Formatter]. It writes the name of the type for every verb, and nothing of the keys.
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
			_ = d.Reload() // which logs its error
		}
	}
}

// Reload reads the directory now, for programs that are notified of changes. It returns an error if keys stay in use that the
// directory no longer has in usable form, or if no key is usable now.
func (d *Directory) Reload() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	found, err := readDir(d.config.Path, d.files)
	if err != nil {
		return d.keepLastGood(err)
	}
	broken := d.restore(found)
	all, usable := found.keys(d.config.Now())
	var none error
	if usable == 0 {
		none = fmt.Errorf("keys: no usable key in %s: put the public keys there, as .pub (PEM) or .json (JWK Set)%s",
			d.config.Path, found.summary())
	}
	if len(all) == 0 && !d.emptied(found) {
		return d.keepLastGood(none)
	}
	if none != nil && d.set.Load() == nil {
		return none
	}
	d.swap(all)
	d.logWarnings(found, broken)
	d.files = found.files
	if none != nil {
		return d.logFault("no key is usable now", none)
	}
	d.fault = record{}
	if len(broken) > 0 {
		return fmt.Errorf("keys: the last good keys are kept for files that cannot be read: %s", strings.Join(broken, ", "))
	}
	return nil
}

// emptied reports whether a file that had keys was read and has none now. If there is no such file, all files with keys are
// missing or unreadable at once, which is taken for a fault.
func (d *Directory) emptied(found *snapshot) bool {
	return slices.ContainsFunc(found.files, func(f file) bool {
		return !f.broken && len(f.keys) == 0 && len(d.lastKeys(f.name)) > 0
	})
}

// lastKeys returns the keys that a file had at the last successful poll.
func (d *Directory) lastKeys(name string) []*Key { return fileNamed(d.files, name).keys }

// restore gives each file that is broken now the keys that it had at the last successful poll. It returns the names of the files
// that had any.
func (d *Directory) restore(found *snapshot) (broken []string) {
	for i := range found.files {
		f := &found.files[i]
		if last := d.lastKeys(f.name); f.broken && len(last) > 0 {
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

// yielding returns the kept keys of a broken file. Those whose id another key has in a file that was read are marked to yield,
// so that the other key is found as if the kept one did not exist.
func yielding(kept []*Key, found *snapshot) []*Key {
	kept = slices.Clone(kept)
	for i, k := range kept {
		yields := slices.ContainsFunc(found.files, func(f file) bool {
			return !f.broken && slices.ContainsFunc(f.keys, func(other *Key) bool {
				return other.id == k.id && other.hidden().fingerprint != k.hidden().fingerprint
			})
		})
		if yields != k.yields {
			kept[i] = k.withAlgorithms(k.algorithms, k.stated)
			kept[i].yields = yields
		}
	}
	return kept
}

// keepLastGood logs err and leaves the keys as they are. While the directory is being opened there are none, and err is only
// returned.
func (d *Directory) keepLastGood(err error) error {
	if d.set.Load() == nil {
		return err
	}
	return d.logFault("the keys directory is not usable; the last good keys are kept", err)
}

// swap puts the keys into use, unless they equal those in use.
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
