package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
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

// file is one file with the keys it gave. One that could not be read is broken: nobody knows what it has. Of one that was
// read, and gave none, it is known that it has none. The head of one that gave keys is what is before its first PEM block. It is
// a function, so that package fmt does not print it.
type file struct {
	name   string
	keys   []*Key
	broken bool
	head   func() string
}

// cutsOff reports whether data is the beginning of the head.
func (f *file) cutsOff(data []byte) bool {
	return f.head != nil && strings.HasPrefix(f.head(), string(data))
}

func headOf(data []byte) func() string {
	i := bytes.Index(data, []byte(begin))
	if i <= 0 {
		return nil
	}
	head := string(data[:i+len(begin)])
	return func() string { return head }
}

func named(files []file, name string) (f file) {
	if i := slices.IndexFunc(files, func(f file) bool { return f.name == name }); i >= 0 {
		return files[i]
	}
	return f
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

// readDir knows the files of the last look: any text may be before a key, so only by them can a file that is cut off there be
// told from one that has another text now.
func readDir(dir string, last []file) (*content, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("keys: the keys directory cannot be opened: %w", err)
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("keys: the keys directory cannot be read: %w", err)
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") || e.IsDir() })
	if len(entries) > maxFiles {
		return nil, fmt.Errorf("keys: %s has %d files, that is no directory of keys (at most %d)", dir, len(entries), maxFiles)
	}
	c := &content{}
	for _, e := range entries { // sorted by name
		data, err := readFile(root, e)
		if errors.Is(err, errDirectory) {
			continue
		}
		var found []*Key
		if err == nil {
			found, err = parseFile(e.Name(), data, c)
		}
		if err != nil {
			c.warn(e.Name(), err)
		}
		f := file{name: e.Name(), keys: found, broken: isUnreadable(err), head: headOf(data)}
		if len(found) == 0 {
			f.head = named(last, f.name).head
			f.broken = f.broken || f.cutsOff(data)
		}
		c.files = append(c.files, f)
	}
	return c, nil
}

var (
	errDirectory  = errors.New("keys: it is a directory")
	errNotRegular = unreadable{errors.New("it is not a regular file")}
	errNoAccess   = unreadable{errors.New("it cannot be read, or leads out of the directory")}
)

// readFile reads a regular file. What a link leads to, and what has taken the place of a file meanwhile, is known only when it
// is open, and a pipe must not be waited for.
func readFile(root *os.Root, entry fs.DirEntry) ([]byte, error) {
	if kind := entry.Type(); !kind.IsRegular() && kind&fs.ModeSymlink == 0 {
		return nil, errNotRegular
	}
	f, err := root.OpenFile(entry.Name(), os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, errNoAccess
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, errNoAccess
	case info.IsDir():
		return nil, errDirectory
	case !info.Mode().IsRegular():
		return nil, errNotRegular
	}
	return readAtMost(f)
}

// readAtMost does not believe what the size was: a file may grow while it is read.
func readAtMost(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	switch {
	case err != nil:
		return nil, errNoAccess
	case len(data) > maxFileSize:
		return nil, tooLarge
	}
	return data, nil
}

// blockOfItsOwn is the begin of a PEM block on a line of its own. There are no lines in a string of JSON, also of one that is cut
// off, so what is before the block is text that happens to begin as JSON does.
var blockOfItsOwn = regexp.MustCompile(`[\r\n][ \t]*` + begin)

// parseFile returns the keys of one file, whether they are valid now or not.
func parseFile(name string, data []byte, c *content) ([]*Key, error) {
	id := strings.TrimSuffix(name, path.Ext(name))
	text, err := plainText(data)
	if err != nil {
		return nil, err
	}
	if text[0] != '{' && text[0] != '[' || blockOfItsOwn.MatchString(text) {
		return parseText(id, text)
	}
	found, skipped, err := parseJSON(text)
	for _, err := range skipped {
		c.warn(name, err)
	}
	if len(found) == 1 && found[0].id == "" {
		found[0].id = id
	}
	return found, err
}

// keys are those of all files. What is wrong with them at this moment goes to the warnings.
func (c *content) keys(now time.Time) (all []*Key, usable int) {
	var from []string
	for _, f := range c.files {
		for _, k := range f.keys {
			all, from = append(all, k), append(from, f.name)
			if err := k.valid.check(now); err != nil {
				c.warn(f.name, err)
			}
		}
	}
	valid, places := validAt(all, now)
	kept, disputes := resolve(valid)
	for _, d := range disputes {
		first, second := from[places[d.first]], from[places[d.second]]
		if d.yields {
			c.warn(second, fmt.Errorf("its last good key is not used for %s: another key with the same id was read from %s",
				strings.Join(d.algorithms, ", "), first))
			continue
		}
		c.warn(second, fmt.Errorf("another key with the same id is in %s, and both are for %s: neither is used for it",
			first, strings.Join(d.algorithms, ", ")))
	}
	return all, len(kept)
}
