package db

import "strings"

// Row is an entity. A stored row is immutable: an update stores a new row.
type Row struct {
	ID     string
	Values map[string]any
	Body   []byte // the values, encoded

	unique []string // its keys in Table.unique
	lists  []string // its keys in Table.lists
}

// Parent returns the id of the row that a field refers to, or "".
func (r *Row) Parent(field string) string {
	object, _ := r.Values[field].(map[string]any)
	id, _ := object["id"].(string)
	return id
}

// Text returns the string in a field. It returns "" if the field holds no string.
func (r *Row) Text(field string) string {
	text, _ := r.Values[field].(string)
	return text
}

// Number returns the number in a field. It returns 0 if the field holds no number.
func (r *Row) Number(field string) float64 {
	number, _ := r.Values[field].(float64)
	return number
}

// Texts returns the list of strings in a field. It is nil if the field is null.
func (r *Row) Texts(field string) []string { return Texts(r.Values[field]) }

// Texts converts a decoded list of strings. It returns nil if value is not a list.
func Texts(value any) []string {
	list, isList := value.([]any)
	if !isList {
		return nil
	}
	all := make([]string, 0, len(list))
	for _, item := range list {
		text, _ := item.(string)
		all = append(all, text)
	}
	return all
}

func byID(r *Row, id string) int { return strings.Compare(r.ID, id) }
