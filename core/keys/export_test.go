package keys

import "io"

// Swap lets a test change the keys faster than files can.
func (d *Directory) Swap(all ...*Key) { d.swap(all) }

// ReadAtMost is how a file is read.
func ReadAtMost(r io.Reader) ([]byte, error) { return readAtMost(r) }

// ReadDiscovery is how a discovery document is read.
var ReadDiscovery = readDiscovery
