package conformance_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/conformance"
)

// TestRulesAreQuoted looks for the rule of each case on the page that the case names.
func TestRulesAreQuoted(t *testing.T) {
	pages := checkout(t)
	for _, c := range conformance.Cases() {
		if err := pages.quoted(c.Page, c.Rule); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}

// TestWhys looks for what a broken rule means. It must say more than the rule, and not what another one says.
func TestWhys(t *testing.T) {
	by := map[string]string{}
	for _, c := range conformance.Cases() {
		assert.Regexp(t, `^[A-Z].{39,}\.$`, c.Why, c.Name)
		assert.Empty(t, by[c.Why], c.Name)
		by[c.Why] = c.Name
		for sentence := range strings.SplitSeq(c.Why, ". ") {
			assert.NotContains(t, c.Rule, strings.TrimSuffix(sentence, "."), c.Name)
		}
	}
}

// TestRulesThatAreNotQuoted has rules that are quoted, and some that are not.
func TestRulesThatAreNotQuoted(t *testing.T) {
	pages := book{
		"core.Request.Host":    fold("Host is the host, as it\n// was sent. See [RoutePath]."),
		"ARCHITECTURE.md, One": fold("1. `Guard` asks.\n   - A path is\n     *one* path.\n\n| a rule. | `x` |"),
	}
	for _, c := range []struct{ name, page, rule, says string }{
		{"of a comment", "core.Request.Host", "Host is the host, as it was sent.", ""},
		{"with a link", "core.Request.Host", "See RoutePath.", ""},
		{"with marks", "ARCHITECTURE.md, One", "A path is *one* path.", ""},
		{"of a numbered list", "ARCHITECTURE.md, One", "Guard asks.", ""},
		{"of a table", "ARCHITECTURE.md, One", "a rule.", ""},
		{"on another page", "ARCHITECTURE.md, One", "Host is the host, as it was sent.", "does not say"},
		{"in other words", "core.Request.Host", "Host is the host.", "write it there: in the comment of core.Request.Host"},
		{"that is nowhere", "ARCHITECTURE.md, One", "No.", `in the section "One" of ARCHITECTURE.md`},
		{"on no page", "core.Request.Port", "See RoutePath.", "there is no page core.Request.Port"},
		{"in a section that is not there", "ARCHITECTURE.md, Two", "No.", "there is no page"},
		{"that ends too early", "core.Request.Host", "Host is the host", "is not a whole sentence"},
		{"that begins too late", "core.Request.Host", "as it was sent.", "is not a whole sentence"},
		{"without words", "core.Request.Host", "", "is not a whole sentence"},
		{"that is a full stop", "core.Request.Host", ".", "is not a whole sentence"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := pages.quoted(c.page, c.rule)
			if c.says == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.says)
		})
	}
}

// book maps the names of pages to their folded text. A page is a comment ("core.Request.Host") or a section
// ("ARCHITECTURE.md, Paths").
type book map[string]string

// quoted returns an error unless the page has the rule, as one sentence or several.
func (b book) quoted(page, rule string) error {
	text, found := b[page]
	if !found {
		return fmt.Errorf("there is no page %s: name a section (ARCHITECTURE.md, Paths) or a comment (core.Request.Host)", page)
	}
	if len(rule) < 2 || !strings.HasSuffix(rule, ".") {
		return errors.New("the rule is not a whole sentence")
	}
	if regexp.MustCompile(`(^|[.:|] )` + regexp.QuoteMeta(rule) + `( |$)`).MatchString(text) {
		return nil
	}
	if strings.Contains(text, rule) {
		return fmt.Errorf("the rule is not a whole sentence of %s:\n%s", page, rule)
	}
	place := "in the comment of " + page
	if file, section, ok := strings.Cut(page, ", "); ok {
		place = fmt.Sprintf("in the section %q of %s", section, file)
	}
	return fmt.Errorf("%s does not say the rule. Quote a sentence that stands there, or write it there: %s:\n%s", page, place, rule)
}

var (
	marks    = regexp.MustCompile("(?m)^\\s*(?://|[*-] |\\d+\\. )|`")
	headings = regexp.MustCompile(`(?m)^# (.*)$`)

	links = regexp.MustCompile(`\[([A-Za-z.]+)\]`)
	space = regexp.MustCompile(`\s+`)
)

// fold removes the marks of comments, lists and code, and replaces line breaks with spaces.
func fold(text string) string {
	text = links.ReplaceAllString(marks.ReplaceAllString(text, ""), "$1")
	return strings.TrimSpace(space.ReplaceAllString(text, " "))
}

// checkout reads the pages of this repository. It skips the test if the module is alone, as in the module cache.
func checkout(t *testing.T) book {
	t.Helper()
	if _, err := os.Stat("../go.work"); errors.Is(err, os.ErrNotExist) {
		t.Skip("this is not the repository: the pages that the rules are quoted from are not here")
	}
	b := book{}
	for _, name := range []string{"ARCHITECTURE.md", "SECURITY.md"} {
		text, err := os.ReadFile("../" + name)
		require.NoError(t, err)
		for section := range strings.SplitSeq(string(text), "\n## ") {
			heading, body, _ := strings.Cut(section, "\n")
			b[name+", "+heading] = fold(body)
		}
	}
	for _, pattern := range []string{"../core/*.go", "../core/*/*.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			require.NoError(t, err)
			if !strings.HasSuffix(name, "_test.go") {
				b.addComments(file)
			}
		}
	}
	return b
}

// addComments adds the doc comments of a file, by the names that go doc takes.
func (b book) addComments(file *ast.File) {
	if file.Doc != nil {
		b[file.Name.Name] = fold(headings.ReplaceAllString(file.Doc.Text(), "$1."))
	}
	name := file.Name.Name + "."
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			receiver := ""
			if d.Recv != nil {
				receiver = typeName(d.Recv.List[0].Type) + "."
			}
			b.add(name+receiver+d.Name.Name, d.Doc)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					b.add(name+s.Name.Name, s.Doc, d.Doc)
					b.addFields(name+s.Name.Name+".", s.Type)
				case *ast.ValueSpec:
					b.add(name+s.Names[0].Name, s.Doc)
				}
			}
		}
	}
}

// addFields adds the comments of a type's methods or fields.
func (b book) addFields(name string, t ast.Expr) {
	var fields *ast.FieldList
	switch t := t.(type) {
	case *ast.InterfaceType:
		fields = t.Methods
	case *ast.StructType:
		fields = t.Fields
	default:
		return
	}
	for _, f := range fields.List {
		for _, n := range f.Names {
			b.add(name+n.Name, f.Doc, f.Comment)
		}
	}
}

func (b book) add(name string, comments ...*ast.CommentGroup) {
	for _, c := range comments {
		if c != nil {
			b[name] = fold(c.Text())
			return
		}
	}
}

func typeName(t ast.Expr) string {
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}
