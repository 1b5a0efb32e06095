package audit

import (
	"errors"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// A language is a set of paths, as the automaton of a regular expression. Routes, patterns and paths of a gateway have different
// notations, and all of them are compared in this form.
type language struct{ prog *syntax.Prog }

// errAssertion is for an expression that other characters than those at its two ends make true or false.
var errAssertion = errors.New("it has \\b, \\B or (?m), which the audit does not evaluate")

func newLanguage(expression string) (language, error) {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return language{}, err
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return language{}, err
	}
	for _, inst := range prog.Inst {
		if inst.Op == syntax.InstEmptyWidth && syntax.EmptyOp(inst.Arg)&^(syntax.EmptyBeginText|syntax.EmptyEndText) != 0 {
			return language{}, errAssertion
		}
	}
	return language{prog}, nil
}

// known returns the language of an expression that this package has written.
func known(expression string) language {
	l, err := newLanguage(expression)
	if err != nil {
		return language{&syntax.Prog{Inst: []syntax.Inst{{Op: syntax.InstFail}}}} // it cannot occur; no path
	}
	return l
}

// maxStates bounds the work of one comparison. Only an expression with large counters gets there.
const maxStates = 10_000

// errTooLarge is for languages that the audit does not compare to the end.
var errTooLarge = errors.New("it is too large to be compared")

// point is what the automata have read: the instructions that each is at.
type point struct {
	at   [][]uint32
	path []rune
}

// common returns a path that is in all languages of in, and in none of out. It returns false if there is none.
func common(in []language, out ...language) (path string, found bool, err error) {
	all := slices.Concat(in, out)
	start := point{}
	for _, l := range all {
		start.at = append(start.at, []uint32{uint32(l.prog.Start)})
	}
	seen := map[string]bool{start.key(): true}
	for queue := []point{start}; len(queue) > 0; queue = queue[1:] {
		p := queue[0]
		if p.accepted(all, len(in)) {
			return string(p.path), true, nil
		}
		insts := make([][]syntax.Inst, len(all))
		for i, l := range all {
			insts[i], _ = l.follow(p.at[i], p.flags())
		}
		for _, r := range candidates(insts) {
			next, alive := p.step(insts, r, len(in))
			if key := next.key(); alive && !seen[key] {
				seen[key] = true
				queue = append(queue, next)
			}
		}
		if len(seen) > maxStates {
			return "", false, errTooLarge
		}
	}
	return "", false, nil
}

// accepted reports whether the path so far is in the first n languages and in no other.
func (p point) accepted(all []language, n int) bool {
	for i, l := range all {
		if _, match := l.follow(p.at[i], p.flags()|syntax.EmptyEndText); match != (i < n) {
			return false
		}
	}
	return true
}

func (p point) flags() syntax.EmptyOp {
	if len(p.path) == 0 {
		return syntax.EmptyBeginText
	}
	return 0
}

// step returns the point behind one more character, and whether all of the first n languages have paths that go on with it.
func (p point) step(insts [][]syntax.Inst, r rune, n int) (next point, alive bool) {
	next.path = append(slices.Clip(p.path), r)
	for i := range insts {
		var at []uint32
		for _, inst := range insts[i] {
			if inst.MatchRune(r) {
				at = append(at, inst.Out)
			}
		}
		if len(at) == 0 && i < n {
			return next, false
		}
		slices.Sort(at)
		next.at = append(next.at, slices.Compact(at))
	}
	return next, true
}

func (p point) key() string {
	var b strings.Builder
	if len(p.path) == 0 {
		b.WriteByte('^')
	}
	for _, at := range p.at {
		for _, pc := range at {
			b.WriteRune(rune(pc))
		}
		b.WriteByte(0xff) // in no rune
	}
	return b.String()
}

// follow returns the instructions that read a character, and whether the program may end here, from the given instructions.
func (l language) follow(from []uint32, flags syntax.EmptyOp) (insts []syntax.Inst, match bool) {
	seen := map[uint32]bool{}
	for stack := slices.Clone(from); len(stack) > 0; {
		pc := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch inst := l.prog.Inst[pc]; inst.Op {
		case syntax.InstMatch:
			match = true
		case syntax.InstAlt, syntax.InstAltMatch:
			stack = append(stack, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			stack = append(stack, inst.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^flags == 0 {
				stack = append(stack, inst.Out)
			}
		case syntax.InstFail:
		default:
			insts = append(insts, inst)
		}
	}
	return insts, match
}

// candidates returns characters for which the instructions differ, one of each kind, those first that are easy to read.
func candidates(insts [][]syntax.Inst) []rune {
	all := []rune("x1/")
	for _, inst := range slices.Concat(insts...) {
		for _, r := range inst.Rune {
			all = append(all, r, r-1, r+1)
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				all = append(all, f)
			}
		}
	}
	rest := all[3:]
	slices.SortFunc(rest, func(a, b rune) int {
		if x, y := isWord(a), isWord(b); x != y {
			if x {
				return -1
			}
			return 1
		}
		return int(a - b)
	})
	return slices.DeleteFunc(slices.Compact(all), func(r rune) bool { return r == '?' || r == '#' || !unicode.IsPrint(r) })
}

func isWord(r rune) bool { return r == '-' || r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
