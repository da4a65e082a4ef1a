package spec

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/specimen-api/specimen/internal/value"
)

// MaxProblems is how many problems Diagnose gives at most.
const MaxProblems = 10_000

// Diagnose says everything that is wrong with the document: what Problems says, what every operation's Problems say, and what is
// wrong with the schemas that they reach, their examples, names, links and paths. The list is sorted by
// place, holds one problem for each code and pointer, and at most MaxProblems of them; it is what was found so far when the context ends.
//
// Severity Error means that a part of the document cannot be served as it is written, Warning that something is passed
// over. Schemas that no value can satisfy are for fixtures.Book.Diagnose to say, which has the solver.
func (d *Document) Diagnose(ctx context.Context) []Problem {
	g := &diagnosis{ctx: ctx, doc: d, said: map[[2]string]bool{}, nodes: map[*node]bool{}, plain: map[*Schema]bool{}}
	g.say(d.problems...)
	g.clashes()
	for _, op := range d.operations {
		if ctx.Err() != nil {
			break
		}
		g.operation(op)
	}
	g.schemas()
	g.texts()
	return SortProblems(g.out)
}

// SortProblems sorts problems of documents by place, keeps one for each code and pointer, and at most MaxProblems of them.
func SortProblems(list []Problem) []Problem {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Position.File, b.Position.File), a.Position.Line-b.Position.Line, a.Position.Column-b.Position.Column,
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Message, b.Message))
	})
	said := map[[2]string]bool{}
	var out []Problem
	for _, p := range list {
		if key := [2]string{p.Code, p.Pointer}; !said[key] && len(out) < MaxProblems {
			said[key] = true
			out = append(out, p)
		}
	}
	return out
}

type diagnosis struct {
	ctx context.Context
	doc *Document
	out []Problem

	said    map[[2]string]bool
	reached [2]reach // by Direction
	nodes   map[*node]bool
	plain   map[*Schema]bool // schemas whose examples are another schema's to judge
}

func (g *diagnosis) say(list ...Problem) {
	for _, p := range list {
		if key := [2]string{p.Code, p.Pointer}; !g.said[key] && len(g.out) < 4*MaxProblems {
			g.said[key] = true
			p.In = "document"
			g.out = append(g.out, p)
		}
	}
}

// --- operations ---------------------------------------------------------------------------------

func (g *diagnosis) operation(op *Operation) {
	g.say(op.Problems()...)
	for _, p := range op.Parameters() {
		if p.In == "header" {
			g.headerName(p.Name, p.Position, p.Pointer)
		}
		g.reached[Request].add(p.Schema)
		g.examples(p.Examples, p.Schema, Request, "")
		if p.Content != nil {
			g.media(p.Content, Request)
		}
	}
	if body := op.Body(); body != nil {
		for _, m := range body.Content {
			g.media(m, Request)
		}
	}
	for _, r := range op.Responses() {
		for _, m := range r.Content {
			g.media(m, Response)
		}
		for _, h := range r.Headers {
			g.header(h, Response)
		}
		for _, l := range r.Links {
			g.link(op, l)
		}
	}
}

func (g *diagnosis) media(m *MediaType, dir Direction) {
	if !validMedia(m.Name) {
		g.say(Problem{Code: CodeName, Severity: Warning, Message: fmt.Sprintf("%q is no media type, want one such as application/json; no message can have it", m.Name), Position: m.Position, Pointer: m.Pointer})
	}
	g.reached[dir].add(m.Schema)
	g.reached[dir].add(m.ItemSchema)
	g.examples(m.Examples, m.Schema, dir, m.Name)
	for _, e := range m.Encoding {
		for _, h := range e.Headers {
			g.header(h, dir)
		}
	}
}

func (g *diagnosis) header(h *Header, dir Direction) {
	g.headerName(h.Name, h.Position, h.Pointer)
	g.reached[dir].add(h.Schema)
	g.examples(h.Examples, h.Schema, dir, "")
	if h.Content != nil {
		g.media(h.Content, dir)
	}
}

// headerName: a field name is a token (RFC 9110, section 5.1).
func (g *diagnosis) headerName(name string, pos Position, pointer string) {
	if !isToken(name) {
		g.say(Problem{Code: CodeName, Message: fmt.Sprintf("%q cannot be the name of a header", name), Position: pos, Pointer: pointer})
	}
}

// validMedia knows a media type or a range of them (RFC 9110, sections 8.3.1 and 12.5.1). Parameters are not looked at closely.
func validMedia(name string) bool {
	name, _, _ = strings.Cut(name, ";")
	kind, sub, ok := strings.Cut(strings.TrimSpace(name), "/")
	return ok && isToken(kind) && isToken(sub)
}

// link looks for the operation that a link leads to.
func (g *diagnosis) link(op *Operation, l *Link) {
	say := func(format string, args ...any) {
		g.say(Problem{Code: CodeLink, Severity: Warning, Keyword: "links", Message: fmt.Sprintf("link %q: ", l.Name) + fmt.Sprintf(format, args...) + "; it is passed over", Position: l.Position, Pointer: l.Pointer})
	}
	switch {
	case l.OperationID != "":
		for _, known := range g.doc.operations {
			if known.node.str("operationId") == l.OperationID {
				return
			}
		}
		say("there is no operation %q%s", l.OperationID, g.doc.nearest(l.OperationID))
	case l.OperationRef != "":
		n, _, _, err := g.doc.follow(op.node.file, op.place.resource, l.OperationRef)
		switch {
		case isURL(l.OperationRef): // another API's, as a rule
		case err != nil:
			say("operationRef %q: %v", l.OperationRef, err)
		case n.get("responses") == nil:
			say("operationRef %q leads to no operation", l.OperationRef)
		}
	default:
		say("neither operationId nor operationRef says where it leads")
	}
}

// clashes finds operations that can never be reached because the same requests lead to an earlier one.
func (g *diagnosis) clashes() {
	first := map[string][]*Operation{}
	for _, op := range g.doc.operations {
		key := op.Method + " " + templateKey(op.Path)
		for _, other := range first[key] {
			if other.Path != op.Path && serves(other, op) {
				g.say(Problem{Code: CodeClash, Message: fmt.Sprintf("%s %s matches the same requests as %s, which answers them", op.Method, op.Path, other.Path), Position: op.Position, Pointer: op.Pointer})
				break
			}
		}
		first[key] = append(first[key], op)
	}
}

// serves says that a has every base path that b has.
func serves(a, b *Operation) bool {
	bases := map[string]bool{}
	for _, s := range a.Servers() {
		bases[s.Path] = true
	}
	for _, s := range b.Servers() {
		if !bases[s.Path] {
			return false
		}
	}
	return true
}

// templateKey is the same for two paths that the router cannot tell apart.
func templateKey(path string) string {
	path, rest, _ := strings.Cut(path, "?")
	path, fragment, _ := strings.Cut(path, "#")
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		parts, names, greedy := readTemplate(segment)
		if len(names) == 0 {
			if un, err := url.PathUnescape(segment); err == nil {
				segments[i] = strings.ReplaceAll(un, "/", "%2F")
			}
			continue
		}
		var b strings.Builder
		for _, p := range parts {
			b.WriteString(p.text + "\x00")
		}
		if greedy {
			b.WriteByte('+')
		}
		segments[i] = b.String()
	}
	return strings.Join(segments, "/") + "?" + rest + "#" + fragment
}

// --- schemas ------------------------------------------------------------------------------------

// reach holds schemas and everything that they lead to, in the order in which it was found.
type reach struct {
	seen map[*Schema]bool
	list []*Schema
}

func (r *reach) add(s *Schema) {
	if r.seen == nil {
		r.seen = map[*Schema]bool{}
	}
	todo := []*Schema{s}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if s == nil || r.seen[s] {
			continue
		}
		r.seen[s] = true
		r.list = append(r.list, s)
		if s.Discriminator != nil {
			todo = append(todo, s.Discriminator.Default())
			for _, m := range s.Discriminator.Mappings() {
				todo = append(todo, m.Schema)
			}
		}
		for _, ref := range []*Reference{s.DynamicRef, s.Ref} {
			if ref != nil {
				todo = append(todo, ref.Schema())
			}
		}
		inner := s.children()
		slices.Reverse(inner)
		todo = append(todo, inner...)
	}
}

// own gives the problems of this schema alone: keywords that cannot be read, patterns, and references that lead
// nowhere or only to each other.
func (s *Schema) own() []Problem {
	out := slices.Clone(s.problems)
	if s.Pattern != nil {
		if p := s.patternProblem("pattern", *s.Pattern); p != nil {
			out = append(out, *p)
		}
	}
	for _, prop := range s.PatternProperties {
		if p := s.patternProblem("patternProperties", prop.Name); p != nil {
			out = append(out, *p)
		}
	}
	for _, ref := range []*Reference{s.Ref, s.DynamicRef} {
		if ref == nil {
			continue
		}
		if p := ref.Problem(); p != nil {
			bad := *p
			bad.Position, bad.Pointer = s.keywordAt(ref.keyword)
			out = append(out, bad)
		}
	}
	if s.onlyItself() {
		pos, pointer := s.keywordAt("$ref")
		out = append(out, Problem{Code: CodeCircle, In: "document", Keyword: "$ref", Position: pos, Pointer: pointer,
			Message: fmt.Sprintf("$ref %q leads only to other references and back to itself; it says nothing", s.Ref.Text)})
	}
	return out
}

// faults gives those problems of a schema and what it reaches that leave open what its values are.
func (s *Schema) faults() []Problem {
	if s == nil || s.doc == nil {
		return nil
	}
	if known, ok := s.doc.faults.Load(s); ok {
		return known.([]Problem)
	}
	var r reach
	r.add(s)
	var out []Problem
	for _, t := range r.list {
		for _, p := range t.own() {
			if p.Severity == Error {
				out = append(out, p)
			}
		}
	}
	s.doc.faults.Store(s, out)
	return out
}

func (g *diagnosis) schemas() {
	for _, dir := range []Direction{Response, Request} {
		for _, s := range g.reached[dir].list {
			if g.ctx.Err() != nil {
				return
			}
			if dir == Request && g.reached[Response].seen[s] {
				continue
			}
			// the branch that build.go wraps for nullable has its wrapper's examples
			if len(s.AnyOf) == 2 && s.AnyOf[0].node == s.node {
				g.plain[s.AnyOf[0]], g.plain[s.AnyOf[1]] = true, true
			}
			g.say(s.own()...)
			if s.node.is(kindObject) && !g.nodes[s.node] {
				g.nodes[s.node] = true
				g.siblings(s)
				g.dialect(s)
				g.mappings(s)
			}
			g.bounds(s)
		}
	}
	for _, dir := range []Direction{Response, Request} {
		for _, s := range g.reached[dir].list {
			if g.ctx.Err() != nil {
				return
			}
			if g.plain[s] || dir == Request && g.reached[Response].seen[s] {
				continue
			}
			g.schemaExamples(s)
		}
	}
}

// saySchema says a warning of a keyword of a schema.
func (g *diagnosis) saySchema(s *Schema, code string, severity Severity, keyword, message, hint string) {
	g.say(Problem{Code: code, Severity: severity, Keyword: keyword, Message: message, Hint: hint, Position: s.node.posOf(keyword), Pointer: s.Pointer + "/" + value.Escape(keyword)})
}

// validating are the keywords that decide which values are valid.
var validating = map[string]bool{
	"type": true, "nullable": true, "x-nullable": true, "enum": true, "multipleOf": true, "maximum": true, "exclusiveMaximum": true, "minimum": true, "exclusiveMinimum": true,
	"maxLength": true, "minLength": true, "pattern": true, "format": true, "items": true, "maxItems": true, "minItems": true, "uniqueItems": true, "properties": true,
	"additionalProperties": true, "required": true, "maxProperties": true, "minProperties": true, "allOf": true, "anyOf": true, "oneOf": true, "not": true, "readOnly": true, "writeOnly": true,
}

// siblings finds what stands beside a $ref and is not read (OpenAPI 3.0.3, Reference Object). What the target says
// itself, and what says nothing, is left alone.
func (g *diagnosis) siblings(s *Schema) {
	if s.Ref == nil || g.doc.version >= V31 {
		return
	}
	t := s.Deref()
	for _, f := range s.node.fields() {
		if !validating[f.name] {
			continue
		}
		if on, ok := f.node.bool(); ok && !on && f.name != "additionalProperties" {
			continue
		}
		v, err := f.node.value()
		if err != nil {
			continue
		}
		if list, ok := v.([]any); ok && len(list) == 0 {
			continue
		}
		if t != nil && t != s && t.node != nil {
			if own := t.node.get(f.name); own != nil {
				if w, err := own.value(); err == nil && within(f.name, v, w) {
					continue
				}
			}
		}
		g.saySchema(s, CodeSibling, Warning, f.name, fmt.Sprintf("%s beside $ref is not read before OpenAPI 3.1", f.name), "put the $ref into an allOf")
	}
}

// within says that a keyword beside a reference adds nothing to the target's own.
func within(keyword string, v, own any) bool {
	if value.Equal(v, own) {
		return true
	}
	names, ok := v.([]any)
	all, also := own.([]any)
	if keyword != "required" || !ok || !also {
		return false
	}
	for _, name := range names {
		if !slices.ContainsFunc(all, func(x any) bool { return value.Equal(x, name) }) {
			return false
		}
	}
	return true
}

// later are the keywords that came with OpenAPI 3.1 and are not read before.
var later = map[string]bool{
	"const": true, "if": true, "then": true, "else": true, "prefixItems": true, "contains": true, "minContains": true, "maxContains": true, "patternProperties": true,
	"propertyNames": true, "unevaluatedItems": true, "unevaluatedProperties": true, "dependentSchemas": true, "dependentRequired": true, "$dynamicRef": true,
}

// dialect finds keywords of another version of OpenAPI.
func (g *diagnosis) dialect(s *Schema) {
	version := g.doc.version
	if s.Ref != nil && version < V31 {
		return
	}
	for _, f := range s.node.fields() {
		on, isBool := f.node.bool()
		switch {
		case f.name == "nullable" && version >= V31 && on:
			g.saySchema(s, CodeVersion, Warning, f.name, fmt.Sprintf("nullable is no keyword since OpenAPI 3.1; it is not read%s", without(s)), `write type: [..., "null"]`)
		case f.name == "nullable" && version == V20 && on:
			g.saySchema(s, CodeVersion, Warning, f.name, "nullable is no keyword of OpenAPI 2.0; it is not read", "x-nullable is read")
		case later[f.name] && version < V31:
			g.saySchema(s, CodeVersion, Warning, f.name, fmt.Sprintf("%s is no keyword of OpenAPI %s; it is not read", f.name, version), "")
		case f.name == "type" && f.node.is(kindArray) && version < V31:
			g.saySchema(s, CodeVersion, Warning, f.name, fmt.Sprintf("type: got array, want one type in OpenAPI %s; it is read as OpenAPI 3.1 does", version), "")
		case f.name == "required" && isBool && on && s.node.get("in") == nil:
			g.saySchema(s, CodeKeyword, Warning, f.name, "required: got boolean, want an array of names; it is not read", "name the property in the required of the schema around it")
		}
	}
}

// without says whether null is valid all the same.
func without(s *Schema) string {
	if s.Types == 0 || s.Types&Null != 0 {
		return ""
	}
	return ", and null is not valid here"
}

// mappings finds the values of a discriminator that lead nowhere.
func (g *diagnosis) mappings(s *Schema) {
	d := s.Discriminator
	if d == nil {
		return
	}
	at := s.Pointer + "/discriminator"
	leads := func(text string) *Problem {
		if !strings.ContainsAny(text, "#/") && g.doc.Component(text) != nil {
			return nil
		}
		return (&Reference{Text: text, from: d.from, keyword: "discriminator"}).Problem()
	}
	for _, f := range d.explicit {
		text, ok := f.node.text()
		if !ok {
			g.say(Problem{Code: CodeKeyword, Severity: Warning, Keyword: "discriminator", Message: fmt.Sprintf("the mapping of %q: got %s, want the name of a schema; it is passed over", f.name, f.node.kind), Position: f.node.pos(), Pointer: at + "/mapping/" + value.Escape(f.name)})
			continue
		}
		if leads(text) != nil {
			g.say(Problem{Code: CodeDiscriminator, Severity: Warning, Keyword: "discriminator", Message: fmt.Sprintf("%q is mapped to %q, which is no schema; the mapping is passed over", f.name, text), Position: f.node.pos(), Pointer: at + "/mapping/" + value.Escape(f.name)})
		}
	}
	if d.fallback != "" && d.Default() == nil {
		n := s.node.get("discriminator").get("defaultMapping")
		g.say(Problem{Code: CodeDiscriminator, Severity: Warning, Keyword: "discriminator", Message: fmt.Sprintf("defaultMapping leads to %q, which is no schema; it is passed over", d.fallback), Position: n.pos(), Pointer: at + "/defaultMapping"})
	}
}

// bounds finds lower bounds above upper ones. It is an error where the schema takes values of that type alone.
func (g *diagnosis) bounds(s *Schema) {
	say := func(t Types, low, high string) {
		if s.node.get(low) == nil || s.node.get(high) == nil {
			low, high = strings.Replace(low, "exclusiveMinimum", "minimum", 1), strings.Replace(high, "exclusiveMaximum", "maximum", 1)
		}
		severity, of := Warning, fmt.Sprintf("no %s is valid", t)
		if t&(Integer|Number) != 0 {
			of = "no number is valid"
		}
		if s.Types != 0 && s.Types&^t == 0 {
			severity, of = Error, "no value is valid"
		}
		lowText, _ := s.node.get(low).number()
		highText, _ := s.node.get(high).number()
		g.saySchema(s, CodeBounds, severity, low, fmt.Sprintf("%s is %s and %s is %s: %s", low, shorten(string(lowText)), high, shorten(string(highText)), of), "")
	}
	for _, c := range []struct {
		t         Types
		low, high string
		min, max  *int
	}{
		{String, "minLength", "maxLength", s.MinLength, s.MaxLength},
		{Array, "minItems", "maxItems", s.MinItems, s.MaxItems},
		{Object, "minProperties", "maxProperties", s.MinProperties, s.MaxProperties},
		{Array, "minContains", "maxContains", s.MinContains, s.MaxContains},
	} {
		if c.min != nil && c.max != nil && *c.min > *c.max && (c.low != "minContains" || s.Contains != nil) {
			say(c.t, c.low, c.high)
		}
	}
	numbers := Integer | Number
	switch {
	case s.Minimum != nil && s.Maximum != nil && s.Minimum.Cmp(s.Maximum) > 0:
		say(numbers, "minimum", "maximum")
	case s.ExclusiveMinimum != nil && s.Maximum != nil && s.ExclusiveMinimum.Cmp(s.Maximum) >= 0:
		say(numbers, "exclusiveMinimum", "maximum")
	case s.Minimum != nil && s.ExclusiveMaximum != nil && s.Minimum.Cmp(s.ExclusiveMaximum) >= 0:
		say(numbers, "minimum", "exclusiveMaximum")
	case s.ExclusiveMinimum != nil && s.ExclusiveMaximum != nil && s.ExclusiveMinimum.Cmp(s.ExclusiveMaximum) >= 0:
		say(numbers, "exclusiveMinimum", "exclusiveMaximum")
	}
}

// --- examples -----------------------------------------------------------------------------------

// examples judges the examples of a parameter, a header, or a media type, whose name is given.
func (g *diagnosis) examples(list []Literal, s *Schema, dir Direction, media string) {
	if s == nil {
		return
	}
	for _, l := range list {
		if g.ctx.Err() != nil {
			return
		}
		// the text of a message that is no JSON (OpenAPI 3.0.3, section Example Object)
		if _, ok := l.Value.(string); ok && media != "" && !jsonMedia(media) && !s.takes(String, 0) {
			continue
		}
		if problems := s.breaks(l.Value, dir); len(problems) > 0 {
			g.example(l, "example", s, dir, problems)
		}
	}
}

func jsonMedia(name string) bool {
	name, _, _ = strings.Cut(strings.ToLower(name), ";")
	name = strings.TrimSpace(name)
	return name == "application/json" || name == "text/json" || strings.HasSuffix(name, "+json")
}

// takes says whether a schema names a type, itself or by a reference or branch.
func (s *Schema) takes(t Types, depth int) bool {
	if s == nil || depth > 8 {
		return false
	}
	s = s.Deref()
	if s.Types&t != 0 {
		return true
	}
	for _, list := range [][]*Schema{s.AllOf, s.AnyOf, s.OneOf} {
		for _, branch := range list {
			if branch.takes(t, depth+1) {
				return true
			}
		}
	}
	return false
}

// breaks is Check without what is the fault of the document.
func (s *Schema) breaks(v any, dir Direction) []Problem {
	var out []Problem
	for _, p := range s.Check(v, dir) {
		if p.Code != "" {
			return nil
		}
		out = append(out, p)
	}
	return out
}

// schemaExamples judges the examples and the default of a schema. One that obeys in any of the directions in which
// the schema travels is right.
func (g *diagnosis) schemaExamples(s *Schema) {
	judge := func(l Literal, word string) {
		var first []Problem
		in := Response
		for _, dir := range []Direction{Response, Request} {
			if !g.reached[dir].seen[s] {
				continue
			}
			problems := s.breaks(l.Value, dir)
			if len(problems) == 0 {
				return
			}
			if first == nil {
				first, in = problems, dir
			}
		}
		if len(first) > 0 {
			g.example(l, word, s, in, first)
		}
	}
	for _, l := range s.Examples {
		judge(l, "example")
	}
	if s.Default != nil {
		judge(*s.Default, "default")
	}
}

func (g *diagnosis) example(l Literal, word string, s *Schema, dir Direction, problems []Problem) {
	first := problems[0]
	at := ""
	if first.At != "" {
		at = first.At + ": "
	}
	p := Problem{Code: CodeExample, Severity: Warning, At: first.At, Keyword: first.Keyword, Position: l.Position, Pointer: l.Pointer,
		Message: fmt.Sprintf("the %s breaks its own schema: %s%s", word, at, first.Say())}
	if more := len(problems) - 1; more > 0 {
		p.Message += fmt.Sprintf(", and %d more", more)
	}
	if text, ok := l.Value.(string); ok && first.At == "" {
		if v, err := value.Parse([]byte(text)); err == nil && len(s.breaks(v, dir)) == 0 {
			p.Hint = "it is JSON text; write it as a value, without the quotes around it"
		}
	}
	if n := g.doc.nodeAt(l.Pointer + first.At); n != nil {
		p.Position = n.pos()
	}
	g.say(p)
}

// nodeAt finds what stands at a pointer of the document's own file; nil when nothing does.
func (d *Document) nodeAt(pointer string) *node {
	rest, ok := strings.CutPrefix(pointer, "#")
	if !ok {
		return nil
	}
	n := d.file.root
	for _, token := range strings.Split(rest, "/")[1:] {
		name := value.Unescape(token)
		if n.is(kindArray) {
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(n.list()) {
				return nil
			}
			n = n.list()[i]
		} else {
			n = n.get(name)
		}
		if n == nil {
			return nil
		}
	}
	return n
}

// --- texts --------------------------------------------------------------------------------------

// duplicate is the problem of a member whose name came before.
func (n *node) duplicate(dup field, pointer string) Problem {
	return Problem{Code: CodeDuplicate, Severity: Warning, In: "document", Keyword: dup.name, Message: fmt.Sprintf("%q comes twice; the first one is read", dup.name), Position: dup.pos(), Pointer: pointer + "/" + value.Escape(dup.name)}
}

// texts looks through all files that were read for members that come twice and for text that cannot be read.
func (g *diagnosis) texts() {
	var files []*file
	g.doc.lib.mu.Lock()
	for _, s := range g.doc.lib.files {
		files = append(files, s.file)
	}
	g.doc.lib.mu.Unlock()
	if !slices.Contains(files, g.doc.file) {
		files = append(files, g.doc.file)
	}
	for _, f := range files {
		if f == nil || f.root == nil {
			continue
		}
		left := maxValues
		g.text(f.root, g.doc.filePrefix(f)+"#", &left, 0)
	}
}

func (g *diagnosis) text(n *node, pointer string, left *int, depth int) {
	if *left--; *left < 0 || depth > value.MaxDepth || g.ctx.Err() != nil {
		return
	}
	if n.kind == kindArray || n.kind == kindObject {
		n.file.mu.Lock()
		open := n.open
		n.file.mu.Unlock()
		if !n.file.yaml && !open { // what was not asked for so far is not kept
			n = &node{file: n.file, kind: n.kind, off: n.off, end: n.end}
			n.openJSON()
		} else {
			n.expand()
		}
	}
	if n.kind == kindBroken {
		g.say(Problem{Code: CodeUnreadable, Message: n.err.Error(), Position: n.pos(), Pointer: pointer})
		return
	}
	for _, dup := range n.dups {
		g.say(n.duplicate(dup, pointer))
	}
	for i, item := range n.items {
		if n.y == nil || i >= len(n.y.Content) || n.y.Content[i].Kind != yaml.AliasNode { // what an alias names is looked at where it stands
			g.text(item, pointer+"/"+strconv.Itoa(i), left, depth+1)
		}
	}
	for _, f := range n.members {
		if f.y == nil || f.node.y == nil || f.node.y.Line > f.y.Line || f.node.y.Line == f.y.Line && f.node.y.Column > f.y.Column {
			g.text(f.node, pointer+"/"+value.Escape(f.name), left, depth+1)
		}
	}
}
