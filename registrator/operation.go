package registrator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
)

// operation is one call of Register, Deregister or Plan. Several of them may use one Kong at once.
type operation struct {
	kong    *Kong
	name    string // Error.Op
	service Service
	done    done
}

// done is what an operation did on the gateway.
type done struct {
	wrote    bool // a write was sent
	unsure   bool // a write had no answer, so the gateway may still do it
	wasThere bool // the target of this instance existed before
}

// planner returns the changes to write, in order, given what the gateway has.
type planner func(ctx context.Context, have *state) ([]Change, error)

// check refuses an operation that cannot be begun.
func (o *operation) check() error {
	err := o.service.validate()
	if o.kong == nil || o.kong.client == nil {
		err = invalid("this Kong is the zero value: make it with NewKong")
	}
	if err != nil {
		return o.failure(err)
	}
	return nil
}

// converge reads, plans and writes until a plan is empty, so what was written has been read back.
func (o *operation) converge(ctx context.Context, plan planner) error {
	return o.repeat(ctx, func(ctx context.Context) ([]Change, error) {
		have, err := o.read(ctx)
		if err != nil {
			return nil, err
		}
		changes, err := plan(ctx, have)
		if err != nil {
			return nil, err
		}
		o.service.hide(changes)
		return changes, o.apply(ctx, changes)
	})
}

// apply writes changes in order. If another client has made one of them meanwhile, the next plan does not have it.
func (o *operation) apply(ctx context.Context, changes []Change) error {
	for _, c := range changes {
		w := c.write
		call := &call{service: o.service, entity: c.Entity, method: w.method, path: w.path, body: w.body}
		err := o.kong.client.do(ctx, call)
		if call.attempts > 0 {
			o.done.wrote = true
			o.done.unsure = o.done.unsure || call.unsure
		}
		if err != nil {
			return err
		}
		o.kong.config.Logger.InfoContext(ctx, "the gateway was changed", "change", c.String())
	}
	return nil
}

// trouble is the failure that was logged last. The same failure is not logged again at the next attempt.
type trouble struct{ logged string }

func (t *trouble) log(ctx context.Context, logger *slog.Logger, e *Error) {
	text := fmt.Sprint(e.kind, e.Status, e.Message)    // what a reader sees
	if errors.Is(e, ErrConflict) || text == t.logged { // conflicts are normal when instances register together
		return
	}
	t.logged = text
	logger.WarnContext(ctx, "the gateway gave no usable answer; retrying", "error", e)
}

// drift detects a gateway that has something to change each time it is read.
type drift struct {
	steps, same int
	last        string
}

// after returns nil for the first few writes. Then it returns a failure, so that there is a pause before the gateway is read
// again. The failure is final if the gateway accepts an update and does not keep it.
func (d *drift) after(changes []Change) error {
	const patience = 3
	text, updates := Plan{Changes: changes}.String(), true
	for _, c := range changes {
		updates = updates && c.Action == Update
	}
	if d.steps++; text != d.last {
		d.last, d.same = text, 0
	}
	d.same++
	e := &Error{kind: ErrConflict, Entity: changes[0].Entity,
		Message: "the gateway does not keep what was written: another client changes it, or it stores another form; " +
			"still to do: " + text}
	switch {
	case updates && d.same > patience:
		return e
	case d.steps > patience:
		e.verdict = reread
		return e
	}
	return nil
}
