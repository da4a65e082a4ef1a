package spec

import (
	"fmt"
	"sort"
)

// Diagnose says what is wrong with the schema and everything that it reaches: keywords that cannot be read,
// references that lead nowhere or only to each other, patterns that are no regular expressions.
func (s *Schema) Diagnose(dir Direction) []Problem {
	var out []Problem
	said := map[string]bool{}
	say := func(p Problem) {
		key := p.Code + p.Pointer + p.Message
		if !said[key] {
			said[key] = true
			out = append(out, p)
		}
	}
	seen := map[*Schema]bool{}
	todo := []*Schema{s}
	add := func(list ...*Schema) {
		for i := len(list) - 1; i >= 0; i-- {
			if t := list[i]; t != nil && !seen[t] {
				todo = append(todo, t)
			}
		}
	}
	follow := func(s *Schema, r *Reference) {
		if r == nil {
			return
		}
		if p := r.Problem(); p != nil {
			say(*p)
			return
		}
		t := r.Schema()
		add(t)
		if t != nil && !seen[t] {
			j := t.judge(dir)
			if _, err := j.entry(t).get(); err != nil {
				say(Problem{Code: CodeKeyword, In: "document", Message: err.Error(), Position: t.Position, Pointer: t.Pointer})
			}
		}
	}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if s == nil || seen[s] {
			continue
		}
		seen[s] = true
		for _, p := range s.problems {
			say(p)
		}
		if s.Pattern != nil {
			if p := s.patternProblem("pattern", *s.Pattern); p != nil {
				say(*p)
			}
		}
		for _, prop := range s.PatternProperties {
			if p := s.patternProblem("patternProperties", prop.Name); p != nil {
				say(*p)
			}
		}
		follow(s, s.Ref)
		follow(s, s.DynamicRef)
		if s.onlyItself() {
			pos, pointer := s.keywordAt("$ref")
			say(Problem{Code: CodeCircle, In: "document", Keyword: "$ref", Position: pos, Pointer: pointer,
				Message: fmt.Sprintf("$ref %q leads only to other references and back to itself; it says nothing", s.Ref.Text)})
		}
		if s.Discriminator != nil {
			for _, m := range s.Discriminator.Mappings() {
				add(m.Schema)
			}
			add(s.Discriminator.Default())
		}
		add(s.children()...)
	}
	sort.SliceStable(out, func(a, b int) bool {
		x, y := out[a].Position, out[b].Position
		if x.File != y.File {
			return x.File < y.File
		}
		return x.Line < y.Line
	})
	return out
}

// onlyItself says that a reference leads through references alone back to where it stands.
func (s *Schema) onlyItself() bool {
	t := s
	for hops := 0; t != nil && t.Ref != nil && hops < 64; hops++ {
		if t = t.Ref.Schema(); t == s {
			return true
		}
	}
	return false
}

// children gives the schemas that stand inside this one.
func (s *Schema) children() []*Schema {
	out := []*Schema{s.ContentSchema, s.Items, s.Contains, s.UnevaluatedItems, s.AdditionalProperties, s.PropertyNames, s.UnevaluatedProperties, s.Not, s.If, s.Then, s.Else}
	for _, list := range [][]*Schema{s.PrefixItems, s.AllOf, s.AnyOf, s.OneOf} {
		out = append(out, list...)
	}
	for _, list := range [][]Property{s.Properties, s.PatternProperties, s.DependentSchemas} {
		for _, p := range list {
			out = append(out, p.Schema)
		}
	}
	return out
}
