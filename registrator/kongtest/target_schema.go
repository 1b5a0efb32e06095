package kongtest

func newTargets(v3 bool) *schema {
	s := &schema{name: "targets", keyField: "target"}
	if v3 {
		s.cacheKey = []string{"upstream", "target"}
	}
	s.fields = append(headSince3(v3, autoMillis),
		field{name: "upstream", kind: aForeign, ref: "upstreams", required: true, cascade: true},
		field{name: "target", kind: aString, required: true, checks: []check{isTarget}},
		field{name: "weight", kind: anInteger, def: 100.0, checks: []check{between(0, 65535)}},
		tagsField(v3),
	)
	return s
}
