package echosec_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const refusal = `{"code":401,"message":"authentication required"}`

// unwrapping is a wrapper as Echo asks for. hiding is one without Unwrap.
type (
	unwrapping struct{ http.ResponseWriter }
	hiding     struct{ http.ResponseWriter }
)

func (w unwrapping) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// inFront is middleware that calls change before the chain runs.
func inFront(change func(c *echo.Context)) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			change(c)
			return next(c)
		}
	}
}

// TestWrappedResponses has wrappers around the response, and a response that was begun before the chain ran. Nothing is added to
// it, unless a wrapper hides that it was begun. The handler does not run in any case.
func TestWrappedResponses(t *testing.T) {
	unwrap := func(c *echo.Context) { c.SetResponse(unwrapping{c.Response()}) }
	hide := func(c *echo.Context) { c.SetResponse(hiding{c.Response()}) }
	renew := func(c *echo.Context) { c.SetResponse(echo.NewResponse(c.Response(), c.Logger())) } // as WrapMiddleware does
	for name, c := range map[string]struct {
		wrappers []func(*echo.Context)
		hidden   bool
	}{
		"none":                            {nil, false},
		"with Unwrap":                     {[]func(*echo.Context){unwrap, unwrap}, false},
		"another Response":                {[]func(*echo.Context){renew}, false},
		"another Response, with Unwrap":   {[]func(*echo.Context){unwrap, renew, unwrap}, false},
		"without Unwrap":                  {[]func(*echo.Context){hide}, true},
		"without Unwrap, outer":           {[]func(*echo.Context){unwrap, hide}, true},
		"without Unwrap, inner":           {[]func(*echo.Context){hide, unwrap}, true},
		"another Response over a hidden":  {[]func(*echo.Context){hide, renew}, true},
		"another Response that is hidden": {[]func(*echo.Context){renew, hide}, true},
	} {
		for _, begun := range []bool{false, true} {
			t.Run(map[bool]string{false: name, true: name + ", begun"}[begun], func(t *testing.T) {
				e := echo.New()
				e.Use(inFront(func(ec *echo.Context) {
					if begun {
						_ = ec.String(202, "already")
					}
					for _, wrap := range c.wrappers {
						wrap(ec)
					}
				}))
				served := 0
				e.HTTPErrorHandler = func(*echo.Context, error) { t.Error("the error handler runs") }
				e.GET("/x", newSecurity(t).Secured(func(*echo.Context) error { served++; return nil }))

				w := do(e, request("GET", "/x", ""))
				assert.Zero(t, served)
				switch {
				case !begun:
					assert.Equal(t, 401, w.Code)
					assert.Equal(t, refusal, w.Body.String())
					assert.Equal(t, `Bearer realm="microkubes"`, w.Header().Get("Www-Authenticate"))
				case c.hidden:
					assert.Equal(t, 202, w.Code)
					assert.Equal(t, "already"+refusal, w.Body.String())
				default:
					assert.Equal(t, 202, w.Code)
					assert.Equal(t, "already", w.Body.String())
				}
				do(e, request("GET", "/x", "ann"))
				assert.Equal(t, 1, served)
			})
		}
	}
}

// TestResponseThatPanics has a response that cannot be written to. The request ends with an error, not with a status of 200.
func TestResponseThatPanics(t *testing.T) {
	e := echo.New()
	e.Use(inFront(func(c *echo.Context) {
		res, err := echo.UnwrapResponse(c.Response())
		require.NoError(t, err)
		res.Before(func() {
			if res.Status == 401 {
				panic("of a hook")
			}
		})
	}))
	e.GET("/x", newSecurity(t).Secured(func(*echo.Context) error { t.Error("the handler runs"); return nil }))
	w := do(e, request("GET", "/x", ""))
	assert.Equal(t, 500, w.Code)
	assert.JSONEq(t, `{"message":"Internal Server Error"}`, w.Body.String())
}

// TestEchosWriters has Echo's own middleware that wraps the response in front of the chain.
func TestEchosWriters(t *testing.T) {
	dumped := ""
	e := echo.New()
	e.Use(middleware.Gzip(), middleware.BodyDump(func(_ *echo.Context, _, body []byte, err error) {
		assert.NoError(t, err)
		dumped = string(body)
	}))
	e.GET("/x", newSecurity(t).Secured(ok))
	r := request("GET", "/x", "")
	r.Header.Set("Accept-Encoding", "gzip")
	w := do(e, r)
	assert.Equal(t, 401, w.Code)
	plain, err := gzip.NewReader(w.Body)
	require.NoError(t, err)
	body, err := io.ReadAll(plain)
	require.NoError(t, err)
	assert.Equal(t, refusal, string(body))
	assert.Equal(t, refusal, dumped)
}

// TestHooksOfTheResponse has hooks of middleware in front of the chain. They run for a refusal, too.
func TestHooksOfTheResponse(t *testing.T) {
	var seen []int
	e := echo.New()
	e.Use(inFront(func(c *echo.Context) {
		res, _ := echo.UnwrapResponse(c.Response())
		res.Before(func() { seen = append(seen, res.Status) })
		res.After(func() { seen = append(seen, int(res.Size)) })
	}))
	e.GET("/x", newSecurity(t).Secured(ok))
	do(e, request("GET", "/x", ""))
	do(e, request("GET", "/x", "ann"))
	assert.Equal(t, []int{401, len(refusal), 200, len("served")}, seen)
}

// TestHandlerSetsAResponse has a handler that replaces the response and leaves it. Echo keeps it for the error handler, as without
// a chain.
func TestHandlerSetsAResponse(t *testing.T) {
	e := echo.New()
	var after http.ResponseWriter
	e.HTTPErrorHandler = func(c *echo.Context, err error) {
		after = c.Response()
		echo.DefaultHTTPErrorHandler(false)(c, err)
	}
	other := httptest.NewRecorder()
	e.GET("/x", newSecurity(t).Secured(func(c *echo.Context) error {
		c.SetResponse(other)
		return echo.NewHTTPError(418, "teapot")
	}))
	do(e, request("GET", "/x", "ann"))
	assert.Same(t, other, after)
	assert.Equal(t, 418, other.Code)
}
