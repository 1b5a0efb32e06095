// Package proxy writes a module proxy into a folder, so that the go command can use versions that are not published yet.
package proxy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"
)

// Proxy is a folder in the layout of a module proxy, for GOPROXY=file://.
type Proxy struct {
	Dir string
}

// URL returns the address of the proxy for GOPROXY, where a comma would begin another one.
func (p Proxy) URL() string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(p.Dir)}
	return strings.ReplaceAll(u.String(), ",", "%2C")
}

// Add adds the version of a module that is in a folder of a tree of the git repository at root. The zip file is what the go
// command makes of the tag: without the files of nested modules, and with the LICENSE of the repository if the module has none.
// Add returns the two lines that the version has in go.sum files.
func (p Proxy) Add(v module.Version, root, tree, folder string, at time.Time) (sums []string, err error) {
	escaped, err := module.EscapePath(v.Path)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(p.Dir, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // published files
		return nil, err
	}
	var archive bytes.Buffer
	if err := zip.CreateFromVCS(&archive, v, root, tree, folder); err != nil {
		return nil, fmt.Errorf("the zip file of %s: %w", v, err)
	}
	info, err := json.Marshal(struct {
		Version string
		Time    time.Time
	}{v.Version, at.UTC().Truncate(time.Second)})
	if err != nil {
		return nil, err
	}
	base := filepath.Join(dir, v.Version)
	if err := write(base+".zip", archive.Bytes()); err != nil {
		return nil, err
	}
	gomod, err := goMod(base+".zip", v)
	if err != nil {
		return nil, err
	}
	for name, data := range map[string][]byte{base + ".mod": gomod, base + ".info": info} {
		if err := write(name, data); err != nil {
			return nil, err
		}
	}
	if err := list(filepath.Join(dir, "list"), v.Version); err != nil {
		return nil, err
	}
	return hashes(v, base+".zip", gomod)
}

// hashes returns the lines of a go.sum file.
func hashes(v module.Version, archive string, gomod []byte) ([]string, error) {
	whole, err := dirhash.HashZip(archive, dirhash.Hash1)
	if err != nil {
		return nil, err
	}
	alone, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(gomod)), nil
	})
	return []string{
		fmt.Sprintf("%s %s %s", v.Path, v.Version, whole),
		fmt.Sprintf("%s %s/go.mod %s", v.Path, v.Version, alone),
	}, err
}

// list adds a version to the list of a module.
func list(name, version string) error {
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644) //nolint:gosec // a published file
	if err != nil {
		return err
	}
	if _, err := file.WriteString(version + "\n"); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}

func write(name string, data []byte) error {
	return os.WriteFile(name, data, 0o644) //nolint:gosec // a published file
}
