package jws

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// Header is what the header of a token says (RFC 7515, section 4.1). The key decides whether that counts.
type Header struct {
	Algorithm string
	KeyID     string
	Type      string // as MediaType has it
}

// MediaType is a `typ` in the one form that is compared (RFC 7515, section 4.1.9).
func MediaType(typ string) string {
	return strings.TrimPrefix(strings.ToLower(typ), "application/")
}

var errHeaderMembers = errors.New("more header members than any token has")

// readHeader reads the first segment.
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
		case "crit", "b64": // b64 changes what is signed (RFC 7797), also without crit
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

// Headers remembers the headers of tokens that were good, by their text: the tokens of an issuer have one for each key. It
// only saves reading them again: what a header says is in its text. The zero value is ready, and safe for concurrent use; a nil
// one remembers nothing.
type Headers struct {
	mu    sync.Mutex
	known atomic.Pointer[[]remembered]
}

type remembered struct {
	text   string
	header Header
}

// mostHeaders bounds the memory, and the time that is spent on looking.
const mostHeaders = 32

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

// Remember keeps the header of t, whose signature must have been good: nobody else may say what is remembered. When too
// many are known, as after many rotations, it begins anew.
func (h *Headers) Remember(t *Token) {
	if _, ok := h.find(t.header); ok {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.find(t.header); ok { // another token was faster
		return
	}
	var all []remembered
	if known := h.known.Load(); known != nil && len(*known) < mostHeaders {
		all = append(all, *known...)
	}
	all = append(all, remembered{strings.Clone(t.header), t.Header}) // the token may lie in a buffer that is used again
	h.known.Store(&all)
}
