package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uuid"
)

// OneOf accepts the values in wanted.
func OneOf(wanted ...any) Check {
	names := make([]string, len(wanted))
	for i, w := range wanted {
		names[i] = lua.Number(w)
	}
	message := "expected one of: " + strings.Join(names, ", ")
	return func(value any) string {
		if slices.Contains(wanted, value) {
			return ""
		}
		return message
	}
}

// Between accepts numbers from low to high.
func Between(low, high float64) Check {
	message := fmt.Sprintf("value should be between %d and %d", int64(low), int64(high))
	return func(value any) string {
		if n := value.(float64); n < low || n > high {
			return message
		}
		return ""
	}
}

// Above accepts numbers greater than limit.
func Above(limit float64) Check {
	return func(value any) string {
		if value.(float64) <= limit {
			return "value must be greater than " + lua.Number(limit)
		}
		return ""
	}
}

// IsTimestamp accepts times after the epoch.
func IsTimestamp(value any) string {
	if value.(float64) <= 0 {
		return "expected a valid timestamp"
	}
	return ""
}

// IsUUID accepts a UUID. Unlike other checks, it may be called with a value of any type.
func IsUUID(value any) string {
	if text, ok := value.(string); ok && uuid.Valid(text) {
		return ""
	}
	return "expected a valid UUID"
}

// Pattern accepts strings that a regular expression matches. The first %s in message is replaced by the value.
func Pattern(expression, message string) Check {
	re := regexp.MustCompile(expression)
	return func(value any) string {
		if text := value.(string); !re.MatchString(text) {
			return strings.Replace(message, "%s", text, 1)
		}
		return ""
	}
}

// Without accepts strings that a regular expression does not match.
func Without(expression, message string) Check {
	re := regexp.MustCompile(expression)
	return func(value any) string {
		if re.MatchString(value.(string)) {
			return message
		}
		return ""
	}
}

// StartsWith accepts strings with a prefix.
func StartsWith(prefix string) Check {
	return func(value any) string {
		if !strings.HasPrefix(value.(string), prefix) {
			return "should start with: " + prefix
		}
		return ""
	}
}

// NullOr accepts null and the values in wanted.
func NullOr(wanted ...any) Check {
	among := OneOf(wanted...)
	return func(value any) string {
		if value == nil {
			return ""
		}
		return among(value)
	}
}

// MustBeNull accepts only null.
func MustBeNull(value any) string {
	if value != nil {
		return "value must be null"
	}
	return ""
}

// MustBeSet accepts anything but null.
func MustBeSet(value any) string {
	if value == nil {
		return "required field missing"
	}
	return ""
}
