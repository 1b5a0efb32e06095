package fetch

import (
	"net/netip"
)

// Dialer is the guard's own dialer.
func Dialer(trusted ...string) dialFunc { return newGuard(trusted).dialer(nil) }

// IsPublic is what the guard thinks of an address.
func IsPublic(a netip.Addr) bool { return isPublic(a) }
