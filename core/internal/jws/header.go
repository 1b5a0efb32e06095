package jws

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// Header holds the members of the header of a token that are used (RFC 7515, section 4.1). The algorithm must not be trusted: the
// key decides which algorithms are allowed.
type Header struct {
	Algorithm string
	KeyID     string
	Type      string // normalized by MediaType
}

// MediaType normalizes a `typ` for comparison: lower case, without a leading "application/" (RFC 7515, section 4.1.9).
func MediaType(typ string) string {
	return strings.TrimPrefix(strings.ToLower(typ), "application/")
}

var errHeaderMembers = errors.New("more header members than any token has")

// readHeader parses the first segment of a token.
func readHeader(text string) (Header, error) {
	var h Header
	raw, err := decode(nil, text)
	if err != nil {
		return h, err
	}
	critical, members := false, 0
	err = strictjson.Object(string(raw), func(name, value string) error {
		ok := true
		switch name {
		case "alg":
			h.Algorithm, ok = strictjson.String(value)
		case "kid":
			h.KeyID, ok = strictjson.String(value)
			ok = ok && h.KeyID != ""
		case "typ":
			h.Type, ok = strictjson.String(value)
			h.Type = MediaType(h.Type)
		case "crit", "b64": // b64 changes the signed content (RFC 7797), even without crit
			critical = true
		case "zip", "enc": // members of a JWE (RFC 7516, section 4.1)
			ok = false
		}
		if members++; members > 32 {
			return errHeaderMembers
		}
		if !ok {
			return ErrMalformed
		}
		return nil
	})
	switch {
	case err != nil:
		return h, ErrMalformed
	case critical:
		return h, ErrCritical
	}
	return h, nil
}

// Headers is a cache of the headers of verified tokens, keyed by their text, which saves parsing. All tokens that an issuer signs
// with the same key usually have the same header. The zero value is an empty cache. A nil *Headers caches nothing. It is safe for
// concurrent use.
type Headers struct {
	mu    sync.Mutex // held while known is replaced
	known atomic.Pointer[[]headerEntry]
}

type headerEntry struct {
	text   string
	header Header
}

// maxHeaders bounds the memory and the time of a search.
const maxHeaders = 32

func (h *Headers) find(text string) (Header, bool) {
	if h == nil {
		return Header{}, false
	}
	if known := h.known.Load(); known != nil {
		for i := range *known {
			if (*known)[i].text == text {
				return (*known)[i].header, true
			}
		}
	}
	return Header{}, false
}

// Add adds the header of t. The caller must have verified t, so that an attacker cannot fill the cache. If the cache is full, as
// after many rotations, Add empties it first.
func (h *Headers) Add(t *Token) {
	if _, ok := h.find(t.header); ok {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.find(t.header); ok { // added meanwhile
		return
	}
	var all []headerEntry
	if known := h.known.Load(); known != nil && len(*known) < maxHeaders {
		all = append(all, *known...)
	}
	all = append(all, headerEntry{strings.Clone(t.header), t.Header}) // the text of t may be in a buffer that is reused
	h.known.Store(&all)
}
