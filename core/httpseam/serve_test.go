package httpseam_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/httpseam"
)

type contextKey struct{}

// handOn is middleware that passes a request on as an adapter does.
func handOn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), contextKey{}, "inside")
		httpseam.ServeWithContext(ctx, r, func(inner *http.Request) { next.ServeHTTP(w, inner) })
	})
}

// upload is a body of multipart/form-data with one file and one field.
func upload(t testing.TB) (contentType, body string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	require.NoError(t, form.WriteField("field", "value"))
	file, err := form.CreateFormFile("file", "name")
	require.NoError(t, err)
	_, err = file.Write(bytes.Repeat([]byte("x"), 1000))
	require.NoError(t, err)
	require.NoError(t, form.Close())
	return form.FormDataContentType(), b.String()
}

// storeUpload parses the form so that its file is stored on disk, and returns the name of the file there.
func storeUpload(t testing.TB, r *http.Request) string {
	t.Helper()
	if !assert.NoError(t, r.ParseMultipartForm(1)) {
		return ""
	}
	file, err := r.MultipartForm.File["file"][0].Open()
	if !assert.NoError(t, err) {
		return ""
	}
	defer file.Close()
	return file.(*os.File).Name()
}

// TestWhatIsCarriedBack compares what is visible outside of the changes that a handler made to its request.
func TestWhatIsCarriedBack(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	uploadType, uploaded := upload(t)
	for name, c := range map[string]struct {
		target, contentType, body string // without a body it is GET, with one POST
		do                        func(r *http.Request)
		seen                      func(r *http.Request) any
		want                      any
	}{
		"pattern": {"/x", "", "",
			func(r *http.Request) { r.Pattern = "/{x}" },
			func(r *http.Request) any { return r.Pattern }, "/{x}"},
		"multipart form": {"/x?q=1", uploadType, uploaded,
			func(r *http.Request) { _ = r.ParseMultipartForm(1 << 20) },
			func(r *http.Request) any {
				return fmt.Sprintf("%d %v %s %s", len(r.MultipartForm.File), r.Form, r.FormValue("field"), r.PostFormValue("field"))
			}, "1 map[field:[value] q:[1]] value value"},
		"multipart by reader": {"/x", uploadType, uploaded,
			func(r *http.Request) { _, _ = r.MultipartReader() },
			func(r *http.Request) any { return fmt.Sprint(r.ParseMultipartForm(1)) },
			"http: multipart handled by MultipartReader"},
		"form": {"/x?q=1", form, "a=b",
			func(r *http.Request) { _ = r.ParseForm() },
			func(r *http.Request) any { return fmt.Sprint(r.Form, r.PostForm) }, "map[a:[b] q:[1]] map[a:[b]]"},
		"form of the URL": {"/x?q=1", "", "",
			func(r *http.Request) { _ = r.ParseForm() },
			func(r *http.Request) any { return r.Form == nil && r.FormValue("q") == "1" }, true},
		"another body": {"/x", "", "outer",
			func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("inner")) },
			func(r *http.Request) any { b, _ := io.ReadAll(r.Body); return string(b) }, "outer"},
		"path value": {"/x", "", "",
			func(r *http.Request) { r.SetPathValue("x", "y") },
			func(r *http.Request) any { return r.PathValue("x") }, ""},
		"method and URL": {"/x", "", "",
			func(r *http.Request) { r.Method, r.URL = "PUT", nil },
			func(r *http.Request) any { return r.Method + " " + r.URL.Path }, "GET /x"},
		"nothing": {"/x", "", "",
			func(*http.Request) {},
			func(r *http.Request) any {
				return r.Pattern == "" && r.Form == nil && r.MultipartForm == nil && r.Trailer == nil
			}, true},
	} {
		for _, panics := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, panics %v", name, panics), func(t *testing.T) {
				r := httptest.NewRequest(http.MethodGet, c.target, nil)
				if c.body != "" {
					r = httptest.NewRequest(http.MethodPost, c.target, strings.NewReader(c.body))
				}
				r.Header.Set("Content-Type", c.contentType)
				h := handOn(handOn(http.HandlerFunc(func(_ http.ResponseWriter, inner *http.Request) {
					assert.Equal(t, "inside", inner.Context().Value(contextKey{}))
					c.do(inner)
					if panics {
						panic(http.ErrAbortHandler)
					}
				})))
				if panics {
					assert.PanicsWithValue(t, http.ErrAbortHandler, func() { h.ServeHTTP(nil, r) }, "the panic is passed on unchanged")
				} else {
					h.ServeHTTP(nil, r)
				}
				assert.Equal(t, c.want, c.seen(r))
				assert.Nil(t, r.Context().Value(contextKey{}), "the context ends with the call")
			})
		}
	}
}

// served sends one request over loopback, with HTTP/1.1 or HTTP/2, and returns the body of the answer.
func served(t *testing.T, http2 bool, h http.Handler, r *http.Request) string {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.EnableHTTP2 = http2
	if http2 {
		server.StartTLS()
	} else {
		server.Start()
	}
	defer server.Close() // waits for the handler, and for what the server does after it
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	r.URL.Scheme, r.URL.Host, r.RequestURI = u.Scheme, u.Host, ""
	res, err := server.Client().Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, http2, res.ProtoMajor == 2)
	return string(body)
}

// TestUploadsAreRemoved parses a form on the copy. The server must remove its temporary file, as it does without a copy. The
// HTTP/2 server of Go 1.27 leaves the file in either case.
func TestUploadsAreRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	contentType, body := upload(t)
	store := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := storeUpload(t, r)
		assert.FileExists(t, name)
		_, _ = io.WriteString(w, name)
	})
	for _, http2 := range []bool{false, true} {
		isLeft := func(h http.Handler) bool {
			r := httptest.NewRequest(http.MethodPost, "/x", strings.NewReader(body))
			r.Header.Set("Content-Type", contentType)
			name := served(t, http2, h, r)
			require.NotEmpty(t, name)
			_, err := os.Stat(name)
			return err == nil
		}
		bare := isLeft(store)
		assert.False(t, bare && !http2, "net/http removes it")
		assert.Equal(t, bare, isLeft(handOn(handOn(store))), "HTTP/2: %v", http2)
	}
}

// TestTrailers sends one trailer, announced or not, and reads it behind two copies and in front of them.
func TestTrailers(t *testing.T) {
	for announced, want := range map[string]string{"Trailer: X-Sum\r\n": "9 9", "": "9 9", "Trailer: X-Other\r\n": "9 9"} {
		inside := make(chan string, 1)
		guarded := handOn(handOn(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			inside <- r.Trailer.Get("X-Sum")
		})))
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			guarded.ServeHTTP(w, r)
			_, _ = io.WriteString(w, <-inside+" "+r.Trailer.Get("X-Sum"))
		}))
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		require.NoError(t, err)
		_, err = io.WriteString(conn, "POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"+announced+
			"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 9\r\n\r\n")
		require.NoError(t, err)
		answer, err := io.ReadAll(conn)
		require.NoError(t, err)
		assert.Contains(t, string(answer), "\r\n\r\n"+want, announced)
		_ = conn.Close()
		server.Close()
	}
}

// TestTrailersOfHTTP2 sends an announced trailer: handlers get no others with HTTP/2.
func TestTrailersOfHTTP2(t *testing.T) {
	h := handOn(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, r.Trailer.Get("X-Sum"))
	}))
	r := httptest.NewRequest(http.MethodPost, "/x", strings.NewReader("abc"))
	r.ContentLength, r.Trailer = -1, http.Header{"X-Sum": {"9"}}
	assert.Equal(t, "9", served(t, true, h, r))
}

// TestWorkThatIsLeftBehind has a handler whose goroutine keeps using its request while ServeWithContext carries back from it. It
// is for the race detector.
func TestWorkThatIsLeftBehind(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		var work sync.WaitGroup
		h := handOn(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			work.Go(func() {
				assert.Equal(t, "1", r.FormValue("q"))
				assert.Equal(t, "inside", r.Context().Value(contextKey{}))
			})
		}))
		served(t, http2, h, httptest.NewRequest(http.MethodGet, "/x?q=1", nil))
		served(t, http2, h, httptest.NewRequest(http.MethodPost, "/x?q=1", strings.NewReader("{}")))
		work.Wait()
	}
}

// TestAllocationsOfACopy limits the allocations to the copy itself, for a request that is not in chunks.
func TestAllocationsOfACopy(t *testing.T) {
	count := 0
	serve := func(*http.Request) { count++ }
	plain := httptest.NewRequest(http.MethodPost, "/x", strings.NewReader("body"))
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { httpseam.ServeWithContext(t.Context(), plain, serve) }), 1.0)
	assert.Nil(t, plain.Trailer)
	assert.Equal(t, 101, count)
}
