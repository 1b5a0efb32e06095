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

// answerError sends an error, if there is one. The text of an unexpected error goes to the log and not to the client.
func answerError(w http.ResponseWriter, err error) {
	var p *problem
	switch {
	case err == nil:
	case errors.Is(err, errNotFound):
		http.Error(w, "not found", http.StatusNotFound)
	case errors.As(err, &p):
		http.Error(w, p.text, p.status)
	default:
		slog.Error("todo: a request failed", "error", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
	}
}
