package spec

import (
	"encoding/json"
	"fmt"
	"math/big"
	"sort"
	"strconv"
	"strings"

	"github.com/specimen-api/specimen/internal/value"
)

// located is what stands at a place of a rendered schema: one of our schemas, or a fault of the document.
type located struct {
	schema  *Schema
	keyword string   // what the place was made from, when it is no schema of the document
	problem *Problem // what is wrong with the document here; the place takes no value
}

// maxInPlace is how many schemas a rendered one holds: the rest become links, as the time that the engine takes to
// compile one grows with the square of their number.
const maxInPlace = 300

// renderer writes one schema in the words of JSON Schema 2020-12 for the engine. Schemas inside it are written in
// their place; a reference becomes a link, and so does a schema that is another resource ($id).
type renderer struct {
	j      *judge
	r      *resource
	places map[string]*located // nil: not asked for
	count  int                 // of the schemas written so far
}

// place maps a location that the engine names back to the document.
func (r *resource) place(pointer string) *located {
	r.once.Do(func() {
		r.j.mu.Lock()
		defer r.j.mu.Unlock()
		b := renderer{j: r.j, r: r, places: map[string]*located{}}
		b.document()
		r.places = b.places
	})
	return r.places[pointer]
}

func (b *renderer) note(pointer string, l *located) {
	if b.places != nil {
		b.places[pointer] = l
	}
}

func (b *renderer) document() any {
	s := b.r.schema
	switch b.r.variant {
	case polymorphic:
		return b.polymorphic(s)
	case dynamic:
		t := s.DynamicRef.Schema()
		b.note("", &located{schema: s, keyword: "$dynamicRef"})
		return map[string]any{"$dynamicRef": "#" + t.DynamicAnchor, "$defs": map[string]any{
			"target": map[string]any{"$dynamicAnchor": t.DynamicAnchor, refKeyword: link{b.j.resource(resourceKey{schema: t})}},
		}}
	}
	out := b.schema(s, "", true, nil)
	if obj, ok := out.(map[string]any); ok {
		b.anchors(obj, s)
	}
	return out
}

// anchors gives a rendered schema the $dynamicAnchors of the schema resource that it is a part of, so that the
// dynamic scope (2020-12 core, section 7.1) is right although each part is compiled apart.
func (b *renderer) anchors(out map[string]any, s *Schema) {
	names := b.j.dynamicAnchors(s.Resource)
	if len(names) == 0 {
		return
	}
	defs := map[string]any{}
	for _, name := range names {
		if t := s.Resource.DynamicAnchor(name); t != nil {
			defs[name] = map[string]any{"$dynamicAnchor": name, refKeyword: link{b.j.resource(resourceKey{schema: t})}}
		}
	}
	out["$defs"] = defs
}

// polymorphic writes a reference to a schema whose discriminator its children use: the schema itself, and for each
// value of the discriminator the child that it names.
func (b *renderer) polymorphic(s *Schema) any {
	b.note("", &located{schema: s})
	self := map[string]any{}
	b.link(self, s, plain, true)
	all := append([]any{self}, b.implications(s, "/allOf", 1)...)
	b.note("/allOf/0", &located{schema: s})
	return map[string]any{"allOf": all}
}

// implications writes "if the discriminator has this value, then that schema" for each of its values.
func (b *renderer) implications(s *Schema, pointer string, at int) []any {
	d := s.Discriminator
	var out []any
	has := func(v any) map[string]any {
		return map[string]any{"type": "object", "required": []any{d.PropertyName}, "properties": map[string]any{d.PropertyName: v}}
	}
	add := func(one map[string]any) {
		p := pointer + "/" + strconv.Itoa(at+len(out))
		b.note(p, &located{schema: s, keyword: "discriminator"})
		b.note(p+"/then", &located{schema: s, keyword: "discriminator"})
		out = append(out, one)
	}
	var values []any
	for _, m := range d.Mappings() {
		then := map[string]any{}
		b.link(then, m.Schema, plain, true)
		values = append(values, m.Value)
		add(map[string]any{"if": has(map[string]any{"const": m.Value}), "then": then})
	}
	if t := d.Default(); t != nil {
		then := map[string]any{}
		b.link(then, t, plain, true)
		one := map[string]any{"if": map[string]any{"type": "object"}, "then": then}
		if len(values) > 0 {
			one["if"] = map[string]any{"type": "object", "not": has(map[string]any{"enum": values})}
		}
		add(one)
	}
	return out
}

// link adds a reference to a rendered schema. inPlace says that it speaks of the same value as the resource's root.
func (b *renderer) link(out map[string]any, target *Schema, v variant, inPlace bool) {
	key := resourceKey{schema: target, variant: v}
	if b.j.circular(vertex{target, v}) {
		// On a circle a value would come back to where it is being judged. Nothing new can be said there, so the way back
		// takes everything; the trail remembers where the value has been.
		id := fmt.Sprintf("%d,", b.j.resource(resourceKey{schema: target, variant: v}).number)
		trail := ""
		if inPlace {
			trail = b.r.trail
			if b.j.circular(vertex{b.r.schema, b.r.variant}) {
				own := fmt.Sprintf("%d,", b.j.resource(resourceKey{schema: b.r.schema, variant: b.r.variant}).number)
				if !strings.Contains(","+trail, ","+own) {
					trail += own
				}
			}
		}
		if strings.Contains(","+trail, ","+id) {
			return
		}
		key.trail = trail + id
	}
	l, _ := out[refKeyword].(link)
	out[refKeyword] = append(l, b.j.resource(key))
}

// broken writes a schema that takes nothing, in the place of a fault of the document.
func (b *renderer) broken(pointer string, s *Schema, p *Problem) any {
	b.note(pointer, &located{schema: s, problem: p})
	return false
}

// schema writes one schema. drop names members that need not be there, because a schema around it says so.
func (b *renderer) schema(s *Schema, pointer string, inPlace bool, drop map[string]bool) any {
	b.count++
	if pointer != "" && (s.Resource != b.r.schema.Resource || b.count > maxInPlace && drop == nil && s.Always == nil) {
		b.note(pointer, &located{schema: s})
		out := map[string]any{}
		b.link(out, s, plain, inPlace)
		return out
	}
	b.note(pointer, &located{schema: s})
	if s.Always != nil {
		return *s.Always
	}
	out := map[string]any{}
	if s.Ref != nil {
		if t := s.Ref.Schema(); t != nil && s.Ref.Polymorphic() {
			b.link(out, t, polymorphic, inPlace)
		} else if t != nil {
			b.link(out, t, plain, inPlace)
		}
	}
	sub := func(name string, t *Schema, inPlace bool) {
		if t != nil {
			out[name] = b.schema(t, pointer+"/"+name, inPlace, nil)
		}
	}
	list := func(name string, ts []*Schema, inPlace bool, drop map[string]bool) []any {
		var items []any
		for i, t := range ts {
			var d map[string]bool
			if t.Ref == nil {
				d = drop
			}
			items = append(items, b.schema(t, pointer+"/"+name+"/"+strconv.Itoa(i), inPlace, d))
		}
		if items != nil {
			out[name] = items
		}
		return items
	}
	members := func(name string, ps []Property, inPlace bool) {
		if len(ps) == 0 {
			return
		}
		m := map[string]any{}
		for _, p := range ps {
			m[p.Name] = b.schema(p.Schema, pointer+"/"+name+"/"+value.Escape(p.Name), inPlace, nil)
		}
		out[name] = m
	}

	b.assertions(s, out)
	sub("items", s.Items, false)
	list("prefixItems", s.PrefixItems, false, nil)
	sub("contains", s.Contains, false)
	sub("unevaluatedItems", s.UnevaluatedItems, false)
	members("properties", s.Properties, false)
	if len(s.PatternProperties) > 0 {
		m := map[string]any{}
		for _, p := range s.PatternProperties {
			at := pointer + "/patternProperties/"
			if problem := s.patternProblem("patternProperties", p.Name); problem != nil {
				name := anyName + p.Name
				m[name] = b.broken(at+value.Escape(name), s, problem)
				continue
			}
			m[p.Name] = b.schema(p.Schema, at+value.Escape(p.Name), false, nil)
		}
		out["patternProperties"] = m
	}
	sub("additionalProperties", s.AdditionalProperties, false)
	sub("propertyNames", s.PropertyNames, false)
	sub("unevaluatedProperties", s.UnevaluatedProperties, false)
	members("dependentSchemas", s.DependentSchemas, true)
	sub("not", s.Not, true)
	sub("if", s.If, true)
	sub("then", s.Then, true)
	sub("else", s.Else, true)
	list("anyOf", s.AnyOf, true, nil)
	list("oneOf", s.OneOf, true, nil)

	optional := s.optional(b.j.dir)
	required := []any{}
	for _, name := range s.Required {
		if !optional[name] && !drop[name] {
			required = append(required, name)
		}
	}
	if len(required) > 0 {
		out["required"] = required
	}
	rest := list("allOf", s.AllOf, true, optional)
	at := pointer + "/allOf"
	if s.Ref != nil && s.Ref.Schema() == nil {
		rest = append(rest, b.broken(at+"/"+strconv.Itoa(len(rest)), s, s.Ref.Problem()))
	}
	if s.DynamicRef != nil {
		t := s.DynamicRef.Schema()
		_, fragment, _ := strings.Cut(s.DynamicRef.Text, "#")
		switch {
		case t == nil:
			rest = append(rest, b.broken(at+"/"+strconv.Itoa(len(rest)), s, s.DynamicRef.Problem()))
		case t.DynamicAnchor == "" || t.DynamicAnchor != fragment:
			b.link(out, t, plain, inPlace)
		case t.Resource != s.Resource:
			b.link(out, s, dynamic, false)
		default:
			out["$dynamicRef"] = "#" + fragment
		}
	}
	if s.Discriminator != nil && (s.OneOf != nil || s.AnyOf != nil) {
		rest = append(rest, b.implications(s, at, len(rest))...)
	}
	if len(rest) > 0 {
		out["allOf"] = rest
	}
	return out
}

// assertions writes the keywords that hold no schemas.
func (b *renderer) assertions(s *Schema, out map[string]any) {
	if s.Types != 0 {
		var names []any
		for _, t := range typeNames {
			if s.Types&t.t != 0 && (t.t != Integer || s.Types&Number == 0) {
				names = append(names, t.name)
			}
		}
		out["type"] = names
	}
	if s.Const != nil {
		out["const"] = value.Plain(s.Const.Value)
	}
	if s.Enum != nil {
		items := make([]any, len(s.Enum))
		for i, l := range s.Enum {
			items[i] = value.Plain(l.Value)
		}
		out["enum"] = items
	}
	for name, r := range map[string]*big.Rat{"multipleOf": s.MultipleOf, "maximum": s.Maximum, "exclusiveMaximum": s.ExclusiveMaximum, "minimum": s.Minimum, "exclusiveMinimum": s.ExclusiveMinimum} {
		if r != nil {
			out[name] = json.Number(r.RatString())
		}
	}
	for name, n := range map[string]*int{"maxLength": s.MaxLength, "minLength": s.MinLength, "maxItems": s.MaxItems, "minItems": s.MinItems,
		"maxProperties": s.MaxProperties, "minProperties": s.MinProperties, "minContains": s.MinContains, "maxContains": s.MaxContains} {
		if n != nil {
			out[name] = jsonInt(*n)
		}
	}
	if s.UniqueItems {
		out["uniqueItems"] = true
	}
	if s.Pattern != nil {
		out["pattern"] = *s.Pattern
	}
	if _, ok := formats[s.Format]; ok && !(b.j.dir == Request && leftToServers[s.Format]) {
		out["format"] = formatPrefix + s.Format
	}
	if len(s.DependentRequired) > 0 {
		m := map[string]any{}
		for _, d := range s.DependentRequired {
			needs := []any{}
			for _, name := range d.Needs {
				needs = append(needs, name)
			}
			m[d.Name] = needs
		}
		out["dependentRequired"] = m
	}
}

// unwrap gives the schema that stands inside the "null or this" of a nullable schema without a type.
func (s *Schema) unwrap() *Schema {
	if len(s.AnyOf) == 2 && s.AnyOf[0].node != nil && s.AnyOf[0].node == s.node && s.AnyOf[0].Pointer == s.Pointer {
		return s.AnyOf[0]
	}
	return s
}

// optional names the members that need not be there in this direction, whatever required says: those that the
// schema, or a branch of its allOf, declares readOnly (in a request) or writeOnly (in a response).
func (s *Schema) optional(dir Direction) map[string]bool {
	var out map[string]bool
	var walk func(s *Schema, depth int)
	walk = func(s *Schema, depth int) {
		if s == nil || depth > 6 {
			return
		}
		s = s.unwrap()
		if s.Ref != nil && depth > 0 {
			walk(s.Ref.Schema(), depth+1)
		}
		for _, p := range s.Properties {
			if p.Schema.oneWay(dir) {
				if out == nil {
					out = map[string]bool{}
				}
				out[p.Name] = true
			}
		}
		for _, branch := range s.AllOf {
			walk(branch, depth+1)
		}
	}
	walk(s, 0)
	return out
}

// oneWay says that a member with this schema does not travel in the direction: it is readOnly and this is a request,
// or writeOnly and this is a response. The schema says so itself, or the one that it refers to, or a branch of its allOf.
func (s *Schema) oneWay(dir Direction) bool {
	says := func(s *Schema) bool {
		s = s.unwrap()
		return dir == Request && s.ReadOnly || dir == Response && s.WriteOnly
	}
	for hops := 0; s != nil && hops < 16; hops++ {
		if says(s) {
			return true
		}
		for _, branch := range s.unwrap().AllOf {
			if says(branch) {
				return true
			}
		}
		if s.Ref == nil {
			return false
		}
		s = s.Ref.Schema()
	}
	return false
}

func (s *Schema) patternProblem(keyword, pattern string) *Problem {
	err := knownPattern(pattern).err
	if err == nil {
		return nil
	}
	at := s.Pointer + "/" + keyword
	if keyword == "patternProperties" {
		at += "/" + value.Escape(pattern)
	}
	return &Problem{Code: CodePattern, In: "document", Keyword: keyword, Message: fmt.Sprintf("pattern %q is no regular expression: %v", shorten(pattern), err), Position: s.node.posOf(keyword), Pointer: at}
}

// dynamicAnchors names the $dynamicAnchors of a resource. The caller holds mu.
func (j *judge) dynamicAnchors(r *Resource) []string {
	if r == nil || r.doc.version < V31 {
		return nil
	}
	if names, ok := j.anchors[r]; ok {
		return names
	}
	var names []string
	if r.file.mentions("$dynamicAnchor") {
		for key := range r.doc.anchorsOf(r) {
			if name, ok := strings.CutPrefix(key, "dynamic "); ok {
				names = append(names, name)
			}
		}
		sort.Strings(names)
	}
	if j.anchors == nil {
		j.anchors = map[*Resource][]string{}
	}
	j.anchors[r] = names
	return names
}

// --- circles ------------------------------------------------------------------------------------

// vertex is a schema in one of its variants.
type vertex struct {
	schema  *Schema
	variant variant
}

// circular says whether references lead from a schema back to it without going into the value. The caller holds mu.
func (j *judge) circular(v vertex) bool {
	if known, ok := j.circles[v]; ok {
		return known
	}
	seen := map[vertex]bool{}
	todo := v.next()
	found := false
	for len(todo) > 0 && !found {
		x := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if x == v {
			found = true
		}
		if !seen[x] {
			seen[x] = true
			todo = append(todo, x.next()...)
		}
	}
	j.circles[v] = found
	return found
}

// next gives where references lead that speak of the same value.
func (v vertex) next() []vertex {
	var out []vertex
	add := func(s *Schema, variant variant) { out = append(out, vertex{s, variant}) }
	discriminated := func(s *Schema) {
		for _, m := range s.Discriminator.Mappings() {
			add(m.Schema, plain)
		}
		if t := s.Discriminator.Default(); t != nil {
			add(t, plain)
		}
	}
	if v.variant == polymorphic {
		add(v.schema, plain)
		discriminated(v.schema)
		return out
	}
	var walk func(s *Schema)
	walk = func(s *Schema) {
		if s == nil {
			return
		}
		if s != v.schema && s.Resource != v.schema.Resource {
			add(s, plain)
			return
		}
		if s.Ref != nil {
			if t := s.Ref.Schema(); t != nil && s.Ref.Polymorphic() {
				add(t, polymorphic)
			} else if t != nil {
				add(t, plain)
			}
		}
		for _, list := range [][]*Schema{s.AllOf, s.AnyOf, s.OneOf, {s.Not, s.If, s.Then, s.Else}} {
			for _, t := range list {
				walk(t)
			}
		}
		for _, p := range s.DependentSchemas {
			walk(p.Schema)
		}
		if s.DynamicRef != nil {
			if t := s.DynamicRef.Schema(); t != nil && t.DynamicAnchor == "" {
				add(t, plain)
			}
		}
		if s.Discriminator != nil && (s.OneOf != nil || s.AnyOf != nil) {
			discriminated(s)
		}
	}
	walk(v.schema)
	return out
}
