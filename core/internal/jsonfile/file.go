package jsonfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ReadFile reads a regular file of at most limit bytes. Its errors do not have the path. It checks the type of the open file,
// since the name may lead to another file a moment later. Opening does not wait for the writer of a pipe.
func ReadFile(name string, limit int64) ([]byte, error) {
	file, err := os.OpenFile(name, os.O_RDONLY|nonblock, 0) //nolint:gosec // the operator chose the file
	if err != nil {
		return nil, withoutPath(err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, withoutPath(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("cannot be read: it is not a regular file")
	}
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	switch {
	case err != nil:
		return nil, withoutPath(err)
	case int64(len(text)) > limit:
		return nil, fmt.Errorf("the file is larger than %d bytes", limit)
	}
	return text, nil
}

// withoutPath returns the reason of an error of a file; the error itself begins with the whole path.
func withoutPath(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return fmt.Errorf("cannot be read: %w", e.Err)
	}
	return err
}

// Prefix puts a text before each of the errors that err joins, also of those that one of them joins in turn.
func Prefix(text string, err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return fmt.Errorf("%s%w", text, err)
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, Prefix(text, e))
	}
	return errors.Join(all...)
}
