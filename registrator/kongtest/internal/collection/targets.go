package collection

import "github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"

func newTargets(v3 bool) *schema.Schema {
	s := &schema.Schema{Name: "targets", KeyField: "target"}
	if v3 {
		s.CacheKey = []string{"upstream", "target"}
	}
	s.Fields = append(commonFieldsSince3(v3, schema.AutoMillis),
		required(cascading(foreign("upstream", "upstreams"))),
		required(text("target", isTarget)),
		integer("weight", 100.0, schema.Between(0, 65535)),
		tagsField(v3),
	)
	return s
}
