package token

import (
	"slices"
	"strings"
	"sync/atomic"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/cache"
	"github.com/microkubes/microkubes-go/core/internal/ownership"
)

func init() { ownership.New = newFinder }

// finder finds the provider of a chain that a token belongs to. Its members are the providers of signed tokens, and each [Router]
// whose issuers do not change. Which tokens they own depends on the issuers and types in their policies, which are constant, and
// no two providers of a chain own the same. So at most one member owns a token, and all others return [core.NotMine].
type finder struct {
	members []member
	source  core.TokenSource
	maxSize int // the smallest limit of all members: a longer token is refused by the first member that it is too long for

	// hints has, by the mark of a text, the member whose cache had such a text last, as its index plus one; 0: none. The cache of
	// that member is searched first.
	hints [hintCount]atomic.Uint32
}

// hintCount is the number of hints, as many as a cache has places by default.
const hintCount = defaultCacheSize

// member is a provider that takes part.
type member struct {
	decider
	at      int      // its position in the chain
	owns    []owning // the types and issuers of its tokens
	several bool     // the provider is a Router

	// badType has a bit for each member before this one that has no type in common with it. It is used if constant is set. Then
	// all other members before this one have all of its types, so badType does not depend on the token.
	badType  uint64
	constant bool
}

// owning is what one provider owns: tokens of each of the types from each of the issuers.
type owning struct {
	types, issuers []string
	anyIssuer      bool
}

func newFinder(providers []any) *ownership.Finder {
	f := &finder{}
	found := &ownership.Finder{Find: f.find}
	for i, p := range providers {
		m := member{at: i}
		source, maxSize := m.set(p)
		if source == nil || source.Cookie != "" || source.Query != "" {
			continue
		}
		if len(f.members) == 0 {
			f.source, f.maxSize = *source, maxSize
		} else if !slices.Equal(f.source.Places(), source.Places()) {
			continue
		}
		f.maxSize = min(f.maxSize, maxSize)
		m.compare(f.members)
		f.members = append(f.members, m)
		found.Members |= 1 << i
	}
	if len(f.members) < 2 {
		return nil
	}
	found.Source = f.source
	return found
}

// set makes m the member for a provider, apart from badType and constant. It returns the place and the maximum size of the tokens
// of the provider, or nil if the provider cannot take part.
func (m *member) set(provider any) (source *core.TokenSource, maxSize int) {
	a, ok := provider.(core.Authenticator)
	if !ok {
		return nil, 0
	}
	members, err := providersOf(a)
	if err != nil || len(members) == 0 {
		return nil, 0
	}
	m.decider, source, maxSize = members[0], &members[0].verifier.source, members[0].verifier.maxSize
	if r, ok := a.(*Router); ok {
		m.decider, m.several, source, maxSize = r, true, &r.Source, r.MaxSize
	}
	for _, p := range members {
		kind := p.verifier.kind.(*signed)
		m.owns = append(m.owns, owning{kind.types, kind.issuers, kind.anyIssuer})
	}
	return source, maxSize
}

// compare sets badType and constant. The members are those before m.
func (m *member) compare(before []member) {
	m.constant = true
	for i := range before {
		has, lacks := false, false
		for _, o := range m.owns {
			for _, typ := range o.types {
				has = has || before[i].hasType(typ, "")
				lacks = lacks || !before[i].hasType(typ, "")
			}
		}
		m.constant = m.constant && has != lacks && !before[i].several
		if lacks {
			m.badType |= 1 << before[i].at
		}
	}
}

// hasToken reports whether m owns the tokens of a type and an issuer.
func (m *member) hasToken(typ, issuer string) bool {
	for i := range m.owns {
		if o := &m.owns[i]; slices.Contains(o.types, typ) && (o.anyIssuer || slices.Contains(o.issuers, issuer)) {
			return true
		}
	}
	return false
}

// hasType reports whether the reason why m does not own a token is the issuer, and not the type. A [Router] that has the issuer,
// but not with that type, says that it is the type.
func (m *member) hasType(typ, issuer string) bool {
	has := false
	for i := range m.owns {
		has = has || slices.Contains(m.owns[i].types, typ)
		if m.several && slices.Contains(m.owns[i].issuers, issuer) {
			return false
		}
	}
	return has
}

// find finds the owner of a text by the caches of the members, or else by the type and the issuer in the text. It verifies
// nothing: the owner decides on the text as it does without a finder.
func (f *finder) find(text string) (found ownership.Found) {
	if len(text) > f.maxSize {
		return found
	}
	if i, entry := f.search(text); entry != nil {
		m := &f.members[i]
		if m.constant {
			return ownership.Found{Known: true, Owner: int8(m.at), BadType: m.badType, Token: ownership.Token{Found: entry}}
		}
		typ, issuer := m.describe(entry)
		return f.found(i, entry, typ, issuer)
	}
	if strings.Count(text, ".") != 2 || strings.IndexByte(text, ' ') >= 0 { // not a signed token: each provider sees that quickly
		return found
	}
	t := getSignedToken()
	if t.err = t.Parse(text, &headers); t.err == nil {
		if payload, err := t.Payload(); err == nil {
			return f.findParsed(t, string(issuerOf(payload)))
		}
	}
	t.Close()
	return found
}

// search returns the entry for a text in the cache of a member, and the index of the member. If there is none, it returns -1 and
// nil.
func (f *finder) search(text string) (i int, entry any) {
	mark := cache.MarkOf(text)
	hint := &f.hints[mark>>1%hintCount]
	hinted := int(hint.Load()) - 1
	if hinted >= 0 {
		if entry = f.members[hinted].cached(mark, text); entry != nil {
			return hinted, entry
		}
	}
	for i = range f.members {
		if i == hinted {
			continue
		}
		if entry = f.members[i].cached(mark, text); entry != nil {
			hint.Store(uint32(i + 1))
			return i, entry
		}
	}
	return -1, nil
}

// findParsed finds the owner of a token that is in no cache.
func (f *finder) findParsed(t *signedToken, issuer string) ownership.Found {
	for i := range f.members {
		if f.members[i].hasToken(t.Type, issuer) {
			return f.found(i, t, t.Type, issuer)
		}
	}
	found := f.found(len(f.members), nil, t.Type, issuer)
	t.Close()
	return found
}

// found returns the result of a search for a token of a type and an issuer. owner is the index of the owner among the members,
// or their number if no member owns the token. token is for the owner.
func (f *finder) found(owner int, token any, typ, issuer string) ownership.Found {
	found := ownership.Found{Known: true, Owner: -1, Token: ownership.Token{Found: token}}
	for i := range f.members[:owner] {
		if m := &f.members[i]; !m.hasType(typ, issuer) {
			found.BadType |= 1 << m.at
		}
	}
	if owner < len(f.members) {
		found.Owner = int8(f.members[owner].at)
	}
	return found
}
