package examples_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/requestid"
	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	echosec "github.com/microkubes/microkubes-go/adapters/echo"
	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// TestRequestID has the request-id middleware of three frameworks in front of a chain. Log records and problem details have the
// id that the middleware has made, or has taken from the client.
func TestRequestID(t *testing.T) {
	issuer := coretest.NewIssuer("issuer")
	chain, err := core.NewSecurityChain(jwt.New(issuer.Keys(), jwt.Microkubes("issuer")))
	require.NoError(t, err)
	var log bytes.Buffer
	chain = chain.WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))).WithErrorBody(problem)

	for name, send := range map[string]func(*http.Request) *http.Response{
		"chi": func(r *http.Request) *http.Response {
			sec := nethttp.New(chain.WithRequestID(func(ctx context.Context, _ core.Request) string {
				return chimiddleware.GetReqID(ctx)
			}))
			router := chi.NewRouter()
			router.Use(chimiddleware.RequestID)
			router.Get("/", sec.Secured(func(http.ResponseWriter, *http.Request) {}))
			return recorded(router, r)
		},
		"Echo": func(r *http.Request) *http.Response {
			sec := echosec.New(chain.WithRequestID(func(_ context.Context, req core.Request) string {
				c, ok := echosec.Unwrap(req)
				if !ok {
					return ""
				}
				return c.Response().Header().Get(echo.HeaderXRequestID)
			}))
			e := echo.New()
			e.Use(echomiddleware.RequestID())
			e.GET("/", sec.Secured(func(echo.Context) error { return nil }))
			return recorded(e, r)
		},
		"Fiber": func(r *http.Request) *http.Response {
			sec := fibersec.New(chain.WithRequestID(func(_ context.Context, req core.Request) string {
				c, ok := fibersec.Unwrap(req)
				if !ok {
					return ""
				}
				return c.GetRespHeader(fiber.HeaderXRequestID)
			}))
			app := fiber.New()
			app.Use(requestid.New())
			app.Get("/", sec.Secured(func(*fiber.Ctx) error { return nil }))
			res, err := app.Test(r, -1)
			require.NoError(t, err)
			return res
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, sent := range []string{"", "chosen-by-the-client", `"},{"level":"INFO`} {
				log.Reset()
				r := httptest.NewRequest(http.MethodGet, "/", nil)
				if sent != "" {
					r.Header.Set("X-Request-Id", sent)
				}
				res := send(r)
				var body struct{ Instance string }
				require.NoError(t, json.NewDecoder(res.Body).Decode(&body))
				require.NoError(t, res.Body.Close())
				var record struct {
					RequestID string `json:"request_id"`
				}
				require.NoError(t, json.Unmarshal(log.Bytes(), &record), "one complete record: %s", log.String())
				assert.Equal(t, http.StatusUnauthorized, res.StatusCode)
				assert.Equal(t, "application/problem+json", res.Header.Get("Content-Type"))
				assert.Equal(t, record.RequestID, body.Instance)
				switch sent {
				case "":
					assert.NotEmpty(t, record.RequestID)
				case "chosen-by-the-client":
					assert.Equal(t, sent, record.RequestID)
				default:
					assert.Empty(t, record.RequestID, "an id that is not safe to log is dropped")
				}
			}
		})
	}
}

// problem is the body of a refusal as problem details (RFC 9457, section 3.1).
func problem(e *core.Error) (contentType string, body []byte) {
	body, err := json.Marshal(map[string]any{"status": e.Status(), "title": e.Message(), "instance": e.RequestID()})
	if err != nil {
		return "", nil // the usual body
	}
	return "application/problem+json", body
}

func recorded(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}
