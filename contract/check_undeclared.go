package contract

import (
	"fmt"
	"strconv"

	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// Undeclared tells of members that the document does not know, where it does not say whether there may be any: the
// deployment has moved on, or the document forgot them.
var Undeclared = checks.Add(Check{
	Name:  "undeclared",
	Doc:   "the body has no member that the document does not know",
	Level: Warning,
	Drift: true,
	Run: func(x Exchange) []spec.Problem {
		if x.Response == nil || x.Cut || x.Err != nil || len(x.Body) == 0 || !isJSON(x.Response.Header.Get("Content-Type")) {
			return nil
		}
		res := x.Case.Operation.Response(x.Status())
		if res == nil {
			return nil
		}
		m := mediaTypeFor(res.Content, x.Response.Header.Get("Content-Type"))
		v, err := value.Parse(x.Body)
		if err != nil || m == nil || m.Schema == nil {
			return nil
		}
		d := drift{}
		d.walk(v, []*spec.Schema{m.Schema}, "")
		return d.problems
	},
})

func mediaTypeFor(content []*spec.MediaType, header string) *spec.MediaType {
	name := mediaName(header)
	var ranged *spec.MediaType
	for _, m := range content {
		switch mediaName(m.Name) {
		case name:
			return m
		case "*/*", "application/*":
			ranged = m
		}
	}
	return ranged
}

// maxDrift bounds what is said of one body.
const maxDrift = 50

type drift struct{ problems []spec.Problem }

// walk compares a value with the schemas that may speak of it.
func (d *drift) walk(v any, schemas []*spec.Schema, at string) {
	if len(d.problems) >= maxDrift {
		return
	}
	all := branches(schemas)
	switch v := v.(type) {
	case *value.Object:
		open := false // somebody says something of other members
		members := map[string][]*spec.Schema{}
		var first *spec.Schema
		for _, s := range all {
			if s.AdditionalProperties != nil || s.UnevaluatedProperties != nil || len(s.PatternProperties) > 0 || s.PropertyNames != nil {
				open = true
			}
			for _, p := range s.Properties {
				members[p.Name] = append(members[p.Name], p.Schema)
			}
			if first == nil && len(s.Properties) > 0 {
				first = s
			}
		}
		for name, member := range v.All() {
			place := at + "/" + value.Escape(name)
			if known, ok := members[name]; ok {
				d.walk(member, known, place)
			} else if !open && first != nil && len(d.problems) < maxDrift {
				d.problems = append(d.problems, spec.Problem{
					Severity: spec.Warning, In: "body", At: place, Keyword: "properties",
					Got: fmt.Sprintf("a member %q", name), Want: "the members that the document knows",
					Position: first.Position, Pointer: first.Pointer,
				})
			}
		}
	case []any:
		for i, item := range v {
			var items []*spec.Schema
			for _, s := range all {
				if i < len(s.PrefixItems) {
					items = append(items, s.PrefixItems[i])
				} else if s.Items != nil {
					items = append(items, s.Items)
				}
			}
			if len(items) > 0 {
				d.walk(item, items, at+"/"+strconv.Itoa(i))
			}
		}
	}
}

// branches gives schemas with everything that applies in the same place.
func branches(schemas []*spec.Schema) []*spec.Schema {
	var out []*spec.Schema
	seen := map[*spec.Schema]bool{}
	var add func(s *spec.Schema)
	add = func(s *spec.Schema) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		out = append(out, s)
		for _, r := range []*spec.Reference{s.Ref, s.DynamicRef} {
			if r != nil {
				add(r.Schema())
			}
		}
		for _, list := range [][]*spec.Schema{s.AllOf, s.AnyOf, s.OneOf, {s.If, s.Then, s.Else}} {
			for _, branch := range list {
				add(branch)
			}
		}
		for _, p := range s.DependentSchemas {
			add(p.Schema)
		}
		if s.Discriminator != nil {
			for _, m := range s.Discriminator.Mappings() {
				add(m.Schema)
			}
		}
	}
	for _, s := range schemas {
		add(s)
	}
	return out
}
