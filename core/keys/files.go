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
	maxFileSize = 64 << 10 // bytes, larger than any key
	maxFiles    = 1000
)

// snapshot is the content of a directory as one poll found it.
type snapshot struct {
	files    []file
	warnings []warning
}

// file is a file with its keys.
type file struct {
	name   string
	keys   []*Key
	broken bool          // the file could not be read, so what it contains is not known; a file that was read may have no keys
	head   func() string // the text up to the first PEM block, if there is one; a function, so that package fmt does not print it
}

// isCutOff reports whether data is the beginning of the head that the file had.
func (f *file) isCutOff(data []byte) bool {
	return f.head != nil && strings.HasPrefix(f.head(), string(data))
}

// headOf returns the head of a file for [file].
func headOf(data []byte) func() string {
	i := bytes.Index(data, []byte(begin))
	if i <= 0 {
		return nil
	}
	head := string(data[:i+len(begin)])
	return func() string { return head }
}

// fileNamed returns the file with that name, or a zero file if there is none.
func fileNamed(files []file, name string) (f file) {
	if i := slices.IndexFunc(files, func(f file) bool { return f.name == name }); i >= 0 {
		return files[i]
	}
	return f
}

type warning struct {
	file string // base name
	err  error
}

func (s *snapshot) warn(file string, err error) {
	s.warnings = append(s.warnings, warning{file, err})
}

// summary returns the first warnings in one line.
func (s *snapshot) summary() string {
	var b strings.Builder
	for i, w := range s.warnings {
		if i == 5 {
			fmt.Fprintf(&b, "; and %d more", len(s.warnings)-i)
			break
		}
		fmt.Fprintf(&b, "; %s: %v", w.file, w.err)
	}
	return b.String()
}

// readDir reads a directory. last has the files of the last successful poll: any text may precede a key, so only they tell a file
// that breaks off in that text from a file that has another text now.
func readDir(dir string, last []file) (*snapshot, error) {
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
		return nil, fmt.Errorf("keys: %s has %d files; a directory of keys may have at most %d", dir, len(entries), maxFiles)
	}
	s := &snapshot{}
	for _, e := range entries { // sorted by name
		data, err := readFile(root, e)
		if errors.Is(err, errDirectory) {
			continue
		}
		var found []*Key
		if err == nil {
			found, err = parseFile(e.Name(), data, s)
		}
		if err != nil {
			s.warn(e.Name(), err)
		}
		f := file{name: e.Name(), keys: found, broken: isUnreadable(err), head: headOf(data)}
		if len(found) == 0 {
			f.head = fileNamed(last, f.name).head
			f.broken = f.broken || f.isCutOff(data)
		}
		s.files = append(s.files, f)
	}
	return s, nil
}

var (
	errDirectory  = errors.New("keys: a directory")
	errNotRegular = unreadable{errors.New("keys: not a regular file")}
	errNoAccess   = unreadable{errors.New("keys: it cannot be read, or is a link out of the directory")}
)

// readFile reads a regular file. It checks the type again after opening the file, since a link may lead to anything and the file
// may have been replaced meanwhile. Opening does not wait for the writer of a pipe.
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

// readAtMost reads up to maxFileSize bytes. It does not rely on the size of the file, which may grow while it is read.
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

// blockOnItsOwnLine matches a PEM block that begins on its own line. A JSON string has no line breaks, not even if it is cut off,
// so a file with such a block is not JSON, even if it begins like JSON.
var blockOnItsOwnLine = regexp.MustCompile(`[\r\n][ \t]*` + begin)

// parseFile returns the keys of a file, valid now or not. Single keys that are not usable become warnings.
func parseFile(name string, data []byte, s *snapshot) ([]*Key, error) {
	id := strings.TrimSuffix(name, path.Ext(name))
	text, err := plainText(data)
	if err != nil {
		return nil, err
	}
	if text[0] != '{' && text[0] != '[' || blockOnItsOwnLine.MatchString(text) {
		return parseText(id, text)
	}
	found, skipped, err := parseJSON(text)
	for _, err := range skipped {
		s.warn(name, err)
	}
	if len(found) == 1 && found[0].id == "" {
		found[0] = found[0].withID(id)
	}
	return found, err
}

// keys returns the keys of all files, and how many of them are usable now. It adds a warning for each key that is not.
func (s *snapshot) keys(now time.Time) (all []*Key, usable int) {
	var from []string
	for _, f := range s.files {
		for _, k := range f.keys {
			all, from = append(all, k), append(from, f.name)
			if err := k.valid.check(now); err != nil {
				s.warn(f.name, err)
			}
		}
	}
	valid, positions := validAt(all, now)
	kept, conflicts := resolve(valid)
	for _, c := range conflicts {
		first, second := from[positions[c.first]], from[positions[c.second]]
		if c.yields {
			s.warn(second, fmt.Errorf("keys: its last good key is not used for %s: another key with the same id was read from %s",
				strings.Join(c.algorithms, ", "), first))
			continue
		}
		s.warn(second, fmt.Errorf("keys: another key with the same id is in %s, and both are for %s: neither is used for it",
			first, strings.Join(c.algorithms, ", ")))
	}
	return all, len(kept)
}
