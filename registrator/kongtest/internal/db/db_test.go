package db_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
)

// newLibrary returns a database of authors, of their books, and of notes on books. Its ids are "1", "2" and so on.
func newLibrary() *db.Database {
	encode := func(values map[string]any) []byte { return fmt.Append(nil, values) }
	made := 0
	return db.New([]db.Definition{
		{Name: "authors", Unique: []string{"name"}, Encode: encode},
		{Name: "books", Unique: []string{"title"}, Together: []string{"author", "year"}, Encode: encode,
			References: []db.Reference{{Field: "author", Table: "authors"}}},
		{Name: "notes", Encode: encode,
			References: []db.Reference{{Field: "book", Table: "books", Cascade: true}, {Field: "reader", Table: "readers"}}},
	}, func() string { made++; return fmt.Sprint(made) })
}

func save(t *testing.T, d *db.Database, table string, values map[string]any) *db.Row {
	t.Helper()
	row, err := d.Save(d.Table(table), "", values, nil)
	require.NoError(t, err)
	return row
}

func to(row *db.Row) map[string]any { return map[string]any{"id": row.ID} }

func TestSaveRefuses(t *testing.T) {
	d := newLibrary()
	author := save(t, d, "authors", map[string]any{"name": "a"})
	save(t, d, "books", map[string]any{"title": "b", "author": to(author), "year": "1999"})
	for name, row := range map[string]struct {
		table, id string
		values    map[string]any
		want      error
	}{
		"an id that is taken": {"authors", author.ID, map[string]any{"name": "x"},
			&db.PrimaryKeyError{Key: map[string]any{"id": author.ID}}},
		"a name that is taken": {"authors", "", map[string]any{"name": "a"},
			&db.UniqueError{Fields: map[string]any{"name": "a"}}},
		"values that are taken together": {"books", "", map[string]any{"title": "x", "author": to(author), "year": "1999"},
			&db.UniqueError{Fields: map[string]any{"author": to(author), "year": "1999"}}},
		"a row that does not exist": {"books", "", map[string]any{"title": "x", "author": map[string]any{"id": "9"}},
			&db.ForeignKeyError{Field: "author", ID: "9", Table: "authors"}},
		"a table that does not exist": {"notes", "", map[string]any{"reader": map[string]any{"id": "9"}},
			&db.ForeignKeyError{Field: "reader", ID: "9", Table: "readers"}},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(d.Table(row.table).All())
			_, err := d.Save(d.Table(row.table), row.id, row.values, nil)
			assert.Equal(t, row.want, err)
			assert.NotEmpty(t, err.Error())
			assert.Len(t, d.Table(row.table).All(), before)
		})
	}
	assert.Equal(t, "3", save(t, d, "authors", map[string]any{"name": "z"}).ID, "a refused row uses up no id")
}

func TestSaveInPlace(t *testing.T) {
	d := newLibrary()
	one, two := save(t, d, "authors", map[string]any{"name": "a"}), save(t, d, "authors", map[string]any{"name": "b"})
	book := save(t, d, "books", map[string]any{"title": "t", "author": to(one)})
	books := d.Table("books")
	moved, err := d.Save(books, book.ID, map[string]any{"title": "u", "author": to(two)}, book)
	require.NoError(t, err)
	assert.Same(t, moved, books.Get(book.ID))
	assert.Same(t, moved, books.By("title", "u"))
	assert.Nil(t, books.By("title", "t"))
	assert.Empty(t, books.Of("author", one.ID))
	assert.Equal(t, []*db.Row{moved}, books.Of("author", two.ID))
	assert.Equal(t, "t", book.Text("title"), "the row that was replaced is unchanged")
}

func TestDelete(t *testing.T) {
	d := newLibrary()
	author := save(t, d, "authors", map[string]any{"name": "a"})
	book := save(t, d, "books", map[string]any{"title": "t", "author": to(author)})
	note := save(t, d, "notes", map[string]any{"book": to(book)})

	_, err := d.Delete(d.Table("authors"), author)
	assert.Equal(t, &db.ReferencedError{Table: "authors", By: "books"}, err)
	assert.NotNil(t, d.Table("notes").Get(note.ID))

	changes, err := d.Delete(d.Table("books"), book)
	require.NoError(t, err)
	assert.Equal(t, []db.Change{{Table: "notes", ID: note.ID}, {Table: "books", ID: book.ID}}, changes)
	assert.Nil(t, d.Table("notes").Get(note.ID))
	assert.Empty(t, d.Table("books").All())

	_, err = d.Delete(d.Table("authors"), author)
	assert.NoError(t, err)
}

// TestReplica applies the changes from one database to another, in which two rows have exchanged names.
func TestReplica(t *testing.T) {
	before, after, replica := newLibrary(), newLibrary(), newLibrary()
	for i, names := range [][2]string{{"a", "b"}, {"b", "a"}, {"c", ""}} {
		id := fmt.Sprint(i)
		row, err := before.Save(before.Table("authors"), id, map[string]any{"name": names[0]}, nil)
		require.NoError(t, err)
		replica.Apply(db.Change{Table: "authors", ID: id, Row: row})
		if names[1] != "" {
			_, err = after.Save(after.Table("authors"), id, map[string]any{"name": names[1]}, nil)
			require.NoError(t, err)
		}
	}
	for _, change := range db.Replacing(before, after) {
		replica.Apply(change)
	}
	assert.Equal(t, after.Table("authors").All(), replica.Table("authors").All())
	for _, name := range []string{"a", "b", "c"} {
		assert.Equal(t, after.Table("authors").By("name", name), replica.Table("authors").By("name", name), name)
	}
	replica.Apply(db.Change{Table: "authors", ID: "unknown"})
	assert.Len(t, replica.Table("authors").All(), 2)
}
