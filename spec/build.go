package spec

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/specimen-api/specimen/internal/value"
)

type schemaKey struct {
	file    *file
	at      any // the identity of the node
	inAllOf bool
	res     *Resource
}

// schemaAt gives the one Schema of a node, and builds it when it is first asked for.
func (d *Document) schemaAt(n *node, pointer string, res *Resource) *Schema {
	d.schemaMu.Lock()
	defer d.schemaMu.Unlock()
	return d.build(n, pointer, res, false, 0)
}

// build reads a schema and the schemas inside it; references are followed later. The caller holds schemaMu.
func (d *Document) build(n *node, pointer string, res *Resource, inAllOf bool, depth int) *Schema {
	key := schemaKey{file: n.file, at: n.identity(), res: res, inAllOf: inAllOf && n.get("$ref") != nil}
	if s, ok := d.schemas[key]; ok {
		return s
	}
	s := &Schema{Pointer: pointer, Position: n.pos(), doc: d, node: n, Resource: res}
	if depth > value.MaxDepth {
		s.problem(CodeKeyword, "", fmt.Sprintf("schemas nested more than %d levels deep", value.MaxDepth))
		return s
	}
	b := &schemaBuilder{doc: d, s: s, n: n, inAllOf: inAllOf, depth: depth}
	out := b.build()
	d.schemas[key] = out
	return out
}

func (s *Schema) problem(code, keyword, message string) {
	pos, pointer := s.node.pos(), s.Pointer
	if keyword != "" {
		pos, pointer = s.node.posOf(keyword), s.Pointer+"/"+value.Escape(keyword)
	}
	severity := Warning
	if code == CodePattern || code == CodeUnreadable {
		severity = Error
	}
	s.problems = append(s.problems, Problem{Code: code, Severity: severity, In: "document", Keyword: keyword, Message: message, Position: pos, Pointer: pointer})
}

type schemaBuilder struct {
	doc     *Document
	s       *Schema
	n       *node
	inAllOf bool
	depth   int
}

func (b *schemaBuilder) bad(keyword, want string) {
	b.s.problem(CodeKeyword, keyword, fmt.Sprintf("%s: got %s, want %s; it is not read", keyword, b.n.get(keyword).kind, want))
}

func (b *schemaBuilder) sub(n *node, path string, inAllOf bool) *Schema {
	return b.doc.build(n, b.s.Pointer+path, b.s.Resource, inAllOf, b.depth+1)
}

func (b *schemaBuilder) build() *Schema {
	s, n, v31 := b.s, b.n, b.doc.version >= V31
	if on, ok := n.bool(); ok {
		s.Always = &on
		return s
	}
	if !n.is(kindObject) {
		s.problem(CodeKeyword, "", fmt.Sprintf("a schema that is a %s, want an object; anything is taken", n.kind))
		return s
	}
	fields := n.fields()
	if n.kind == kindBroken {
		s.problem(CodeUnreadable, "", n.err.Error())
		return s
	}
	for _, dup := range n.dups {
		s.problems = append(s.problems, n.duplicate(dup, s.Pointer))
	}
	if v31 {
		if id, ok := n.get("$id").text(); ok && id != "" && id != "#" {
			s.Resource = b.doc.resourceAt(n, s.Resource, id)
		}
		s.DynamicAnchor = n.str("$dynamicAnchor")
	}
	if ref, ok := n.get("$ref").text(); ok {
		s.Ref = &Reference{Text: ref, from: s, keyword: "$ref", inAllOf: b.inAllOf}
		if !v31 {
			s.Title, s.Description = n.str("title"), n.str("description")
			return s
		}
	}
	nullable := false
	for _, f := range fields {
		b.keyword(f.name, f.node, &nullable)
	}
	b.bounds()
	if s.Types != 0 && nullable {
		s.Types |= Null
	}
	// Without a type, nullable speaks of the branches: null or what they say.
	if nullable && s.Types == 0 && (s.AllOf != nil || s.AnyOf != nil || s.OneOf != nil) {
		return &Schema{Pointer: s.Pointer, Position: s.Position, Resource: s.Resource, doc: s.doc, node: n, Title: s.Title, Description: s.Description,
			ReadOnly: s.ReadOnly, WriteOnly: s.WriteOnly, Deprecated: s.Deprecated, Default: s.Default, Examples: s.Examples,
			AnyOf: []*Schema{s, {Pointer: s.Pointer + "/nullable", Position: s.Position, Resource: s.Resource, doc: s.doc, node: n, Types: Null}}}
	}
	return s
}

func (b *schemaBuilder) keyword(name string, n *node, nullable *bool) {
	s, v31, v2 := b.s, b.doc.version >= V31, b.doc.version == V20
	switch name {
	case "type":
		b.types(n)
	case "nullable":
		if on, ok := n.bool(); ok && b.doc.version == V30 {
			*nullable = on
		}
	case "x-nullable":
		if on, ok := n.bool(); ok && !v31 {
			*nullable = *nullable || on
		}
	case "const":
		if v31 {
			s.Const = b.literal(name, n, "")
		}
	case "enum":
		if !n.is(kindArray) {
			b.bad(name, "an array")
			return
		}
		for i, item := range n.list() {
			if l := b.literal(name, item, "/"+strconv.Itoa(i)); l != nil {
				s.Enum = append(s.Enum, *l)
			}
		}
		if len(s.Enum) == 0 {
			if v31 {
				s.Enum = []Literal{}
			}
			s.problem(CodeKeyword, name, "an enum without values")
		}
	case "multipleOf":
		if r := b.rat(name, n); r != nil {
			if r.Sign() <= 0 {
				s.problem(CodeKeyword, name, "multipleOf is not above 0; it is not read")
				return
			}
			s.MultipleOf = r
		}
	case "maxLength":
		s.MaxLength = b.count(name, n)
	case "minLength":
		s.MinLength = b.count(name, n)
	case "maxItems":
		s.MaxItems = b.count(name, n)
	case "minItems":
		s.MinItems = b.count(name, n)
	case "maxProperties":
		s.MaxProperties = b.count(name, n)
	case "minProperties":
		s.MinProperties = b.count(name, n)
	case "pattern":
		if p, ok := n.text(); ok {
			s.Pattern = &p
		} else {
			b.bad(name, "a string")
		}
	case "format":
		s.Format, _ = n.text()
	case "uniqueItems":
		s.UniqueItems, _ = n.bool()
	case "required":
		b.required(n)
	case "properties":
		s.Properties = b.properties(name, n)
	case "additionalProperties":
		s.AdditionalProperties = b.schema(name, n)
	case "items":
		if n.is(kindArray) {
			if v31 {
				b.bad(name, "a schema")
				return
			}
			s.PrefixItems = b.schemas(name, n, false)
			return
		}
		s.Items = b.schema(name, n)
	case "allOf":
		s.AllOf = b.schemas(name, n, true)
	case "anyOf", "oneOf", "not":
		if v2 {
			s.problem(CodeVersion, name, name+" is no keyword of OpenAPI 2.0; it is not read")
			return
		}
		switch name {
		case "anyOf":
			s.AnyOf = b.schemas(name, n, b.n.get("discriminator") != nil)
		case "oneOf":
			s.OneOf = b.schemas(name, n, b.n.get("discriminator") != nil)
		default:
			s.Not = b.schema(name, n)
		}
	case "discriminator":
		b.discriminator(n)
	case "title":
		s.Title, _ = n.text()
	case "description":
		s.Description, _ = n.text()
	case "readOnly":
		s.ReadOnly, _ = n.bool()
	case "writeOnly":
		s.WriteOnly, _ = n.bool()
	case "deprecated":
		s.Deprecated, _ = n.bool()
	case "default":
		s.Default = b.literal(name, n, "")
	case "example", "x-example":
		if l := b.literal(name, n, ""); l != nil {
			s.Examples = append(s.Examples, *l)
		}
	case "examples":
		for i, item := range n.list() {
			if l := b.literal(name, item, "/"+strconv.Itoa(i)); l != nil {
				s.Examples = append(s.Examples, *l)
			}
		}
	case "xml":
		if n.is(kindObject) {
			s.XML = &XML{Name: n.str("name"), Namespace: n.str("namespace"), Prefix: n.str("prefix"), Attribute: n.flag("attribute"), Wrapped: n.flag("wrapped"), NodeType: n.str("nodeType")}
		}
	}
	if v31 {
		b.modern(name, n)
	}
}

// modern reads the keywords that came with JSON Schema 2020-12.
func (b *schemaBuilder) modern(name string, n *node) {
	s := b.s
	switch name {
	case "$dynamicRef":
		if ref, ok := n.text(); ok {
			s.DynamicRef = &Reference{Text: ref, from: s, keyword: name}
		}
	case "prefixItems":
		s.PrefixItems = b.schemas(name, n, false)
	case "contains":
		s.Contains = b.schema(name, n)
	case "minContains":
		s.MinContains = b.count(name, n)
	case "maxContains":
		s.MaxContains = b.count(name, n)
	case "unevaluatedItems":
		s.UnevaluatedItems = b.schema(name, n)
	case "unevaluatedProperties":
		s.UnevaluatedProperties = b.schema(name, n)
	case "patternProperties":
		s.PatternProperties = b.properties(name, n)
	case "propertyNames":
		s.PropertyNames = b.schema(name, n)
	case "dependentSchemas":
		s.DependentSchemas = b.properties(name, n)
	case "dependentRequired":
		for _, f := range n.fields() {
			dep := Dependency{Name: f.name}
			for _, item := range f.node.list() {
				if need, ok := item.text(); ok {
					dep.Needs = append(dep.Needs, need)
				}
			}
			s.DependentRequired = append(s.DependentRequired, dep)
		}
	case "if":
		s.If = b.schema(name, n)
	case "then":
		s.Then = b.schema(name, n)
	case "else":
		s.Else = b.schema(name, n)
	case "contentEncoding":
		s.ContentEncoding, _ = n.text()
	case "contentMediaType":
		s.ContentMediaType, _ = n.text()
	case "contentSchema":
		s.ContentSchema = b.schema(name, n)
	}
}

func (b *schemaBuilder) types(n *node) {
	names := []*node{n}
	if n.is(kindArray) {
		names = n.list()
	}
	for _, item := range names {
		name, ok := item.text()
		if item.is(kindNull) && b.n.file.yaml { // type: null in YAML means the word
			name, ok = "null", true
		}
		found := false
		for _, t := range typeNames {
			if ok && t.name == name && (name != "null" || b.doc.version >= V31) {
				b.s.Types |= t.t
				found = true
			}
		}
		if name == "file" && b.doc.version == V20 {
			b.s.Format = "binary"
			continue
		}
		switch {
		case found:
		case ok && name == "null":
			b.s.problem(CodeVersion, "type", fmt.Sprintf("null is no type of OpenAPI %s; it is not read", b.doc.version))
		case ok:
			b.s.problem(CodeKeyword, "type", fmt.Sprintf("%q is no type; it is not read", name))
		default:
			b.s.problem(CodeKeyword, "type", fmt.Sprintf("got %s for a type, want one of the words of JSON Schema; it is not read", item.kind))
		}
	}
	if b.s.Types&Number != 0 {
		b.s.Types |= Integer
	}
}

// bounds settles the three spellings of an exclusive bound.
func (b *schemaBuilder) bounds() {
	s := b.s
	one := func(plain, exclusive string, set, setExclusive **big.Rat) {
		if n := b.n.get(plain); n != nil {
			*set = b.rat(plain, n)
		}
		n := b.n.get(exclusive)
		if n == nil {
			return
		}
		if on, ok := n.bool(); ok {
			if b.doc.version >= V31 {
				s.problem(CodeVersion, exclusive, fmt.Sprintf("%s: got boolean, want the bound itself since OpenAPI 3.1; it is not read", exclusive))
			} else if on {
				*setExclusive, *set = *set, nil
			}
			return
		}
		if b.doc.version < V31 {
			if n.is(kindNumber) {
				s.problem(CodeVersion, exclusive, fmt.Sprintf("%s: got number, want a boolean beside %s before OpenAPI 3.1; it is not read", exclusive, plain))
			} else {
				b.bad(exclusive, "a boolean")
			}
			return
		}
		*setExclusive = b.rat(exclusive, n)
	}
	one("minimum", "exclusiveMinimum", &s.Minimum, &s.ExclusiveMinimum)
	one("maximum", "exclusiveMaximum", &s.Maximum, &s.ExclusiveMaximum)
}

func (b *schemaBuilder) rat(name string, n *node) *big.Rat {
	num, ok := n.number()
	if !ok {
		b.bad(name, "a number")
		return nil
	}
	r, ok := value.Rat(num)
	if !ok {
		b.s.problem(CodeKeyword, name, fmt.Sprintf("%s %.40s is too large to work with; it is not read", name, num))
		return nil
	}
	return r
}

func (b *schemaBuilder) count(name string, n *node) *int {
	v, ok := n.int()
	if !ok || v < 0 {
		b.bad(name, "a whole number from 0")
		return nil
	}
	return &v
}

func (b *schemaBuilder) schema(name string, n *node) *Schema {
	if !n.is(kindObject) && !n.is(kindBool) {
		b.bad(name, "a schema")
		return nil
	}
	return b.sub(n, "/"+name, false)
}

func (b *schemaBuilder) schemas(name string, n *node, inAllOf bool) []*Schema {
	if !n.is(kindArray) || len(n.list()) == 0 {
		b.bad(name, "an array of schemas")
		return nil
	}
	var out []*Schema
	for i, item := range n.list() {
		if !item.is(kindObject) && !item.is(kindBool) {
			b.s.problem(CodeKeyword, name, fmt.Sprintf("%s/%d is a %s, want a schema; it is not read", name, i, item.kind))
			continue
		}
		out = append(out, b.sub(item, "/"+name+"/"+strconv.Itoa(i), inAllOf))
	}
	return out
}

func (b *schemaBuilder) properties(name string, n *node) []Property {
	if !n.is(kindObject) {
		b.bad(name, "an object of schemas")
		return nil
	}
	var out []Property
	for _, f := range n.fields() {
		if !f.node.is(kindObject) && !f.node.is(kindBool) {
			b.s.problem(CodeKeyword, name, fmt.Sprintf("%s/%s is a %s, want a schema; it is not read", name, f.name, f.node.kind))
			continue
		}
		out = append(out, Property{f.name, b.sub(f.node, "/"+name+"/"+value.Escape(f.name), false)})
	}
	return out
}

func (b *schemaBuilder) required(n *node) {
	if n.is(kindBool) { // draft 3's way, and the required of a parameter that is its own schema
		return
	}
	if !n.is(kindArray) {
		b.bad("required", "an array of names")
		return
	}
	seen := map[string]bool{}
	for _, item := range n.list() {
		if name, ok := item.text(); ok && !seen[name] {
			seen[name] = true
			b.s.Required = append(b.s.Required, name)
		}
	}
}

func (b *schemaBuilder) literal(keyword string, n *node, path string) *Literal {
	v, err := n.value()
	if err != nil {
		b.s.problem(CodeUnreadable, keyword, err.Error())
		return nil
	}
	return &Literal{Value: v, Position: n.pos(), Pointer: b.s.Pointer + "/" + keyword + path}
}

func (b *schemaBuilder) discriminator(n *node) {
	d := &Discriminator{from: b.s}
	if b.doc.version == V20 {
		d.PropertyName, _ = n.text()
	} else {
		d.PropertyName = n.str("propertyName")
		d.fallback = n.str("defaultMapping")
		d.explicit = n.get("mapping").fields()
	}
	if d.PropertyName == "" {
		b.s.problem(CodeKeyword, "discriminator", "a discriminator without a propertyName; it is not read")
		return
	}
	b.s.Discriminator = d
}

func (d *Discriminator) read() {
	doc, s := d.from.doc, d.from
	target := func(text string) *Schema {
		if !strings.ContainsAny(text, "#/") {
			if c := doc.Component(text); c != nil {
				return c
			}
		}
		r := &Reference{Text: text, from: s, keyword: "discriminator", inAllOf: true}
		return r.Schema()
	}
	if d.fallback != "" {
		text := d.fallback
		if !strings.ContainsAny(text, "#/.:") {
			text = doc.componentPrefix() + value.Escape(text)
		}
		d.byName = &Reference{Text: text, from: s, keyword: "discriminator", inAllOf: true}
	}
	seen, targets := map[string]bool{}, map[*Schema]bool{}
	for _, f := range d.explicit {
		text, ok := f.node.text()
		if !ok {
			continue
		}
		if t := target(text); t != nil && t != s {
			d.mappings = append(d.mappings, Mapping{f.name, t})
			seen[f.name], targets[t] = true, true
		}
	}
	branches := s.OneOf
	if branches == nil {
		branches = s.AnyOf
	}
	if branches != nil {
		for _, branch := range branches {
			if branch.Ref == nil {
				continue
			}
			text := branch.Ref.Text
			name := value.Unescape(text[strings.LastIndexAny(text, "/#")+1:])
			if t := branch.Ref.Schema(); t != nil && !targets[t] && !seen[name] {
				d.mappings = append(d.mappings, Mapping{name, t})
				seen[name] = true
			}
		}
		return
	}
	children := doc.childrenOf(s)
	d.children = len(children) > 0
	if len(d.explicit) == 0 {
		d.mappings = append(d.mappings, children...)
	}
}
