package conformance

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/microkubes/microkubes-go/core"
)

// handlerCases are about the requests of net/http handlers behind a chain. They are mounted as the framework mounts them.
func handlerCases() []Case {
	return []Case{
		{
			Name: "handlers/net-http", Page: "core.AuthFrom",
			Rule: "AuthFrom returns the identity of the request that ctx belongs to, and whether there is one. It works in " +
				"every layer that has the context.",
			Why: "A handler that is mounted in another way sees no user and treats everybody as a guest.", needs: ownHandler,
			app: func(w *witness) App {
				c := chain(tokens, core.Optional())
				return App{Routes: []Route{
					{Method: "GET", Path: "/x", Chain: c, HTTP: w.serveHTTP(nil)},
					{Method: "GET", Path: "/group", Guard: Grouped, Chain: c, HTTP: w.serveHTTP(nil)},
					{Method: "GET", Path: "/open", Guard: Public, Chain: c, HTTP: w.serveHTTP(nil)},
					{Method: "GET", Path: "/bare", Guard: Bare, HTTP: w.serveHTTP(nil)},
				}}
			},
			try: steps(step{get("/x", bearer("user:ann")), servedTo("ann")}, step{get("/x"), servedTo(nobody)},
				step{get("/group", bearer("user:bob")), servedTo("bob")}, step{get("/group", bearer("bad")), invalidToken},
				step{get("/open", bearer("user:ann")), servedTo(nobody)},
				step{get("/bare", bearer("user:ann")), servedTo(nobody)}),
		},
		{
			Name: "handlers/trailers", Page: pageContract,
			Rule: "A handler sees trailers that a request in chunks did not announce.",
			Why:  "A checksum at the end of an upload is not seen, and damaged data is stored.", needs: ownHandler,
			app: func(w *witness) App {
				sum := w.serveHTTP(func(r *http.Request) string {
					if _, err := io.Copy(io.Discard, r.Body); err != nil {
						return err.Error()
					}
					return r.Trailer.Get("X-Sum")
				})
				c := chain(core.Optional(), tokens, apiKey)
				return App{Chain: c, Routes: []Route{
					{Method: "POST", Path: "/x", Guard: Bare, HTTP: sum},
					{Method: "POST", Path: "/secured", Chain: c, HTTP: sum},
					{Method: "POST", Path: "/group", Guard: Grouped, Chain: c, HTTP: sum},
				}}
			},
			try: tryTrailers,
		},
		uploadsCase(),
		keptHTTPRequest(),
	}
}

// serveHTTP returns the usual handler as one of net/http. It adds to the body what more returns.
func (w *witness) serveHTTP(more func(*http.Request) string) http.Handler {
	return http.HandlerFunc(func(res http.ResponseWriter, r *http.Request) {
		reply := w.handle(r.Context(), r.Header.Get)
		if more != nil {
			reply.Body += " " + more(r)
		}
		reply.WriteTo(res)
	})
}

func tryTrailers(w *witness) error {
	var errs []error
	for _, target := range []string{"/x", "/secured", "/group"} {
		for _, announced := range []string{"Trailer: X-Sum", "Trailer: X-Other", ""} {
			for user, header := range map[string]string{nobody: "", "ann": bearer("user:ann")} {
				r := request{method: "POST", target: target, headers: []string{chunked}}
				for _, line := range []string{announced, header} {
					if line != "" {
						r.headers = append(r.headers, line)
					}
				}
				r.body = "3\r\nabc\r\n0\r\nX-Sum: 9\r\nX-Api-Key: key-eve\r\n\r\n"
				errs = append(errs, w.expect(step{r, servedTo(user).saying(" 9")}))
			}
		}
	}
	return errors.Join(errs...)
}

// uploadsCase has handlers that parse a form and store its files on disk.
func uploadsCase() Case {
	var mu sync.Mutex
	var stored []string // the names of the files
	store := func(r *http.Request) string {
		if err := r.ParseMultipartForm(1); err != nil { //nolint:gosec // the body is the suite's own
			return err.Error()
		}
		name := "" // empty: the file is not on disk
		for _, header := range r.MultipartForm.File["file"] {
			f, err := header.Open()
			if err != nil {
				return err.Error()
			}
			if f, ok := f.(*os.File); ok {
				name = f.Name()
			}
			_ = f.Close()
		}
		mu.Lock()
		defer mu.Unlock()
		stored = append(stored, name)
		return r.FormValue("field")
	}
	return Case{
		Name: "handlers/uploads", Page: pageContract,
		Rule: "The server removes the temporary files of a form that a handler has parsed.",
		Why:  "Each upload leaves a file behind, until the disk is full.", needs: ownHandler,
		app: func(w *witness) App {
			h := w.serveHTTP(store)
			c := chain(tokens)
			return App{Routes: []Route{
				{Method: "POST", Path: "/x", Chain: c, HTTP: h},
				{Method: "POST", Path: "/group", Guard: Grouped, Chain: c, HTTP: h},
				{Method: "POST", Path: "/open", Guard: Public, Chain: c, HTTP: h},
			}}
		},
		try: func(w *witness) error {
			errs := []error{
				w.expect(step{uploading("/x"), servedTo("ann").saying(" value")}),
				w.expect(step{uploading("/group"), servedTo("ann").saying(" value")}),
				w.expect(step{uploading("/open"), servedTo(nobody).saying(" value")}),
			}
			mu.Lock()
			defer mu.Unlock()
			return errors.Join(append(errs, w.removed(stored))...)
		},
	}
}

// uploading returns a request with a form that has a field and a file.
func uploading(target string) request {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("field", "value") // a buffer does not fail
	if file, err := form.CreateFormFile("file", "name"); err == nil {
		_, _ = file.Write(bytes.Repeat([]byte("x"), 5000))
	}
	_ = form.Close()
	return request{method: "POST", target: target, body: body.String(),
		headers: []string{bearer("user:ann"), "Content-Type: " + form.FormDataContentType()}}
}

// removed waits until temporary files are gone. In the end it removes those that are left. An empty name stands for a file that
// was never on disk.
func (w *witness) removed(files []string) error {
	defer func() {
		for _, name := range files {
			_ = os.Remove(name)
		}
	}()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	end := time.After(w.patience / 2)
	for {
		left := slices.ContainsFunc(files, func(name string) bool {
			_, err := os.Stat(name)
			return name != "" && !errors.Is(err, os.ErrNotExist)
		})
		if !left {
			return nil
		}
		select {
		case <-look.C:
		case <-w.ctx.Done():
			return w.ctx.Err()
		case <-end:
			return errors.New("a temporary file of an upload is left after its request")
		}
	}
}
