package acl

// rule is one resource of a policy.
type rule struct {
	*policy
	resource resource
}

// bucket has rules whose resources are alike. Those that require one of some literal values of an attribute, such as a role, are
// found by the values of the caller.
type bucket struct {
	rest []*rule // rules without such a requirement
	by   [attributes]map[string][]*rule
	all  [attributes][]*rule // the rules in by, for callers whose values cannot be told
}

func (b *bucket) add(r *rule) {
	a, values := r.key()
	if values == nil {
		b.rest = append(b.rest, r)
		return
	}
	if b.by[a] == nil {
		b.by[a] = map[string][]*rule{}
	}
	for _, value := range values.literals {
		b.by[a][value] = append(b.by[a][value], r)
	}
	b.all[a] = append(b.all[a], r)
}

// key returns a requirement of the policy that only literal values meet, or nil.
func (p *policy) key() (attribute, *values) {
	for _, require := range p.requirements {
		if v := require.values; !v.any && len(v.regexes) == 0 && require.attribute < attributes {
			return require.attribute, &require.values
		}
	}
	return 0, nil
}

// find returns the first rule that applies, or best if that one is earlier.
func (b *bucket) find(c *call, path string, best *rule) *rule {
	best = first(b.rest, c, path, best)
	for a := range attributes {
		if b.by[a] == nil {
			continue
		}
		if c.deny && c.unknown(a) {
			best = first(b.all[a], c, path, best)
			continue
		}
		for _, value := range c.list(a) {
			best = first(b.by[a][value], c, path, best)
		}
	}
	return best
}

func first(rules []*rule, c *call, path string, best *rule) *rule {
	for _, r := range rules { // in the order of the file
		if best != nil && best.place <= r.place {
			break
		}
		if r.resource.matches(path) && c.applies(r.policy) {
			return r
		}
	}
	return best
}
