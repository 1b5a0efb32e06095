package registrator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
)

// planner says what has to be written, in this order, when the gateway has that.
type planner func(ctx context.Context, have *state) ([]Change, error)

// done says what a call did on the gateway.
type done struct {
	wrote    bool // a write was sent
	unsure   bool // the last write had no answer, so it may be done still
	wasThere bool // this instance had its target before
}

// converge reads, plans and writes until a plan is empty: what was written is read back.
func (k *Kong) converge(ctx context.Context, op string, service Service, plan planner) (did done, err error) {
	err = k.repeat(ctx, op, service, func(ctx context.Context) ([]Change, error) {
		have, err := k.read(ctx, service)
		if err != nil {
			return nil, err
		}
		changes, err := plan(ctx, have)
		if err != nil {
			return nil, err
		}
		service.hide(changes)
		did.wrote = did.wrote || len(changes) > 0
		did.unsure = len(changes) > 0 // until all have been answered
		if err = k.apply(ctx, changes); err == nil || hasAnswer(err) {
			did.unsure = false
		}
		return changes, err
	})
	return did, err
}

// hasAnswer reports whether the gateway said why it did not do what was asked.
func hasAnswer(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status != 0 && e.Status < http.StatusInternalServerError
}

// apply writes changes in their order. One that somebody else has made already is no trouble: the next plan tells.
func (k *Kong) apply(ctx context.Context, changes []Change) error {
	for _, c := range changes {
		w := c.write
		call := &call{entity: c.Entity, method: w.method, path: w.path}
		if err := k.client.do(ctx, call, w.body); err != nil {
			return err
		}
		k.config.Logger.InfoContext(ctx, "the gateway was changed", "change", c.String())
	}
	return nil
}

// repeat calls step until it changes nothing, fails for good, or time runs out. A passing trouble makes it wait.
func (k *Kong) repeat(ctx context.Context, op string, s Service, step func(context.Context) ([]Change, error)) error {
	err := s.validate()
	if k == nil || k.client == nil {
		err = invalid("this Kong is the zero value: make it with NewKong")
	}
	if err != nil {
		err.Op, err.Service = op, clip(s.Name)
		return err
	}
	defer k.client.rest()
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, serviceKey{}, s), k.config.Timeout)
	defer cancel()
	var last *Error
	var unrest unrest
	var trouble trouble
	for round := 0; ; {
		changes, err := step(ctx)
		if err == nil && len(changes) == 0 {
			return nil
		}
		if err == nil {
			err = unrest.after(changes)
		}
		if err == nil {
			continue
		}
		e, again := asError(err)
		if ctx.Err() != nil && e.Status == 0 && last != nil {
			e = last // what the gateway said last tells more than that time ran out
			e.end(ctx.Err())
		}
		e.Op, e.Service = op, s.Name
		if again == nil {
			return e
		}
		trouble.tell(ctx, k.config.Logger, e)
		if !pause(ctx, round, again.wait) {
			e.end(ctx.Err())
			return e
		}
		last = e
		round++
	}
}

// trouble is what the log has been told of. It is told again when the trouble is another one: not at each attempt.
type trouble struct{ told string }

func (t *trouble) tell(ctx context.Context, logger *slog.Logger, e *Error) {
	text := fmt.Sprint(e.kind, e.Status, e.Message)
	if errors.Is(e, ErrConflict) || text == t.told { // instances that register together get in each other's way
		return
	}
	t.told = text
	logger.WarnContext(ctx, "the gateway is asked again until it answers well", "error", e)
}

// asError finds what is said of a failed step, and the restart where it may pass.
func asError(err error) (e *Error, again *restart) {
	if !errors.As(err, &e) {
		e = &Error{kind: ErrInvalid, cause: err}
	}
	errors.As(err, &again)
	return e, again
}

// unrest notices a gateway that has something to change each time it is looked at.
type unrest struct {
	steps, same int
	last        string
}

// after is told the changes that were written. It is nil for the first few, then a restart, so that the next step waits;
// and an error for good when the gateway takes an update and does not keep it.
func (u *unrest) after(changes []Change) error {
	const patience = 3
	text, updates := Plan{Changes: changes}.String(), true
	for _, c := range changes {
		updates = updates && c.Action == Update
	}
	if u.steps++; text != u.last {
		u.last, u.same = text, 0
	}
	u.same++
	e := &Error{kind: ErrConflict, Entity: changes[0].Entity,
		Message: "the gateway is not as it was written: somebody else changes it, or it keeps another form; still to do: " + text}
	switch {
	case updates && u.same > patience:
		return e
	case u.steps > patience:
		return &restart{of: e}
	}
	return nil
}
