package claims

import (
	"fmt"
	"reflect"
	"slices"
)

// Left returns what c holds after a reset.
func Left(c *Claims) (left []string) {
	c.Reset()
	lists := append([]*[]string{&c.audiences}, pointers(c.lists[:])...)
	for _, list := range lists {
		left = append(append(left, *list...), slices.DeleteFunc((*list)[:cap(*list)], func(s string) bool { return s == "" })...)
		*list = nil
	}
	for _, w := range c.waiting[:cap(c.waiting)] {
		left = append(left, w.ranked.text)
	}
	left = slices.DeleteFunc(left, func(s string) bool { return s == "" })
	c.marks, c.waiting = nil, nil
	if !reflect.DeepEqual(*c, Claims{}) {
		left = append(left, fmt.Sprintf("%+v", *c))
	}
	return left
}

func pointers(lists [][]string) (all []*[]string) {
	for i := range lists {
		all = append(all, &lists[i])
	}
	return all
}
