package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"slices"
	"strings"
)

const (
	maxFileSize = 64 << 10 // no key is larger
	maxFiles    = 1000
)

// Dir loads the public keys of a directory, such as the keys of the platform mounted at /run/secrets. A file holds one
// key as PEM (see [ParsePEM]), a JWK or a JWK Set (see [ParseJWKS]). The id of a key is its `kid`, or else the name of
// its file up to the last dot: default.pub has the id "default".
//
// Other files may lie there. Private keys, secrets and whatever else is not a public key are passed over, each with one
// warning that names the file and never its content; hidden files are not looked at. Two different keys with one id are
// both left out. Links are followed inside the directory, as Kubernetes mounts need, and not out of it.
//
// A directory that is missing, unreadable, or without one usable key is an error.
func Dir(dir string) (Store, error) {
	loaded, err := readDir(dir)
	if err != nil {
		return nil, err
	}
	for _, w := range loaded.warnings {
		slog.Warn("key file passed over", "file", w.file, "why", w.err.Error())
	}
	if len(loaded.keys) == 0 {
		return nil, fmt.Errorf("keys: no usable key in %s: put the public keys there, as .pub (PEM) or .json (JWK Set)%s",
			dir, loaded.summary())
	}
	return Static(loaded.keys...)
}

type content struct {
	keys     []*Key
	warnings []warning
}

type warning struct {
	file string // base name
	err  error
}

func (c *content) warn(file string, err error) {
	c.warnings = append(c.warnings, warning{file, err})
}

func (c *content) summary() string {
	var b strings.Builder
	for i, w := range c.warnings {
		if i == 5 {
			fmt.Fprintf(&b, "; and %d more", len(c.warnings)-i)
			break
		}
		fmt.Fprintf(&b, "; %s: %v", w.file, w.err)
	}
	return b.String()
}

func readDir(dir string) (*content, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("keys: the keys directory cannot be opened: %w", err)
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("keys: the keys directory cannot be read: %w", err)
	}
	if len(entries) > maxFiles {
		return nil, fmt.Errorf("keys: %s has %d files, that is no directory of keys (at most %d)", dir, len(entries), maxFiles)
	}
	c := &content{}
	from := map[*Key]string{}
	for _, e := range entries { // sorted by name
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		found, err := readFile(root, e.Name(), c)
		if err != nil {
			c.warn(e.Name(), err)
		}
		for _, k := range found {
			from[k] = e.Name()
		}
		c.keys = append(c.keys, found...)
	}
	c.dropDuplicates(from)
	return c, nil
}

// readFile returns the keys of one file. Nothing that is not a regular file is opened: a pipe would hang.
func readFile(root *os.Root, name string, c *content) ([]*Key, error) {
	info, err := root.Stat(name)
	switch {
	case err != nil:
		return nil, errors.New("it cannot be read, or leads out of the directory")
	case info.IsDir():
		return nil, nil
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	case info.Size() > maxFileSize:
		return nil, fmt.Errorf("it has more than %d bytes", maxFileSize)
	}
	data, err := root.ReadFile(name)
	if err != nil {
		return nil, errors.New("it cannot be read")
	}
	id := strings.TrimSuffix(name, path.Ext(name))
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if !bytes.HasPrefix(data, []byte("{")) {
		key, err := ParsePEM(id, data)
		if err != nil {
			return nil, err
		}
		return []*Key{key}, nil
	}
	found, skipped, err := ParseJWKS(data)
	for _, err := range skipped {
		c.warn(name, err)
	}
	if len(found) == 1 && found[0].id == "" {
		found[0].id = id
	}
	return found, err
}

// dropDuplicates leaves out both of two different keys with one id: which one was meant cannot be told.
func (c *content) dropDuplicates(from map[*Key]string) {
	first := map[string]*Key{}
	var bad []string
	kept := c.keys[:0]
	for _, k := range c.keys {
		old := first[k.id]
		switch {
		case k.id == "" || old == nil:
			first[k.id] = k
			kept = append(kept, k)
		case !old.equal(k):
			bad = append(bad, k.id)
			c.warn(from[k], fmt.Errorf("another key with the same id is in %s: neither is used", from[old]))
		}
	}
	c.keys = slices.DeleteFunc(kept, func(k *Key) bool { return slices.Contains(bad, k.id) })
}
