package config

import "encoding/json"

// GenerateSchema makes the schema of the fields that the reader knows.
func GenerateSchema() ([]byte, error) {
	root := objectSchema(file)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Configuration of a Microkubes service"
	root["patternProperties"] = map[string]any{"^x-": true}
	root["not"] = required("service", "microservice")
	root["$defs"] = map[string]any{"policy": policySchema()}
	text, err := json.MarshalIndent(root, "", "  ")
	return append(text, '\n'), err
}

type schemaOf = map[string]any

func required(names ...string) schemaOf { return schemaOf{"required": names} }

var disabled = schemaOf{"required": []string{"disable"}, "properties": schemaOf{"disable": schemaOf{"const": true}}}

func objectSchema(fields []field) schemaOf {
	properties, needed := schemaOf{}, []string{}
	for i := range fields {
		properties[fields[i].name] = fieldSchema(&fields[i])
		if fields[i].required {
			needed = append(needed, fields[i].name)
		}
	}
	out := schemaOf{"type": "object", "properties": properties, "additionalProperties": false}
	if len(needed) > 0 {
		out["required"] = needed
	}
	return out
}

func fieldSchema(f *field) schemaOf {
	out := schemaOf{}
	switch f.kind {
	case text:
		out = textSchema(f, f.filled)
	case texts:
		out = schemaOf{"type": "array", "items": textSchema(f, true)}
		if f.filled {
			out["minItems"] = 1
		}
	case number:
		out = schemaOf{"type": "integer", "minimum": f.min, "maximum": f.max}
	case flag:
		out["type"] = "boolean"
	case object:
		out = sectionSchema(f)
	case objects:
		var each []any
		for i := range f.presets {
			each = append(each, objectSchema(f.presets[i].all()))
		}
		out = schemaOf{"type": "array", "minItems": 1, "items": schemaOf{"oneOf": each}}
	case policies:
		out = schemaOf{"type": "array", "minItems": 1, "items": schemaOf{"$ref": "#/$defs/policy"}}
	case unsupported:
		out = schemaOf{"type": "object", "required": disabled["required"], "properties": schemaOf{
			"disable": schemaOf{"const": true, "description": "true says that the service does without."}}}
	}
	if f.doc != "" {
		out["description"] = f.doc
	}
	return out
}

func textSchema(f *field, filled bool) schemaOf {
	out := schemaOf{"type": "string"}
	if filled {
		out["minLength"] = 1
	}
	if f.oneOf != nil {
		out["enum"] = f.oneOf
	}
	if f.pattern != "" {
		out["pattern"] = f.pattern
	}
	return out
}

// sectionSchema adds the rules between fields.
func sectionSchema(f *field) schemaOf {
	out := objectSchema(f.fields)
	switch f.name {
	case "security":
		out["anyOf"] = []any{required("jwt"), required("oauth2"), required("oidc"), required("signingMethod"), disabled}
		out["dependentRequired"] = schemaOf{"jwt": []string{"keysDir"}, "oauth2": []string{"keysDir"}}
	case "oauth2":
		out["if"] = schemaOf{"required": []string{"form"}, "properties": schemaOf{"form": schemaOf{"const": formRFC9068}}}
		out["then"] = required("issuers", "audiences")
	case "acl":
		out["anyOf"] = []any{required("policies"), required("file"), disabled}
		out["not"] = required("policies", "file")
	}
	return out
}

func policySchema() schemaOf {
	list := func(optional bool) schemaOf {
		if optional {
			return schemaOf{"type": []string{"array", "null"}, "items": schemaOf{"type": "string"}}
		}
		return schemaOf{"type": "array", "minItems": 1, "items": schemaOf{"type": "string", "minLength": 1}}
	}
	return schemaOf{
		"type": "object", "additionalProperties": false, "required": []string{"id", "actions", "resources"},
		"properties": schemaOf{
			"id": schemaOf{"type": "string", "pattern": "^[!-~]{1,128}$"}, "description": schemaOf{"type": []string{"string", "null"}},
			"effect": schemaOf{"enum": []string{"allow", "deny"}}, "actions": list(false), "resources": list(false),
			"subjects": list(true), "roles": list(true), "organizations": list(true), "namespaces": list(true),
			"conditions": schemaOf{"type": []string{"object", "array", "null"}},
		},
	}
}

// Variables returns the names of all variables, and whether each can be set.
func Variables() map[string]bool {
	all := map[string]bool{}
	for name, t := range targets() {
		all[name] = !t.fixed
	}
	return all
}

// Fields returns the number of fields that could have a variable.
func Fields() int { return count(file) }

func count(fields []field) (n int) {
	for i := range fields {
		switch fields[i].kind {
		case object:
			n += count(fields[i].fields)
		case text, texts, number, flag:
			n++
		}
	}
	return n
}
