package keys

// Swap lets a test change the keys faster than files can.
func (d *Directory) Swap(all ...*Key) error { return d.swap(all) }
