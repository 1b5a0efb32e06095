package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
)

// A problem is an error whose text is for the client.
type problem struct {
	status int
	text   string
}

func (p *problem) Error() string { return p.text }

// answer sends a value as JSON. It returns nil, so that a handler can end with it.
func answer(w http.ResponseWriter, status int, value any) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store") // what a user may read is not for a shared cache
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		slog.Warn("an answer could not be sent")
	}
	return nil
}

// answerError sends an error, if there is one, in the form of the chain's refusals. The text of an unexpected error goes to the
// log and not to the client.
func answerError(w http.ResponseWriter, err error) {
	if err == nil {
		return
	}
	p := &problem{http.StatusInternalServerError, "internal error"}
	if !errors.As(err, &p) {
		slog.Error("todo: a request failed", "error", err)
	}
	_ = answer(w, p.status, map[string]any{"code": p.status, "message": p.text})
}
