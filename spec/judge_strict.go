package spec

import (
	"strconv"

	"github.com/specimen-api/specimen/internal/value"
)

// Strict says which members of a value should not travel in its direction: readOnly ones in a request, writeOnly
// ones in a response. The keyword of each Problem is readOnly or writeOnly. Branches of anyOf and oneOf, and then and
// else, speak only where the value fits them.
func (s *Schema) Strict(v any, dir Direction) []Problem {
	w := strictWalk{dir: dir, seen: map[strictKey]bool{}, said: map[string]bool{}}
	w.walk(s, v, "", 0)
	return w.out
}

type strictWalk struct {
	dir  Direction
	seen map[strictKey]bool
	said map[string]bool
	out  []Problem
}

type strictKey struct {
	s  *Schema
	at string
}

func (w *strictWalk) walk(s *Schema, v any, at string, depth int) {
	if s == nil || depth > value.MaxDepth || w.seen[strictKey{s, at}] {
		return
	}
	w.seen[strictKey{s, at}] = true
	fits := func(t *Schema) bool { return len(t.Check(v, w.dir)) == 0 }
	if s.Ref != nil {
		t := s.Ref.Schema()
		w.walk(t, v, at, depth+1)
		if s.Ref.Polymorphic() {
			if obj, ok := v.(*value.Object); ok {
				got, _ := obj.Get(t.Discriminator.PropertyName)
				for _, m := range t.Discriminator.Mappings() {
					if got == m.Value {
						w.walk(m.Schema, v, at, depth+1)
					}
				}
			}
		}
	}
	for _, t := range s.AllOf {
		w.walk(t, v, at, depth+1)
	}
	for _, list := range [][]*Schema{s.AnyOf, s.OneOf} {
		for _, t := range list {
			if fits(t) {
				w.walk(t, v, at, depth+1)
			}
		}
	}
	if s.If != nil {
		if fits(s.If) {
			w.walk(s.If, v, at, depth+1)
			w.walk(s.Then, v, at, depth+1)
		} else {
			w.walk(s.Else, v, at, depth+1)
		}
	}
	switch v := v.(type) {
	case *value.Object:
		for _, d := range s.DependentSchemas {
			if v.Has(d.Name) {
				w.walk(d.Schema, v, at, depth+1)
			}
		}
		for name, member := range v.All() {
			w.member(s, name, member, at+"/"+value.Escape(name), depth)
		}
	case []any:
		for i, item := range v {
			t := s.Items
			if i < len(s.PrefixItems) {
				t = s.PrefixItems[i]
			}
			w.walk(t, item, at+"/"+strconv.Itoa(i), depth+1)
		}
	}
}

func (w *strictWalk) member(s *Schema, name string, v any, at string, depth int) {
	known := false
	visit := func(t *Schema) {
		known = true
		if t.oneWay(w.dir) && !w.said[at] {
			w.said[at] = true
			keyword, want := "readOnly", "no member that is readOnly in a request"
			if w.dir == Response {
				keyword, want = "writeOnly", "no member that is writeOnly in a response"
			}
			pos, pointer := t.keywordAt(keyword)
			w.out = append(w.out, Problem{At: at, Keyword: keyword, Got: "member " + strconv.Quote(shorten(name)), Want: want, Position: pos, Pointer: pointer})
		}
		w.walk(t, v, at, depth+1)
	}
	for _, p := range s.Properties {
		if p.Name == name {
			visit(p.Schema)
		}
	}
	for _, p := range s.PatternProperties {
		if knownPattern(p.Name).MatchString(name) {
			visit(p.Schema)
		}
	}
	if !known && s.AdditionalProperties != nil {
		visit(s.AdditionalProperties)
	}
}
