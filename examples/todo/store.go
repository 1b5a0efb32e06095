package main

import (
	"context"
	"database/sql"
	"errors"
	"net/http"

	_ "modernc.org/sqlite" // the driver named sqlite
)

// A todo is a row of the database.
type todo struct {
	ID    int64  `json:"id"`
	Owner string `json:"owner"` // the id of the user or client who added it
	Title string `json:"title"`
	Done  bool   `json:"done"`
}

// errNotFound means that the organization has no such todo. It does not tell whether another organization has.
var errNotFound = &problem{http.StatusNotFound, "not found"}

// A store has the todos of all organizations. Every method takes the organization and reads and writes no todo of another one.
// Values are parameters of the statements and never part of their text.
type store struct{ db *sql.DB }

const schema = `
CREATE TABLE IF NOT EXISTS todos (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	organization TEXT NOT NULL,
	owner        TEXT NOT NULL,
	title        TEXT NOT NULL,
	done         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS todos_of_organization ON todos (organization, id);`

// openStore opens the database in a file, or a new one in memory if name is ":memory:".
func openStore(ctx context.Context, name string) (*store, error) {
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // SQLite has one writer, and each connection to :memory: would have a database of its own
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &store{db}, nil
}

func (s *store) Close() error { return s.db.Close() }

// maxList is the largest number of todos in a list. The newest come first.
const maxList = 100

func (s *store) list(ctx context.Context, organization string) ([]todo, error) {
	rows, err := s.db.QueryContext(ctx,
		`SELECT id, owner, title, done FROM todos WHERE organization = ? ORDER BY id DESC LIMIT ?`, organization, maxList)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	todos := []todo{} // in JSON, an empty list and not null
	for rows.Next() {
		var t todo
		if err := rows.Scan(&t.ID, &t.Owner, &t.Title, &t.Done); err != nil {
			return nil, err
		}
		todos = append(todos, t)
	}
	return todos, rows.Err()
}

func (s *store) get(ctx context.Context, organization string, id int64) (todo, error) {
	t := todo{ID: id}
	err := s.db.QueryRowContext(ctx, `SELECT owner, title, done FROM todos WHERE organization = ? AND id = ?`, organization, id).
		Scan(&t.Owner, &t.Title, &t.Done)
	if errors.Is(err, sql.ErrNoRows) {
		return todo{}, errNotFound
	}
	return t, err
}

// add stores a new todo and returns it with its id.
func (s *store) add(ctx context.Context, organization string, t todo) (todo, error) {
	err := s.db.QueryRowContext(ctx, `INSERT INTO todos (organization, owner, title, done) VALUES (?, ?, ?, ?) RETURNING id`,
		organization, t.Owner, t.Title, t.Done).Scan(&t.ID)
	return t, err
}

// change sets the title and the state of a todo. Its owner and its organization stay.
func (s *store) change(ctx context.Context, organization string, t todo) error {
	return one(s.db.ExecContext(ctx, `UPDATE todos SET title = ?, done = ? WHERE organization = ? AND id = ?`,
		t.Title, t.Done, organization, t.ID))
}

func (s *store) remove(ctx context.Context, organization string, id int64) error {
	return one(s.db.ExecContext(ctx, `DELETE FROM todos WHERE organization = ? AND id = ?`, organization, id))
}

// one returns errNotFound if a statement changed no row.
func one(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		return errNotFound
	}
	return err
}
