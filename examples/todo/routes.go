package main

import (
	"embed"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
)

// An api has the handlers. The chain in front of them has checked the token and the policies for the method and the path.
type api struct {
	store    *store
	policies *acl.Policies // for what the row decides
}

// routes returns the routes of the service. The policies guard all of them but the page.
func routes(chain *core.SecurityChain, a *api) *nethttp.Mux {
	sec := nethttp.New(chain)
	mux := new(nethttp.Mux)
	mux.HandleFunc("GET /todos", sec.Secured(member(a.list)))
	mux.HandleFunc("POST /todos", sec.Secured(member(a.add)))
	mux.HandleFunc("GET /todos/{id}", sec.Secured(member(a.get)))
	mux.HandleFunc("PUT /todos/{id}", sec.Secured(member(a.change)))
	mux.HandleFunc("DELETE /todos/{id}", sec.Secured(member(a.remove)))
	mux.HandleFunc("GET /app/{file...}", sec.Public(page()))
	return mux
}

// A caller is the identity behind a request, and the one organization whose todos it may see.
type caller struct {
	*core.Auth
	organization string
}

// member returns a handler for members of exactly one organization. The organization comes from the verified identity alone, and
// never from the path, the query or the body.
func member(h func(w http.ResponseWriter, r *http.Request, c caller) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		auth, ok := core.AuthFrom(r.Context())
		organizations := auth.Organizations()
		if !ok || len(organizations) != 1 || organizations[0] == "" {
			answerError(w, &problem{http.StatusForbidden, "a member of exactly one organization is required"})
			return
		}
		answerError(w, h(w, r, caller{auth, organizations[0]}))
	}
}

func (a *api) list(w http.ResponseWriter, r *http.Request, c caller) error {
	todos, err := a.store.list(r.Context(), c.organization)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, todos)
}

func (a *api) get(w http.ResponseWriter, r *http.Request, c caller) error {
	t, err := a.find(r, c)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, t)
}

func (a *api) add(w http.ResponseWriter, r *http.Request, c caller) error {
	in, err := read(w, r)
	if err != nil {
		return err
	}
	t, err := a.store.add(r.Context(), c.organization, todo{Owner: c.UserID(), Title: in.Title, Done: in.Done})
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/todos/"+strconv.FormatInt(t.ID, 10))
	return answer(w, http.StatusCreated, t)
}

// change asks the policies again when it knows who owns the todo.
func (a *api) change(w http.ResponseWriter, r *http.Request, c caller) error {
	t, err := a.find(r, c)
	if err != nil {
		return err
	}
	if !a.policies.Allows(c.Auth, acl.Query{Method: "CHANGE", Path: r.URL.EscapedPath(), Owner: t.Owner}) {
		return &problem{http.StatusForbidden, "only its owner or an administrator may change this todo"}
	}
	in, err := read(w, r)
	if err != nil {
		return err
	}
	t.Title, t.Done = in.Title, in.Done
	if err := a.store.change(r.Context(), c.organization, t); err != nil {
		return err
	}
	return answer(w, http.StatusOK, t)
}

func (a *api) remove(w http.ResponseWriter, r *http.Request, c caller) error {
	t, err := a.find(r, c)
	if err == nil {
		err = a.store.remove(r.Context(), c.organization, t.ID)
	}
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// find returns the todo in the path, if the organization of the caller has it.
func (a *api) find(r *http.Request, c caller) (todo, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return todo{}, errNotFound
	}
	return a.store.get(r.Context(), c.organization, id)
}

// input is what a client may set.
type input struct {
	Title string `json:"title"`
	Done  bool   `json:"done"`
}

const maxTitle, maxBody = 200, 4096 // bytes

func read(w http.ResponseWriter, r *http.Request) (in input, err error) {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return in, &problem{http.StatusBadRequest, `the body must be {"title": text, "done": true or false} and nothing else`}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return in, &problem{http.StatusBadRequest, "the body must be one JSON object"}
	}
	in.Title = strings.TrimSpace(in.Title)
	if in.Title == "" || len(in.Title) > maxTitle || strings.ContainsFunc(in.Title, isUnprintable) {
		return in, &problem{http.StatusBadRequest, "title must have 1 to 200 bytes of printable text"}
	}
	return in, nil
}

// isUnprintable reports whether r is a control character, or stands for a character that was not valid.
func isUnprintable(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }

//go:embed page
var pageFiles embed.FS

// page serves the files of the web page. The page runs and loads only what this origin serves.
func page() http.HandlerFunc {
	files, err := fs.Sub(pageFiles, "page")
	if err != nil {
		panic(err) // page is not a valid path
	}
	server := http.StripPrefix("/app/", http.FileServerFS(files))
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "+
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		server.ServeHTTP(w, r)
	}
}
