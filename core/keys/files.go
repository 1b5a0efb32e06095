package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

const (
	maxFileSize = 64 << 10 // no key is larger
	maxFiles    = 1000
)

// content is what one look at a directory found.
type content struct {
	files    []file
	warnings []warning
}

// file is one file with the keys it gave. One that gave none, though it should have, is broken.
type file struct {
	name   string
	keys   []*Key
	broken bool
}

type warning struct {
	file string // base name
	err  error
}

func (c *content) warn(file string, err error) {
	c.warnings = append(c.warnings, warning{file, err})
}

// summary says in one line what was passed over.
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
	for _, e := range entries { // sorted by name
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		found, err := readFile(root, e.Name(), c)
		if err != nil {
			c.warn(e.Name(), err)
		}
		if len(found) > 0 || err != nil {
			c.files = append(c.files, file{name: e.Name(), keys: found, broken: err != nil})
		}
	}
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

// usable are the keys of all files. Of two different keys with one id both are left out: which one was meant cannot be
// told.
func (c *content) usable() []*Key {
	var kept []*Key
	var bad []string
	first, from := map[string]*Key{}, map[string]string{}
	for _, f := range c.files {
		for _, k := range f.keys {
			old := first[k.id]
			switch {
			case k.id == "" || old == nil:
				first[k.id], from[k.id] = k, f.name
				kept = append(kept, k)
			case !old.equal(k):
				bad = append(bad, k.id)
				c.warn(f.name, fmt.Errorf("another key with the same id is in %s: neither is used", from[k.id]))
			}
		}
	}
	return slices.DeleteFunc(kept, func(k *Key) bool { return k.id != "" && slices.Contains(bad, k.id) })
}
