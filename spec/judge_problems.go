package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	engine "github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/message"

	"github.com/specimen-api/specimen/internal/near"
	"github.com/specimen-api/specimen/internal/value"
)

// uncompiled is what a link reports whose target the engine does not take.
type uncompiled struct {
	r   *resource
	err error
}

func (*uncompiled) KeywordPath() []string { return nil }

// LocalizedString makes uncompiled a jsonschema.ErrorKind.
func (u *uncompiled) LocalizedString(*message.Printer) string { return u.err.Error() }

// finding is a Problem with how deep in the value it was found.
type finding struct {
	Problem
	depth    int
	declared bool // a member that unevaluatedProperties refuses although the schema declares it
}

// unsure says that a member or item counts as unevaluated only because the schema that would have evaluated it found
// another fault, which is told already.
func (f finding) unsure(all []finding) bool {
	if !strings.HasPrefix(f.Keyword, "unevaluated") {
		return false
	}
	for _, other := range all {
		if strings.HasPrefix(other.Keyword, "unevaluated") && other.At == f.At {
			continue
		}
		if f.declared && !strings.HasPrefix(other.Keyword, "unevaluated") || other.At == f.At || strings.HasPrefix(other.At, f.At+"/") {
			return true
		}
	}
	return false
}

// problems turns what the engine says of v into Problems, sorted by where they are.
func (j *judge) problems(s *Schema, err error, v any) []Problem {
	var ve *jsonschema.ValidationError
	if !errors.As(err, &ve) {
		return []Problem{{Code: CodeKeyword, Keyword: "$ref", Message: fmt.Sprintf("%s cannot be judged: %v", s.Pointer, err), Position: s.Position, Pointer: s.Pointer}}
	}
	r := reader{j: j, v: v}
	all := r.causes(ve.Causes)
	sort.SliceStable(all, func(a, b int) bool {
		x, y := all[a], all[b]
		if x.At != y.At {
			return x.At < y.At
		}
		if x.Keyword != y.Keyword {
			return x.Keyword < y.Keyword
		}
		return x.Say() < y.Say()
	})
	var out []Problem
	for i, f := range all {
		if f.unsure(all) {
			continue
		}
		if i > 0 && f.At == all[i-1].At && f.Keyword == all[i-1].Keyword && f.Say() == all[i-1].Say() {
			continue
		}
		out = append(out, f.Problem)
	}
	if len(out) == 0 {
		out = []Problem{{Keyword: "schema", Got: r.show(nil, s), Want: "a value that obeys " + s.Pointer, Position: s.Position, Pointer: s.Pointer}}
	}
	return out
}

type reader struct {
	j *judge
	v any
}

func (r *reader) causes(list []*jsonschema.ValidationError) []finding {
	var out []finding
	for _, e := range list {
		out = append(out, r.read(e)...)
	}
	return out
}

// at gives the place of the document that an error of the engine speaks of.
func (r *reader) at(e *jsonschema.ValidationError) (l *located, pointer string) {
	base, pointer, _ := strings.Cut(e.SchemaURL, "#")
	n, err := strconv.Atoi(base[strings.LastIndexByte(base, ':')+1:])
	if err != nil {
		return &located{}, ""
	}
	r.j.mu.Lock()
	var res *resource
	if n < len(r.j.list) {
		res = r.j.list[n]
	}
	r.j.mu.Unlock()
	if res == nil {
		return &located{}, ""
	}
	pointer = unescapeFragment(pointer)
	for p := pointer; ; {
		if l := res.place(p); l != nil {
			return l, pointer
		}
		i := strings.LastIndexByte(p, '/')
		if i < 0 {
			return &located{schema: res.schema}, pointer
		}
		p = p[:i]
	}
}

func (r *reader) read(e *jsonschema.ValidationError) []finding {
	switch k := e.ErrorKind.(type) {
	case nil:
		return nil
	case *engine.Group, *engine.AllOf, *engine.Reference, *engine.Schema:
		return r.group(e)
	case *engine.AnyOf:
		return r.branches(e, "anyOf")
	case *engine.OneOf:
		if len(k.Subschemas) == 0 {
			return r.branches(e, "oneOf")
		}
	}
	return r.leaf(e)
}

// group reads errors that hold together. Where a discriminator chose a branch, what that branch says is enough.
func (r *reader) group(e *jsonschema.ValidationError) []finding {
	chosen := false
	for _, c := range e.Causes {
		if _, ok := c.ErrorKind.(*engine.AllOf); ok {
			for _, x := range c.Causes {
				if l, _ := r.at(x); l.keyword == "discriminator" && sameLocation(x, e) {
					chosen = true
				}
			}
		}
	}
	var out []finding
	for _, c := range e.Causes {
		if l, _ := r.at(c); chosen && l.schema != nil && l.schema.Discriminator != nil && sameLocation(c, e) {
			switch c.ErrorKind.(type) {
			case *engine.AnyOf, *engine.OneOf:
				continue
			}
		}
		out = append(out, r.read(c)...)
	}
	return out
}

func sameLocation(a, b *jsonschema.ValidationError) bool {
	return len(a.InstanceLocation) == len(b.InstanceLocation)
}

// branches tells why none of the branches of anyOf or oneOf fits: what the nearest one says, or the types of all.
func (r *reader) branches(e *jsonschema.ValidationError, keyword string) []finding {
	l, _ := r.at(e)
	if p := r.discriminated(e, l); p != nil {
		return []finding{*p}
	}
	type candidate struct {
		found []finding
		score int
	}
	depth := len(e.InstanceLocation)
	var best *candidate
	var wants []string
	var values []string
	tie := false
	for _, c := range e.Causes {
		x := candidate{found: r.read(c)}
		for _, f := range x.found {
			switch {
			case f.depth == depth && f.Keyword == "type":
				x.score += 10000
				wants = append(wants, f.Want)
			case f.depth == depth && (f.Keyword == "const" || f.Keyword == "enum"):
				x.score += 9000
				values = append(values, f.Want)
			case f.depth == depth+1 && (f.Keyword == "const" || f.Keyword == "enum"):
				x.score += 100
			case f.depth == depth && f.Keyword == "required":
				x.score += 12
			default:
				x.score += 10 - min(9, f.depth-depth)
			}
		}
		if best == nil || x.score < best.score {
			best, tie = &x, false
		} else if x.score == best.score {
			tie = true
		}
	}
	if best == nil {
		return []finding{r.finding(e, keyword, r.show(e.InstanceLocation, l.schema), "a value that fits one of the branches")}
	}
	if best.score >= 9000 {
		all := unique(append(values, wants...))
		k := keyword
		if len(values) == 0 {
			k = "type"
		}
		return []finding{r.finding(e, k, r.showOr(e.InstanceLocation, l.schema, k), strings.Join(all, " or "))}
	}
	if tie && len(e.Causes) > 1 {
		f := r.finding(e, keyword, r.show(e.InstanceLocation, l.schema), fmt.Sprintf("a value that fits %s of the %d branches of %s", map[string]string{"anyOf": "any", "oneOf": "exactly one"}[keyword], len(e.Causes), keyword))
		f.Hint = "one of them says " + best.found[0].within(depth)
		return []finding{f}
	}
	return best.found
}

// within says a finding with its place below a depth.
func (f finding) within(depth int) string {
	tokens := strings.Split(f.At, "/")
	if len(tokens) > depth+1 {
		return "/" + strings.Join(tokens[depth+1:], "/") + ": " + f.Say()
	}
	return f.Say()
}

// discriminated speaks of a discriminator's member that is missing or has a value that names no branch.
func (r *reader) discriminated(e *jsonschema.ValidationError, l *located) *finding {
	if l.schema == nil || l.schema.Discriminator == nil || l.schema.Discriminator.Default() != nil {
		return nil
	}
	d := l.schema.Discriminator
	obj, ok := r.value(e.InstanceLocation).(*value.Object)
	if !ok || len(d.Mappings()) == 0 {
		return nil
	}
	var names []string
	for _, m := range d.Mappings() {
		names = append(names, m.Value)
	}
	want := "one of " + quoteAll(names)
	got, ok := obj.Get(d.PropertyName)
	if !ok {
		f := r.finding(e, "required", "no member "+strconv.Quote(d.PropertyName), fmt.Sprintf("member %q, which tells the branches apart: %s", d.PropertyName, want))
		return &f
	}
	text, ok := got.(string)
	for _, name := range names {
		if ok && name == text {
			return nil
		}
	}
	f := r.finding(e, "discriminator", shorten(string(value.Append(nil, got))), want)
	f.At += "/" + value.Escape(d.PropertyName)
	f.depth++
	f.Hint = nearHint(text, names)
	return &f
}

func (r *reader) value(location []string) any {
	v := r.v
	for _, token := range location {
		switch x := v.(type) {
		case *value.Object:
			v, _ = x.Get(token)
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(x) {
				return nil
			}
			v = x[i]
		case map[string]any:
			v = x[token]
		default:
			return nil
		}
	}
	return v
}

// show gives the value at a location, shortened. A secret is not shown, and of objects and arrays only what they
// are made of, for a secret may be inside.
func (r *reader) show(location []string, s *Schema) string {
	for _, name := range location {
		if secretName.MatchString(name) {
			return "a value that is not shown"
		}
	}
	if s.secret() {
		return "a value that is not shown"
	}
	switch v := r.value(location).(type) {
	case []any:
		return "an array of " + plural(len(v), "item")
	case *value.Object:
		var names []string
		for name := range v.All() {
			names = append(names, name)
		}
		if names == nil {
			return "an object without members"
		}
		return shorten("an object with " + strings.Join(names, ", "))
	default:
		return shorten(string(value.Append(nil, v)))
	}
}

// secretName fits names of members whose values are for nobody's eyes.
var secretName = regexp.MustCompile(`(?i)passw|secret|token|api_?-?key|credential|authorization|private_?key`)

func (r *reader) showOr(location []string, s *Schema, keyword string) string {
	if keyword == "type" {
		return value.Kind(r.value(location))
	}
	return r.show(location, s)
}

// secret says that values of the schema are not for other eyes: passwords, and what only travels one way.
func (s *Schema) secret() bool { return s != nil && (s.Format == "password" || s.WriteOnly) }

func (r *reader) finding(e *jsonschema.ValidationError, keyword, got, want string) finding {
	l, _ := r.at(e)
	f := finding{depth: len(e.InstanceLocation)}
	f.Keyword, f.Got, f.Want = keyword, got, want
	f.At = pointerOf(e.InstanceLocation)
	f.Position, f.Pointer = l.schema.keywordAt(keyword)
	return f
}

func pointerOf(tokens []string) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteByte('/')
		b.WriteString(value.Escape(t))
	}
	return b.String()
}

// keywordAt gives where a keyword of the schema stands in the document; the schema's own place when it is not there.
func (s *Schema) keywordAt(keyword string) (Position, string) {
	if s == nil {
		return Position{}, ""
	}
	n := s.node
	for _, name := range []string{keyword, map[string]string{"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum", "prefixItems": "items"}[keyword]} {
		if name != "" && n.get(name) != nil {
			return n.posOf(name), s.Pointer + "/" + name
		}
	}
	return s.Position, s.Pointer
}

// leaf reads one broken keyword.
func (r *reader) leaf(e *jsonschema.ValidationError) []finding {
	l, pointer := r.at(e)
	s := l.schema
	if l.problem != nil {
		f := finding{Problem: *l.problem, depth: len(e.InstanceLocation)}
		f.In, f.Severity, f.At = "", Error, pointerOf(e.InstanceLocation)
		return []finding{f}
	}
	one := func(keyword, got, want string) []finding { return []finding{r.finding(e, keyword, got, want)} }
	shown := func() string { return r.show(e.InstanceLocation, s) }
	count := func(keyword, relation, what string, got, want int) []finding {
		return one(keyword, plural(got, what), relation+" "+plural(want, what))
	}
	number := func(keyword, relation string, want *big.Rat) []finding {
		return one(keyword, shown(), relation+" "+ratText(want))
	}
	switch k := e.ErrorKind.(type) {
	case *engine.Type:
		v := r.value(e.InstanceLocation)
		f := r.finding(e, "type", value.Kind(v), strings.Join(k.Want, " or "))
		f.Hint = typeHint(v, k.Want, s)
		return []finding{f}
	case *engine.Enum:
		var names, texts []string
		for _, w := range k.Want {
			names = append(names, plainText(w))
			if t, ok := w.(string); ok {
				texts = append(texts, t)
			}
		}
		want := "one of " + strings.Join(names[:min(len(names), 12)], ", ")
		if len(names) > 12 {
			want += fmt.Sprintf(" and %d more", len(names)-12)
		}
		if len(names) == 1 {
			want = names[0]
		}
		if len(names) == 0 {
			want = "nothing, for the enum is empty"
		}
		f := r.finding(e, "enum", shown(), want)
		if text, ok := r.value(e.InstanceLocation).(string); ok && !s.secret() {
			f.Hint = nearHint(text, texts)
		} else if num, ok := r.value(e.InstanceLocation).(json.Number); ok && contains(texts, string(num)) {
			f.Hint = "write it in quotes, as a string"
		}
		return []finding{f}
	case *engine.Const:
		return one("const", shown(), plainText(k.Want))
	case *engine.Format:
		return one("format", shown(), formatWant(strings.TrimPrefix(k.Want, formatPrefix), k.Err))
	case *engine.Required:
		var out []finding
		for _, name := range k.Missing {
			f := r.finding(e, "required", "no member "+strconv.Quote(name), "member "+strconv.Quote(name))
			f.Message = fmt.Sprintf("member %q is missing", name)
			if obj, ok := r.value(e.InstanceLocation).(*value.Object); ok {
				f.Hint = nearMember(name, obj, s)
			}
			out = append(out, f)
		}
		return out
	case *engine.DependentRequired:
		var out []finding
		for _, name := range k.Missing {
			f := r.finding(e, "dependentRequired", "no member "+strconv.Quote(name), fmt.Sprintf("member %q, because %q is there", name, k.Prop))
			out = append(out, f)
		}
		return out
	case *engine.AdditionalProperties:
		sort.Strings(k.Properties)
		var out []finding
		for _, name := range k.Properties {
			out = append(out, r.unknown(e, s, name, "additionalProperties"))
		}
		return out
	case *engine.FalseSchema:
		keyword, owner := pointerKeyword(pointer)
		switch keyword {
		case "unevaluatedProperties", "additionalProperties":
			if n := len(e.InstanceLocation); n > 0 {
				parent := *e
				name := e.InstanceLocation[n-1]
				parent.InstanceLocation = e.InstanceLocation[:n-1]
				parent.SchemaURL = strings.TrimSuffix(e.SchemaURL, "/"+keyword)
				ol, _ := r.at(&parent)
				return []finding{r.unknown(&parent, ol.schema, name, keyword)}
			}
		case "items", "unevaluatedItems":
			return one(keyword, shown(), "no further item")
		case "":
			keyword = "false"
		}
		_ = owner
		return one(keyword, shown(), "no value at all: the schema is false")
	case *engine.PropertyNames:
		f := r.finding(e, "propertyNames", strconv.Quote(shorten(k.Property)), "a name that fits propertyNames")
		sub := reader{j: r.j, v: k.Property}
		if inner := sub.causes(e.Causes); len(inner) > 0 {
			f.Want = "a name that is " + inner[0].Want
			if inner[0].Code != "" {
				f.Problem = inner[0].Problem
			}
		}
		f.At = pointerOf(e.InstanceLocation) + "/" + value.Escape(k.Property)
		return []finding{f}
	case *engine.Not:
		return one("not", shown(), "a value that does not fit the schema in not")
	case *engine.OneOf:
		f := r.finding(e, "oneOf", shown(), "a value that fits exactly one of the branches")
		f.Message = fmt.Sprintf("branches %d and %d of oneOf both fit, want exactly one", k.Subschemas[0], k.Subschemas[1])
		return []finding{f}
	case *engine.UniqueItems:
		f := r.finding(e, "uniqueItems", fmt.Sprintf("items %d and %d alike", k.Duplicates[0], k.Duplicates[1]), "items that all differ")
		return []finding{f}
	case *engine.Contains:
		return one("contains", "no item that fits", "at least one item that fits contains")
	case *engine.MinContains:
		return one("minContains", plural(len(k.Got), "item")+" that fit contains", fmt.Sprintf("at least %d", k.Want))
	case *engine.MaxContains:
		return one("maxContains", plural(len(k.Got), "item")+" that fit contains", fmt.Sprintf("at most %d", k.Want))
	case *engine.MinItems:
		return count("minItems", "at least", "item", k.Got, k.Want)
	case *engine.MaxItems:
		return count("maxItems", "at most", "item", k.Got, k.Want)
	case *engine.MinProperties:
		return count("minProperties", "at least", "member", k.Got, k.Want)
	case *engine.MaxProperties:
		return count("maxProperties", "at most", "member", k.Got, k.Want)
	case *engine.MinLength:
		return count("minLength", "at least", "character", k.Got, k.Want)
	case *engine.MaxLength:
		return count("maxLength", "at most", "character", k.Got, k.Want)
	case *engine.Pattern:
		if p := s.patternProblem("pattern", k.Want); p != nil {
			f := finding{Problem: *p, depth: len(e.InstanceLocation)}
			f.In, f.Severity, f.At = "", Error, pointerOf(e.InstanceLocation)
			return []finding{f}
		}
		return one("pattern", shown(), "a string that fits the pattern "+shorten(k.Want))
	case *engine.Minimum:
		return number("minimum", "at least", k.Want)
	case *engine.Maximum:
		return number("maximum", "at most", k.Want)
	case *engine.ExclusiveMinimum:
		return number("exclusiveMinimum", "more than", k.Want)
	case *engine.ExclusiveMaximum:
		return number("exclusiveMaximum", "less than", k.Want)
	case *engine.MultipleOf:
		return number("multipleOf", "a multiple of", k.Want)
	case *engine.RefCycle:
		f := finding{depth: len(e.InstanceLocation)}
		f.Code, f.Keyword, f.At = CodeCircle, "$ref", pointerOf(e.InstanceLocation)
		f.Message = "the schema refers only to itself"
		f.Position, f.Pointer = s.keywordAt("$ref")
		return []finding{f}
	case *uncompiled:
		t := k.r.schema
		f := finding{depth: len(e.InstanceLocation)}
		f.Code, f.Keyword, f.At, f.Message = CodeKeyword, "$ref", pointerOf(e.InstanceLocation), fmt.Sprintf("%s: %v", t.Pointer, k.err)
		f.Position, f.Pointer = t.Position, t.Pointer
		return []finding{f}
	}
	return one("schema", shown(), "a value that fits")
}

// unknown speaks of a member that the schema does not know.
func (r *reader) unknown(e *jsonschema.ValidationError, s *Schema, name, keyword string) finding {
	f := r.finding(e, keyword, "member "+strconv.Quote(shorten(name)), "no member of that name")
	f.At += "/" + value.Escape(name)
	f.depth++
	f.Message = fmt.Sprintf("member %q is not declared, and no other members are allowed", shorten(name))
	var known []string
	seen := map[string]bool{}
	if obj, ok := r.value(e.InstanceLocation).(*value.Object); ok {
		for n := range obj.All() {
			seen[n] = true
		}
	}
	for n := range s.members(0) {
		f.declared = f.declared || n == name
		if !seen[n] {
			known = append(known, n)
		}
	}
	sort.Strings(known)
	f.Hint = nearHint(name, known)
	return f
}

// members names the members that the schema declares, also through references and allOf.
func (s *Schema) members(depth int) map[string]*Schema {
	out := map[string]*Schema{}
	if s == nil || depth > 8 {
		return out
	}
	s = s.unwrap()
	merge := func(t *Schema) {
		for n, p := range t.members(depth + 1) {
			if out[n] == nil {
				out[n] = p
			}
		}
	}
	for _, p := range s.Properties {
		out[p.Name] = p.Schema
	}
	if s.Ref != nil {
		merge(s.Ref.Schema())
	}
	for _, branch := range s.AllOf {
		merge(branch)
	}
	return out
}

func pointerKeyword(pointer string) (keyword, rest string) {
	i := strings.LastIndexByte(pointer, '/')
	if i < 0 {
		return "", pointer
	}
	keyword, rest = pointer[i+1:], pointer[:i]
	if _, err := strconv.Atoi(keyword); err == nil {
		return pointerKeyword(rest)
	}
	if j := strings.LastIndexByte(rest, '/'); j >= 0 {
		switch parent := rest[j+1:]; parent {
		case "properties", "patternProperties", "dependentSchemas":
			return parent, rest[:j]
		}
	}
	return keyword, rest
}

func typeHint(v any, want []string, s *Schema) string {
	switch v := v.(type) {
	case string:
		if s.secret() {
			return ""
		}
		if contains(want, "number") || contains(want, "integer") {
			if r, ok := value.Rat(json.Number(v)); ok && (r.IsInt() || contains(want, "number")) && jsonNumber.MatchString(v) {
				return "write it without quotes, as a number"
			}
		}
		if contains(want, "boolean") && (v == "true" || v == "false") {
			return "write it without quotes, as a boolean"
		}
	case json.Number, bool:
		if len(want) == 1 && want[0] == "string" {
			return "write it in quotes, as a string"
		}
	case nil:
		return "null is a value of its own; leave the member out, or let the schema take null"
	}
	if len(want) == 1 && want[0] == "array" && v != nil {
		return "put it in an array, even when it is alone"
	}
	return ""
}

func nearHint(got string, names []string) string {
	if got == "" || len(got) > 100 || len(names) > 1000 {
		return ""
	}
	nearest := near.Names(got, names, 1)
	if len(nearest) == 0 || nearest[0] == "" || near.Distance(strings.ToLower(got), strings.ToLower(nearest[0])) > (len(nearest[0])+2)/3 {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", nearest[0])
}

// nearMember names a member that is there and that no property declares, when its name is near the missing one.
func nearMember(missing string, obj *value.Object, s *Schema) string {
	known := s.members(0)
	var names []string
	for n := range obj.All() {
		if known[n] == nil {
			names = append(names, n)
		}
	}
	if len(names) == 0 || len(names) > 1000 {
		return ""
	}
	nearest := near.Names(missing, names, 1)[0]
	if plainName(nearest) != plainName(missing) && near.Distance(strings.ToLower(missing), strings.ToLower(nearest)) > (len(missing)+2)/3 {
		return ""
	}
	return fmt.Sprintf("there is a member %q", shorten(nearest))
}

func plainName(s string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(s))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

func ratText(r *big.Rat) string {
	if r.IsInt() {
		return shorten(r.Num().String())
	}
	if n, exact := r.FloatPrec(); exact {
		return shorten(r.FloatString(n))
	}
	return shorten(r.RatString())
}

func quoteAll(names []string) string {
	quoted := make([]string, 0, 12)
	for i, n := range names {
		if i == 12 {
			return strings.Join(quoted, ", ") + fmt.Sprintf(" and %d more", len(names)-12)
		}
		quoted = append(quoted, strconv.Quote(n))
	}
	return strings.Join(quoted, ", ")
}

func plainText(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	return shorten(string(data))
}

// shorten keeps at most 80 characters of a text.
func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n++; n > most-3 {
			return s[:i] + "..."
		}
	}
	return s
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func unescapeFragment(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}
