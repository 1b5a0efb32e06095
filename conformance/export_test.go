package conformance

import "context"

// CheckSome is Check with some of the cases.
func (h Harness) CheckSome(ctx context.Context, cases []Case) (Report, error) {
	return h.check(ctx, cases)
}
