package acl

// rule is one resource of a policy.
type rule struct {
	*policy
	resource resource
}

// bucket has rules whose resources are alike. Those that require one of some literal values, such as a role, are found by the
// values of the caller.
type bucket struct {
	rest  []*rule // rules without such a requirement
	keyed []keyed
}

// keyed has the rules that require a literal value of the same attribute or claim.
type keyed struct {
	requirement *requirement // of one of them
	by          map[string][]*rule
	all         []*rule // for callers whose values cannot be told
}

func (b *bucket) add(r *rule) {
	key := b.key(r)
	if key == nil {
		b.rest = append(b.rest, r)
		return
	}
	k := b.keyedBy(key)
	if k == nil {
		b.keyed = append(b.keyed, keyed{requirement: key, by: map[string][]*rule{}})
		k = &b.keyed[len(b.keyed)-1]
	}
	for _, value := range key.values.literals {
		k.by[value] = append(k.by[value], r)
	}
	k.all = append(k.all, r)
}

// key returns a requirement of the policy that only literal values meet, or nil. Of several it returns the one whose values are
// the rarest so far, so that policies for one subject and many roles are found by their roles.
func (b *bucket) key(r *rule) (best *requirement) {
	fewest := 0
	for i := range r.requirements {
		key := &r.requirements[i]
		if key.values.any || len(key.values.regexes) > 0 || key.attribute == owner {
			continue
		}
		if n := b.keyedBy(key).most(key.values.literals); best == nil || n < fewest {
			best, fewest = key, n
		}
	}
	return best
}

// keyedBy returns the rules that are found by what a requirement reads, or nil.
func (b *bucket) keyedBy(r *requirement) *keyed {
	for i := range b.keyed {
		if k := b.keyed[i].requirement; k.attribute == r.attribute && (k.attribute != claim || k.claim == r.claim) {
			return &b.keyed[i]
		}
	}
	return nil
}

// most returns the number of rules for the value of values that has most of them.
func (k *keyed) most(values []string) (n int) {
	if k != nil {
		for _, value := range values {
			n = max(n, len(k.by[value]))
		}
	}
	return n
}

// find returns the first rule that applies, or best if that one is earlier.
func (b *bucket) find(c *call, path string, best *rule) *rule {
	best = first(b.rest, c, path, best)
	for i := range b.keyed {
		k := &b.keyed[i]
		var items [few]string
		values, known := c.valuesOf(items[:0], k.requirement)
		if !known && c.deny {
			best = first(k.all, c, path, best)
		}
		for _, value := range values {
			best = first(k.by[value], c, path, best)
		}
	}
	return best
}

func first(rules []*rule, c *call, path string, best *rule) *rule {
	for _, r := range rules { // in the order of the file
		if best != nil && best.place <= r.place {
			break
		}
		if r.resource.matches(path, c.cased) && c.applies(r.policy) {
			return r
		}
	}
	return best
}
