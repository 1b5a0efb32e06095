package keys

import "io"

// Swap replaces the keys, faster than with files.
func (d *Directory) Swap(all ...*Key) { d.swap(all) }

// ReadAtMost reads a file.
func ReadAtMost(r io.Reader) ([]byte, error) { return readAtMost(r) }

// ReadDiscovery is how a discovery document is read.
var ReadDiscovery = readDiscovery
