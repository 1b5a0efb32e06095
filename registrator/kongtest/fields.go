package kongtest

func flag(name string, def bool) field {
	return field{name: name, kind: aBoolean, required: true, def: def}
}

func text(name string, checks ...check) field {
	return field{name: name, kind: aString, checks: checks}
}

func textOr(name, def string, checks ...check) field {
	return field{name: name, kind: aString, def: def, checks: checks}
}

func num(name string, def any, checks ...check) field {
	return field{name: name, kind: aNumber, def: def, checks: checks}
}

func integer(name string, def any, checks ...check) field {
	return field{name: name, kind: anInteger, def: def, checks: checks}
}

// list is an array of strings. Its default is null when def is nil.
func list(name string, def []any, checks ...check) field {
	f := field{name: name, kind: anArray, elem: &field{kind: aString, checks: checks}}
	if def != nil {
		f.def = def
	}
	return f
}

func set(name string, def []any, checks ...check) field {
	f := list(name, def, checks...)
	f.kind = aSet
	return f
}

func needed(f field) field {
	f.required = true
	return f
}

// recordField is a record that is always there, with its defaults.
func recordField(name string, fields ...field) field {
	return field{name: name, kind: aRecord, required: true, record: newRecord(fields)}
}
