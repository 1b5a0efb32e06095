// Package admin implements Kong's Admin API. It turns requests into operations on entities, and their results and errors into
// Kong's statuses, bodies and messages.
package admin

import (
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/entity"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/live"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uuid"
)

// Config describes an Admin API.
type Config struct {
	Version       string           // the version that GET / reports
	V3            bool             // behave as 3.9.3, not as 2.8.5
	DBLess        bool             // only POST /config changes entities
	RacingTargets bool             // Kong 2 stores every POST of a target as a new one
	Token, Prefix string           // required of every request; "": none
	NewID         func() string    // returns the id of a new entity
	Now           func() time.Time // the clock of created_at and updated_at
	Requests      func() int       // the number of requests so far
}

// API is the Admin API of one gateway.
type API struct {
	config Config
	nodeID string
	live   *live.State

	mu    sync.Mutex // guards store and hash
	store *entity.Store
	hash  string // of the declarative configuration
}

// New returns the Admin API of a gateway without entities. It reports all changes to state.
func New(config Config, state *live.State) *API {
	return &API{
		config: config,
		nodeID: uuid.New(),
		live:   state,
		hash:   strings.Repeat("0", 32),
		store: entity.New(entity.Config{
			V3: config.V3, ReadOnly: config.DBLess, NewID: config.NewID, Now: config.Now, Follower: state,
		}),
	}
}

// call is a request in progress.
type call struct {
	*API
	method   string
	segments []string // of the path, as sent
	query    url.Values
	args     map[string]any // the body, decoded
	isForm   bool
}
