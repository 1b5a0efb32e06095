package verdict

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
)

// CheckShadow checks the service that answers as the one before and logs what the one after would refuse. For each token that is
// served before and refused after, it must write one record, and none for a token that both serve.
func (c Comparison) CheckShadow(start func(*slog.Logger) (Service, error)) error {
	refused, served := c.shadowed()
	if len(refused) == 0 || len(served) == 0 {
		return fmt.Errorf("%d tokens are refused after and %d are served, want both", len(refused), len(served))
	}
	for _, part := range []struct {
		name     string
		requests []Request
		records  int
	}{{"refused", refused, len(refused)}, {"served", served, 0}} {
		var log bytes.Buffer
		shadow, err := start(slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			return err
		}
		answers, err := shadow.Answers(part.requests)
		if err != nil {
			return err
		}
		for n, a := range answers {
			if !a.served() {
				return fmt.Errorf("%s: the shadow answers %s, and the service before serves it", part.requests[n].Name, a)
			}
		}
		if got := strings.Count(log.String(), `msg="would be refused" reason=`); got != part.records {
			return fmt.Errorf("the shadow has %d records of tokens that will be %s, want %d:\n%s",
				got, part.name, part.records, log.String())
		}
	}
	return nil
}

// shadowed returns the requests with a token that is served before and refused with 401 after, and those with a token that both
// serve.
func (c Comparison) shadowed() (refused, served []Request) {
	for _, r := range c.rows {
		switch {
		case !r.token || !r.before.served():
		case r.after.status == 401:
			refused = append(refused, r.Request)
		case r.after.served():
			served = append(served, r.Request)
		}
	}
	return refused, served
}
