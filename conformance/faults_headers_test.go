package conformance_test

import (
	"io"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
)

func init() { maps.Copy(faults, headerFaults) }

// headerFaults are broken in the way they read header fields.
var headerFaults = map[string]func(a *adapter){
	"hides the second header": func(a *adapter) {
		a.header = func(r *http.Request, name string) (string, int) {
			return r.Header.Get(name), min(1, len(r.Header[name]))
		}
	},
	"joins headers": func(a *adapter) {
		a.header = func(r *http.Request, name string) (string, int) {
			return strings.Join(r.Header[name], ", "), min(1, len(r.Header[name]))
		}
	},
	"sees absent headers": func(a *adapter) {
		a.header = func(r *http.Request, name string) (string, int) {
			return r.Header.Get(name), max(1, len(r.Header[name]))
		}
	},
	"reads a token from a form": func(a *adapter) {
		a.header = func(r *http.Request, name string) (string, int) {
			if token := r.PostFormValue("access_token"); name == "Authorization" && token != "" {
				return "Bearer " + token, 1
			}
			return r.Header.Get(name), len(r.Header.Values(name))
		}
	},
	"reads a token from the query": func(a *adapter) {
		a.header = func(r *http.Request, name string) (string, int) {
			if token := r.URL.Query().Get("access_token"); name == "Authorization" && token != "" {
				return "Bearer " + token, 1
			}
			return r.Header.Get(name), len(r.Header.Values(name))
		}
	},
	"trusts a header of the gateway": func(a *adapter) {
		a.header = func(r *http.Request, name string) (string, int) {
			if user := r.Header.Get("X-Forwarded-User"); name == "Authorization" && user != "" {
				return "Bearer user:" + user, 1
			}
			return r.Header.Get(name), len(r.Header.Values(name))
		}
	},
	"knows one spelling of the scheme": func(a *adapter) {
		a.header = func(r *http.Request, name string) (string, int) {
			v := r.Header.Get(name)
			if name == "Authorization" && !strings.HasPrefix(v, "Bearer") {
				return "", 0
			}
			return v, len(r.Header.Values(name))
		}
	},
	"tidies header values": func(a *adapter) {
		a.header = func(r *http.Request, name string) (string, int) {
			return strings.Join(strings.Fields(r.Header.Get(name)), " "), len(r.Header.Values(name))
		}
	},
	"folds header values": func(a *adapter) {
		a.header = func(r *http.Request, name string) (string, int) {
			return strings.ToLower(r.Header.Get(name)), len(r.Header.Values(name))
		}
	},
	"keeps 4 KiB of a header": func(a *adapter) {
		a.header = func(r *http.Request, name string) (string, int) {
			v := r.Header.Get(name)
			return v[:min(len(v), 4096)], len(r.Header.Values(name))
		}
	},
	"knows one line of User-Agent and Content-Type": func(a *adapter) {
		a.header = func(r *http.Request, name string) (string, int) {
			if n := len(r.Header.Values(name)); name == "User-Agent" || name == "Content-Type" {
				return r.Header.Get(name), min(n, 1)
			}
			return r.Header.Get(name), len(r.Header.Values(name))
		}
	},
	"takes trailers for headers": func(a *adapter) {
		a.header = func(r *http.Request, name string) (string, int) {
			_, _ = io.Copy(io.Discard, r.Body)
			all := slices.Concat(r.Header.Values(name), r.Trailer.Values(name))
			return strings.Join(all[:min(1, len(all))], ""), len(all)
		}
	},
	"compares header names exactly": func(a *adapter) {
		a.header = func(r *http.Request, name string) (string, int) {
			all := r.Header[strings.ToLower(name)]
			return strings.Join(all[:min(1, len(all))], ""), len(all)
		}
	},
	"has one request for all": func(a *adapter) {
		var last atomic.Pointer[http.Request]
		read, tell := a.header, a.path
		a.path = func(r *http.Request) string { last.Store(r); return tell(r) }
		a.header = func(_ *http.Request, name string) (string, int) {
			runtime.Gosched()
			return read(last.Load(), name)
		}
	},
}
