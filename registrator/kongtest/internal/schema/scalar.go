package schema

func (f *Field) validateScalar(value any) any {
	var ok bool
	switch f.Kind {
	case StringKind:
		var text string
		if text, ok = value.(string); ok && text == "" && !f.CanEmpty {
			return f.says("length must be at least 1")
		}
	case IntegerKind:
		var number float64
		number, ok = value.(float64)
		ok = ok && number == float64(int64(number))
	case NumberKind:
		_, ok = value.(float64)
	case BooleanKind:
		_, ok = value.(bool)
	}
	if !ok {
		return expected(f.Kind)
	}
	return nil
}

// expected returns Kong's message about a value of another type.
func expected(k Kind) string {
	names := [...]string{"a string", "an integer", "a number", "a boolean", "an array", "a set", "a map", "a record"}
	return "expected " + names[k]
}

// says returns the message of the field in place of a message of a check, if the field has one.
func (f *Field) says(problem string) string {
	if f.Message != "" {
		return f.Message
	}
	return problem
}

// validateKey returns the message about the value of a shorthand or a former name. It is nil if the value is valid.
func validateKey(kind Kind, value any, canEmpty bool) any {
	if value == nil || kind == AnyKind {
		return nil
	}
	return (&Field{Kind: kind, CanEmpty: canEmpty}).validateScalar(value)
}
