package spec

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/specimen-api/specimen/internal/value"
)

// shape is what is known of a value from the schemas that speak of it: text on the wire has no type, so reading
// it takes the document's word. Several schemas are alternatives. No schema means that nothing is known.
type shape []*Schema

// maxSteps bounds a walk through schemas that refer to each other.
const maxSteps = 2000

func shapeOf(s *Schema) shape {
	if s == nil {
		return nil
	}
	return shape{s}
}

// view is what a schema says of a value with everything that it refers to. It is made once for each schema.
type view struct {
	kinds    Types
	names    []string
	members  map[string]shape // by properties
	patterns []Property
	rest     shape // additionalProperties and unevaluatedProperties that are schemas
	required map[string]bool
	open     bool
	lists    []*Schema // those that speak of items
	xml      *XML
	binary   bool
}

func viewOf(s *Schema) *view {
	if s.doc != nil {
		if v, ok := s.doc.views.Load(s); ok {
			return v.(*view)
		}
	}
	v := &view{members: map[string]shape{}, required: map[string]bool{}}
	w := typeWalk{path: map[*Schema]bool{}, left: maxSteps}
	if v.kinds = w.kinds(s); v.kinds == 0 || v.kinds == AnyType {
		v.kinds = hint(s)
	}
	named, extra := false, false
	each(s, func(s *Schema) {
		named = named || s.Properties != nil
		for _, p := range s.Properties {
			own, seen := v.members[p.Name]
			if !seen {
				v.names = append(v.names, p.Name)
			}
			own.add(p.Schema)
			v.members[p.Name] = slices.Clip(own)
		}
		v.patterns = append(v.patterns, s.PatternProperties...)
		for _, a := range []*Schema{s.AdditionalProperties, s.UnevaluatedProperties} {
			if a != nil && a.Always == nil {
				v.rest.add(a)
			}
		}
		for _, name := range s.Required {
			v.required[name] = true
		}
		if a := s.AdditionalProperties; a != nil {
			extra = extra || a.Always == nil || *a.Always
		}
		extra = extra || s.PatternProperties != nil
		if s.Items != nil || s.PrefixItems != nil {
			v.lists = append(v.lists, s)
		}
		if v.xml == nil {
			v.xml = s.XML
		}
		v.binary = v.binary || s.Format == "binary" || s.ContentMediaType != "" && s.ContentEncoding == "" && formOf(s.ContentMediaType) == formBinary
	})
	v.open = extra || !named
	if s.doc != nil {
		s.doc.views.Store(s, v)
	}
	return v
}

// kinds gives the JSON types that the value may have; AnyType when the schemas do not say.
func (sh shape) kinds() Types {
	var all Types
	for _, s := range sh {
		if k := viewOf(s).kinds; k != AnyType {
			all |= k
		}
	}
	if all == 0 {
		return AnyType
	}
	return all
}

func (sh shape) allows(t Types) bool { return sh.kinds()&t != 0 }

const scalar = Null | Boolean | Integer | Number | String

type typeWalk struct {
	path map[*Schema]bool
	left int
}

// kinds gives 0 for a schema that is being looked at already: it adds nothing to what is found.
func (w *typeWalk) kinds(s *Schema) Types {
	if w.left--; w.left < 0 || w.path[s] {
		return 0
	}
	w.path[s] = true
	defer delete(w.path, s)
	all := AnyType
	narrow := func(k Types) {
		if k != 0 && all&k != 0 {
			all &= k
		}
	}
	if s.Types != 0 {
		narrow(s.Types)
	}
	if s.Const != nil {
		narrow(typeOf(s.Const.Value))
	}
	var listed Types
	for _, l := range s.Enum {
		listed |= typeOf(l.Value)
	}
	narrow(listed)
	for _, r := range []*Reference{s.Ref, s.DynamicRef} {
		if r == nil {
			continue
		}
		if t := r.Schema(); t != nil {
			narrow(w.kinds(t))
		}
	}
	for _, b := range s.AllOf {
		narrow(w.kinds(b))
	}
	for _, branches := range [][]*Schema{s.AnyOf, s.OneOf} {
		var union Types
		for _, b := range branches {
			union |= w.kinds(b)
		}
		narrow(union)
	}
	return all
}

func typeOf(v any) Types {
	switch v.(type) {
	case nil:
		return Null
	case bool:
		return Boolean
	case json.Number:
		return Integer | Number
	case []any:
		return Array
	case *value.Object:
		return Object
	}
	return String
}

// hint guesses from the keywords of a schema that names no type.
func hint(s *Schema) Types {
	hint := AnyType
	each(s, func(s *Schema) {
		switch {
		case hint != AnyType:
		case s.Properties != nil || s.AdditionalProperties != nil && s.AdditionalProperties.Always == nil:
			hint = Object
		case s.Items != nil || s.PrefixItems != nil:
			hint = Array
		case s.Minimum != nil || s.Maximum != nil || s.ExclusiveMinimum != nil || s.ExclusiveMaximum != nil || s.MultipleOf != nil:
			hint = Integer | Number
		}
	})
	return hint
}

// each visits a schema and the schemas that speak of the same value, each of them once.
func each(s *Schema, visit func(*Schema)) {
	seen := map[*Schema]bool{}
	var walk func(s *Schema)
	walk = func(s *Schema) {
		if s == nil || seen[s] || len(seen) > maxSteps {
			return
		}
		seen[s] = true
		visit(s)
		if s.Ref != nil {
			walk(s.Ref.Schema())
			if s.Ref.Polymorphic() {
				for _, m := range s.Ref.Schema().Discriminator.Mappings() {
					walk(m.Schema)
				}
			}
		}
		if s.DynamicRef != nil {
			walk(s.DynamicRef.Schema())
		}
		for _, list := range [][]*Schema{s.AllOf, s.AnyOf, s.OneOf, {s.Then, s.Else}} {
			for _, b := range list {
				walk(b)
			}
		}
		for _, p := range s.DependentSchemas {
			walk(p.Schema)
		}
	}
	walk(s)
}

func (sh *shape) add(s *Schema) {
	for _, x := range *sh {
		if x == s {
			return
		}
	}
	*sh = append(*sh, s)
}

// property gives what is known of a member: from properties and patternProperties, else from additionalProperties.
func (sh shape) property(name string) shape {
	var own shape
	for _, s := range sh {
		v := viewOf(s)
		if own == nil && len(sh) == 1 && v.patterns == nil {
			own = v.members[name]
			break
		}
		for _, p := range v.members[name] {
			own.add(p)
		}
		for _, p := range v.patterns {
			if knownPattern(p.Name).MatchString(name) {
				own.add(p.Schema)
			}
		}
	}
	if own != nil {
		return own
	}
	for _, s := range sh {
		for _, p := range viewOf(s).rest {
			own.add(p)
		}
	}
	return own
}

// declares says whether the schemas name a member.
func (sh shape) declares(name string) bool {
	for _, s := range sh {
		if _, ok := viewOf(s).members[name]; ok {
			return true
		}
	}
	return false
}

// names gives the names of properties in the order of the document.
func (sh shape) names() []string {
	if len(sh) == 1 {
		return viewOf(sh[0]).names
	}
	var names []string
	seen := map[string]bool{}
	for _, s := range sh {
		for _, name := range viewOf(s).names {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

func (sh shape) requires(name string) bool {
	for _, s := range sh {
		if viewOf(s).required[name] {
			return true
		}
	}
	return false
}

// open says whether members beside the named ones are expected: there is a schema for them, or none is named.
func (sh shape) open() bool {
	open := len(sh) == 0
	for _, s := range sh {
		open = open || viewOf(s).open
	}
	return open
}

// binary says that the schemas describe bytes, not a JSON value.
func (sh shape) binary() bool {
	for _, s := range sh {
		if viewOf(s).binary {
			return true
		}
	}
	return false
}

// item gives what is known of the item at place i of an array.
func (sh shape) item(i int) shape {
	var out shape
	for _, s := range sh {
		for _, l := range viewOf(s).lists {
			switch {
			case i < len(l.PrefixItems):
				out.add(l.PrefixItems[i])
			case l.Items != nil:
				out.add(l.Items)
			}
		}
	}
	return out
}

// accepts says whether one of the schemas takes the value.
func (sh shape) accepts(v any) bool {
	if len(sh) == 0 {
		return true
	}
	for _, s := range sh {
		if len(s.Check(v, Request)) == 0 {
			return true
		}
	}
	return false
}

// choose gives the first reading that the schemas take, else the first of all.
func (sh shape) choose(readings []any) any {
	if len(readings) > 1 {
		for _, v := range readings {
			if sh.accepts(v) {
				return v
			}
		}
	}
	return readings[0]
}

// read gives a text the type that the schemas ask for. A text that cannot be of any of them stays a string,
// so that the check of the value says what is wrong with it. Numbers are those of JSON (RFC 8259, section 6).
// nested says that the text stands inside another value, where arrays and objects travel as JSON.
func (sh shape) read(text string, nested bool) any {
	kinds := sh.kinds()
	if kinds == AnyType || kinds == String {
		return text
	}
	var readings []any
	if kinds&(Integer|Number) != 0 && jsonNumber.MatchString(text) {
		readings = append(readings, json.Number(text))
	}
	if kinds&Boolean != 0 && (text == "true" || text == "false") {
		readings = append(readings, text == "true")
	}
	if nested && kinds&(Array|Object) != 0 {
		if v, ok := jsonText(text, kinds); ok {
			readings = append(readings, v)
		}
	}
	if kinds&String != 0 {
		readings = append(readings, text)
	}
	if kinds&Null != 0 && (text == "null" || text == "") {
		readings = append(readings, nil)
	}
	if readings == nil {
		return text
	}
	return sh.choose(readings)
}

// jsonText reads an array or an object that travels as JSON inside something else.
func jsonText(text string, kinds Types) (any, bool) {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" || !(trimmed[0] == '{' && kinds&Object != 0 || trimmed[0] == '[' && kinds&Array != 0) {
		return nil, false
	}
	v, err := value.Parse([]byte(trimmed))
	return v, err == nil
}

// textOf is the inverse of read: what a value looks like as text.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return string(value.Append(nil, v))
}
