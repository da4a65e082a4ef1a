package spec

import (
	"encoding/json"
	"fmt"
	"net/url"
	"sort"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/specimen-api/specimen/internal/value"
)

// An operation is compiled from a slice: a small OpenAPI 3 document that holds this operation alone, with its
// references put in and 2.0 written as 3.0. kin-openapi reads and models the slice. In the place of each
// schema stands a number (x-site), because the schemas are read apart (schema.go), lazily and shared.
// So a document of a thousand operations costs nothing until one is asked for, and one that is broken
// breaks alone.

// site is the place in the document that a part of a slice was made from.
type site struct {
	place
	schema *Schema
	extra  any // what kin's model has no member for
}

type slicer struct {
	doc      *Document
	op       *Operation
	sites    []site
	problems []Problem
	part     string               // where the slicer is: "" the operation and its request, "404" a response, "404 text/html" its media type
	faults   map[string][]Problem // those of Severity Error, by part
	// stub writes what stands in the place of a schema.
	stub func(s *Schema, number int) any
}

const siteKey = "x-site"

func (op *Operation) compiled() *operationModel {
	op.once.Do(func() {
		sl := &slicer{doc: op.doc, op: op, stub: func(_ *Schema, number int) any {
			return value.NewObject(value.Member{Name: siteKey, Value: jsonInt(number)})
		}}
		op.model = sl.model()
	})
	return &op.model
}

func jsonInt(n int) json.Number { return json.Number(fmt.Sprint(n)) }

func (sl *slicer) problem(code string, severity Severity, at place, format string, args ...any) {
	p := Problem{Code: code, Severity: severity, In: "document", Message: fmt.Sprintf(format, args...), Position: at.node.pos(), Pointer: at.pointer}
	sl.problems = append(sl.problems, p)
	if severity == Error {
		if sl.faults == nil {
			sl.faults = map[string][]Problem{}
		}
		sl.faults[sl.part] = append(sl.faults[sl.part], p)
	}
}

func (sl *slicer) mark(o *value.Object, s site) {
	o.Set(siteKey, jsonInt(len(sl.sites)))
	sl.sites = append(sl.sites, s)
}

// deref follows references of the OpenAPI kind; ok is false, with a problem, when one leads nowhere.
func (sl *slicer) deref(at place) (place, bool) { return sl.derefAs(at, Error) }

// derefAs is deref; severity is Warning for what can be passed over.
func (sl *slicer) derefAs(at place, severity Severity) (place, bool) {
	for hops := 0; ; hops++ {
		ref, ok := at.node.get("$ref").text()
		if !ok {
			if !at.node.is(kindObject) {
				sl.problem(CodeStructure, severity, at, "got %s, want an object", at.node.kind)
				return at, false
			}
			return at, true
		}
		if hops > 32 {
			sl.problem(CodeCircle, severity, at, "$ref %q leads back to itself", ref)
			return at, false
		}
		n, pointer, res, err := sl.doc.follow(at.node.file, at.resource, ref)
		if err != nil {
			sl.problem(CodeReference, severity, at, "$ref %q: %v", ref, err)
			return at, false
		}
		at = place{n, pointer, res}
	}
}

func (at place) child(name string) (place, bool) {
	n := at.node.get(name)
	if n == nil {
		return place{}, false
	}
	return place{n, at.pointer + "/" + value.Escape(name), at.resource}, true
}

func (at place) children() []place {
	var out []place
	if at.node.is(kindArray) {
		for i, n := range at.node.list() {
			out = append(out, place{n, fmt.Sprintf("%s/%d", at.pointer, i), at.resource})
		}
		return out
	}
	for _, f := range at.node.fields() {
		out = append(out, place{f.node, at.pointer + "/" + value.Escape(f.name), at.resource})
	}
	return out
}

func (sl *slicer) schema(at place) any {
	s := sl.doc.schemaAt(at.node, at.pointer, at.resource)
	return sl.schemaStub(at, s)
}

func (sl *slicer) schemaStub(at place, s *Schema) any {
	sl.sites = append(sl.sites, site{place: at, schema: s})
	return sl.stub(s, len(sl.sites)-1)
}

// slice writes the small document.
func (sl *slicer) slice() *value.Object {
	op := sl.op
	out := value.NewObject()
	self := place{op.node, op.Pointer, op.place.resource}
	sl.parameters(out, self)
	if sl.doc.version != V20 {
		if at, ok := self.child("requestBody"); ok {
			if body := sl.body(at); body != nil {
				out.Set("requestBody", body)
			}
		}
	}
	responses := value.NewObject()
	if at, ok := self.child("responses"); ok {
		for _, f := range at.node.fields() {
			if strings.HasPrefix(f.name, "x-") {
				continue
			}
			status := f.name
			if len(status) == 3 && strings.EqualFold(status[1:], "XX") {
				status = strings.ToUpper(status)
			}
			child := place{f.node, at.pointer + "/" + value.Escape(f.name), at.resource}
			if !validStatus(status) {
				sl.problem(CodeName, Warning, child, "%q is no status; the response is not read", f.name)
				continue
			}
			sl.part = status
			var r *value.Object
			if f.node.is(kindNull) { // YAML: '204': and nothing behind it
				sl.problem(CodeStructure, Warning, child, "got null, want a response; it is taken as one without a body")
			} else {
				r = sl.response(child)
			}
			if r == nil { // the status is promised all the same
				r = value.NewObject(value.Member{Name: "description", Value: ""})
				sl.mark(r, site{place: child})
			}
			responses.Set(status, r)
		}
		sl.part = ""
	}
	out.Set("responses", responses)
	sl.security(out)

	root := value.NewObject()
	text := map[Version]string{V20: "3.0.3", V30: "3.0.3", V31: "3.1.0", V32: "3.2.0"}[sl.doc.version]
	root.Set("openapi", text)
	root.Set("info", value.NewObject(value.Member{Name: "title", Value: "slice"}, value.Member{Name: "version", Value: "1"}))
	path := "/" + strings.Map(func(r rune) rune {
		if r == '?' || r == '#' {
			return '_'
		}
		return r
	}, strings.TrimPrefix(op.Path, "/"))
	item := value.NewObject()
	// the method's name is of no matter here, and kin knows only the fixed ones
	item.Set("post", out)
	root.Set("paths", value.NewObject(value.Member{Name: path, Value: item}))
	if schemes, ok := out.Get("x-schemes"); ok {
		out.Delete("x-schemes")
		root.Set("components", value.NewObject(value.Member{Name: "securitySchemes", Value: schemes}))
	}
	return root
}

func validStatus(s string) bool {
	if s == "default" {
		return true
	}
	if len(s) != 3 || s[0] < '1' || s[0] > '5' {
		return false
	}
	return s[1:] == "XX" || s[1] >= '0' && s[1] <= '9' && s[2] >= '0' && s[2] <= '9'
}

func copyText(dst *value.Object, n *node, names ...string) {
	for _, name := range names {
		if s, ok := n.get(name).text(); ok {
			dst.Set(name, s)
		}
	}
}

func copyFlags(dst *value.Object, n *node, names ...string) {
	for _, name := range names {
		if on, ok := n.get(name).bool(); ok {
			dst.Set(name, on)
		}
	}
}

func (sl *slicer) parameters(out *value.Object, self place) {
	type entry struct {
		at       place
		in, name string
	}
	var merged []entry
	seen := map[string]int{}
	for _, owner := range []place{sl.op.item, sl.op.beside, self} {
		list, ok := owner.child("parameters")
		if !ok {
			continue
		}
		for _, child := range list.children() {
			at, ok := sl.deref(child)
			if !ok {
				continue
			}
			name, ok := at.node.get("name").text()
			in := at.node.str("in")
			if !ok || in == "" {
				sl.problem(CodeStructure, Error, at, "a parameter without a name or without in")
				continue
			}
			key := in + " " + name
			if in == "header" {
				key = strings.ToLower(key)
			}
			if i, ok := seen[key]; ok {
				merged[i] = entry{at, in, name}
				continue
			}
			seen[key] = len(merged)
			merged = append(merged, entry{at, in, name})
		}
	}
	var params []any
	var form []place
	for _, e := range merged {
		switch {
		case sl.doc.version == V20 && e.in == "body":
			out.Set("requestBody", sl.oldBody(e.at))
		case sl.doc.version == V20 && e.in == "formData":
			form = append(form, e.at)
		case sl.doc.version != V20 && e.in == "header" && (strings.EqualFold(e.name, "Accept") || strings.EqualFold(e.name, "Content-Type") || strings.EqualFold(e.name, "Authorization")):
			// OpenAPI 3.0.3, section Parameter Object: such definitions shall be ignored
			sl.problem(CodeStructure, Warning, e.at, "a header parameter named %s is not read; OpenAPI describes it elsewhere", e.name)
		case e.in != "path" && e.in != "query" && e.in != "header" && e.in != "cookie" && e.in != "querystring":
			sl.problem(CodeStructure, Error, e.at, "in is %q, want path, query, header or cookie", e.in)
		default:
			params = append(params, sl.parameter(e.at, e.in, e.name))
		}
	}
	if len(form) > 0 {
		out.Set("requestBody", sl.form(form))
	}
	declared, inTemplate := map[string]bool{}, map[string]bool{}
	for _, name := range TemplateNames(sl.op.Path) {
		inTemplate[name] = true
	}
	for _, e := range merged {
		if e.in == "path" {
			declared[e.name] = true
		}
		if e.in == "path" && !inTemplate[e.name] {
			sl.problem(CodePath, Warning, e.at, "path parameter %q is not in %s", e.name, sl.op.Path)
		}
	}
	for _, name := range TemplateNames(sl.op.Path) {
		if declared[name] {
			continue
		}
		declared[name] = true
		if !strings.Contains(sl.op.Path, "?") {
			sl.problem(CodePath, Warning, self, "the path's parameter %q is not declared; any string is taken", name)
		}
		p := value.NewObject(value.Member{Name: "name", Value: name}, value.Member{Name: "in", Value: "path"}, value.Member{Name: "required", Value: true})
		sl.mark(p, site{place: self})
		p.Set("schema", sl.schemaStub(self, &Schema{Pointer: self.pointer, Position: self.node.pos(), Types: String, doc: sl.doc, Resource: self.resource}))
		params = append(params, p)
	}
	if params != nil {
		out.Set("parameters", params)
	}
}

var oldStyles = map[string]struct {
	style   string
	explode bool
}{"csv": {"form", false}, "ssv": {"spaceDelimited", false}, "tsv": {"tabDelimited", false}, "pipes": {"pipeDelimited", false}, "multi": {"form", true}}

func (sl *slicer) parameter(at place, in, name string) *value.Object {
	p := value.NewObject(value.Member{Name: "name", Value: name}, value.Member{Name: "in", Value: in})
	sl.mark(p, site{place: at})
	copyText(p, at.node, "description", "style")
	copyFlags(p, at.node, "required", "deprecated", "explode", "allowReserved", "allowEmptyValue")
	if in == "path" {
		p.Set("required", true)
	}
	if sl.doc.version == V20 {
		style := oldStyles[at.node.str("collectionFormat")]
		if style.style == "" {
			style = oldStyles["csv"]
		}
		switch {
		case in == "query":
			p.Set("style", style.style)
		case style.style == "form":
			p.Set("style", "simple")
		default:
			p.Set("style", style.style)
		}
		p.Set("explode", style.explode && in == "query")
		p.Set("schema", sl.schema(at))
		return p
	}
	if schema, ok := at.child("schema"); ok {
		p.Set("schema", sl.schema(schema))
	} else if content, ok := at.child("content"); ok {
		p.Set("content", sl.content(content))
	}
	return p
}

func (sl *slicer) content(at place) *value.Object {
	out := value.NewObject()
	if !at.node.is(kindObject) {
		sl.problem(CodeStructure, Error, at, "content is a %s, want an object of media types", at.node.kind)
		return out
	}
	for _, f := range at.node.fields() {
		if strings.HasPrefix(f.name, "x-") {
			continue
		}
		outer := sl.part
		if outer != "" {
			sl.part += " " + f.name
		}
		m := place{f.node, at.pointer + "/" + value.Escape(f.name), at.resource}
		if !f.node.is(kindNull) { // YAML: application/json: and nothing behind it
			m, _ = sl.deref(m)
		}
		mt := value.NewObject()
		sl.mark(mt, site{place: m})
		for _, name := range []string{"schema", "itemSchema"} {
			if s, ok := m.child(name); ok && (s.node.is(kindObject) || s.node.is(kindBool)) {
				mt.Set(name, sl.schema(s))
			} else if ok && !s.node.is(kindNull) {
				sl.problem(CodeStructure, Error, s, "%s is a %s, want a schema", name, s.node.kind)
			}
		}
		if enc, ok := m.child("encoding"); ok && enc.node.is(kindObject) {
			all := value.NewObject()
			for _, e := range enc.node.fields() {
				if !e.node.is(kindObject) {
					continue
				}
				one := value.NewObject()
				copyText(one, e.node, "contentType", "style")
				copyFlags(one, e.node, "explode", "allowReserved")
				if h, ok := (place{e.node, enc.pointer + "/" + value.Escape(e.name), enc.resource}).child("headers"); ok {
					one.Set("headers", sl.headers(h))
				}
				all.Set(e.name, one)
			}
			mt.Set("encoding", all)
		}
		out.Set(f.name, mt)
		sl.part = outer
	}
	return out
}

func (sl *slicer) body(at place) *value.Object {
	at, ok := sl.deref(at)
	if !ok {
		return nil
	}
	body := value.NewObject()
	sl.mark(body, site{place: at})
	copyText(body, at.node, "description")
	copyFlags(body, at.node, "required")
	content, ok := at.child("content")
	if !ok {
		sl.problem(CodeStructure, Warning, at, "a request body without content; it is not read")
		return nil
	}
	body.Set("content", sl.content(content))
	return body
}

// media gives 2.0's consumes or produces: the operation's own, else the document's.
func (sl *slicer) media(name string) []string {
	n := sl.op.node.get(name)
	if n == nil {
		n = sl.doc.file.root.get(name)
	}
	if s, ok := n.text(); ok {
		return []string{s}
	}
	var out []string
	seen := map[string]bool{}
	for _, item := range n.list() {
		if s, ok := item.text(); ok && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

func (sl *slicer) oldBody(at place) *value.Object {
	body := value.NewObject()
	sl.mark(body, site{place: at})
	copyText(body, at.node, "description")
	copyFlags(body, at.node, "required")
	consumes := sl.media("consumes")
	if len(consumes) == 0 {
		consumes = []string{"application/json"}
	}
	content := value.NewObject()
	for _, name := range consumes {
		mt := value.NewObject()
		sl.mark(mt, site{place: at})
		if s, ok := at.child("schema"); ok {
			mt.Set("schema", sl.schema(s))
		}
		content.Set(name, mt)
	}
	body.Set("content", content)
	return body
}

// form makes one request body of 2.0's formData parameters.
func (sl *slicer) form(params []place) *value.Object {
	self := place{sl.op.node, sl.op.Pointer, sl.op.place.resource}
	schema := &Schema{Pointer: self.pointer + "/parameters", Position: self.node.posOf("parameters"), Types: Object, doc: sl.doc, Resource: self.resource}
	encoding := value.NewObject()
	file, required := false, false
	for _, p := range params {
		name := p.node.str("name")
		schema.Properties = append(schema.Properties, Property{name, sl.doc.schemaAt(p.node, p.pointer, p.resource)})
		if p.node.flag("required") {
			required = true
			schema.Required = append(schema.Required, name)
		}
		file = file || p.node.str("type") == "file"
		if format := p.node.str("collectionFormat"); format != "" || p.node.str("type") == "array" {
			style := oldStyles[format]
			if style.style == "" {
				style = oldStyles["csv"]
			}
			encoding.Set(name, value.NewObject(value.Member{Name: "style", Value: style.style}, value.Member{Name: "explode", Value: style.explode}))
		}
	}
	var consumes []string
	for _, name := range sl.media("consumes") {
		if strings.Contains(name, "form") && (!file || strings.Contains(name, "multipart")) {
			consumes = append(consumes, name)
		}
	}
	if len(consumes) == 0 {
		consumes = []string{"application/x-www-form-urlencoded"}
		if file {
			consumes[0] = "multipart/form-data"
		}
	}
	body := value.NewObject(value.Member{Name: "required", Value: required})
	sl.mark(body, site{place: self})
	content := value.NewObject()
	for _, name := range consumes {
		mt := value.NewObject()
		sl.mark(mt, site{place: self})
		mt.Set("schema", sl.schemaStub(self, schema))
		if encoding.Len() > 0 {
			mt.Set("encoding", encoding)
		}
		content.Set(name, mt)
	}
	body.Set("content", content)
	return body
}

func (sl *slicer) headers(at place) *value.Object {
	out := value.NewObject()
	for _, f := range at.node.fields() {
		if strings.HasPrefix(f.name, "x-") && !f.node.is(kindObject) || strings.EqualFold(f.name, "Content-Type") {
			continue
		}
		h, ok := sl.deref(place{f.node, at.pointer + "/" + value.Escape(f.name), at.resource})
		if !ok {
			continue
		}
		one := value.NewObject()
		s := site{place: h}
		copyText(one, h.node, "description")
		copyFlags(one, h.node, "required", "explode", "deprecated")
		if sl.doc.version == V20 {
			s.extra = map[string]string{"": ",", "csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}[h.node.str("collectionFormat")]
			one.Delete("required")
			sl.mark(one, s)
			one.Set("schema", sl.schema(h))
			out.Set(f.name, one)
			continue
		}
		sl.mark(one, s)
		if schema, ok := h.child("schema"); ok {
			one.Set("schema", sl.schema(schema))
		} else if content, ok := h.child("content"); ok {
			one.Set("content", sl.content(content))
		}
		out.Set(f.name, one)
	}
	return out
}

func (sl *slicer) response(at place) *value.Object {
	at, ok := sl.deref(at)
	if !ok {
		return nil
	}
	out := value.NewObject(value.Member{Name: "description", Value: at.node.str("description")})
	s := site{place: at}
	index := len(sl.sites)
	sl.mark(out, s)
	if headers, ok := at.child("headers"); ok {
		out.Set("headers", sl.headers(headers))
	}
	if sl.doc.version == V20 {
		sl.sites[index].extra = sl.oldResponse(out, at)
		return out
	}
	if content, ok := at.child("content"); ok && !content.node.is(kindNull) {
		out.Set("content", sl.content(content))
	}
	if links, ok := at.child("links"); ok {
		all := value.NewObject()
		for _, f := range links.node.fields() {
			l, ok := sl.derefAs(place{f.node, links.pointer + "/" + value.Escape(f.name), links.resource}, Warning)
			if !ok {
				continue
			}
			one := value.NewObject()
			sl.mark(one, site{place: l})
			copyText(one, l.node, "operationId", "operationRef", "description")
			for _, name := range []string{"parameters", "requestBody"} {
				if n := l.node.get(name); n != nil && (name != "parameters" || n.is(kindObject)) {
					if v, err := n.value(); err == nil {
						one.Set(name, v)
					}
				}
			}
			all.Set(f.name, one)
		}
		if all.Len() > 0 {
			out.Set("links", all)
		}
	}
	return out
}

// oldResponse writes 2.0's schema and produces as content; the result says whether no media type was named.
func (sl *slicer) oldResponse(out *value.Object, at place) bool {
	schema, has := at.child("schema")
	produces := sl.media("produces")
	if !has {
		// examples without a schema still say that there is a body
		examples, ok := at.child("examples")
		if !ok || !examples.node.is(kindObject) || len(examples.node.fields()) == 0 {
			return false
		}
		content := value.NewObject()
		for _, f := range examples.node.fields() {
			mt := value.NewObject()
			sl.mark(mt, site{place: at})
			content.Set(f.name, mt)
		}
		out.Set("content", content)
		return false
	}
	anyContent := len(produces) == 0
	if anyContent {
		produces = []string{"application/json"}
	}
	content := value.NewObject()
	for _, name := range produces {
		mt := value.NewObject()
		sl.mark(mt, site{place: at})
		mt.Set("schema", sl.schema(schema))
		content.Set(name, mt)
	}
	out.Set("content", content)
	return anyContent
}

func (sl *slicer) security(out *value.Object) {
	root := sl.doc.file.root
	list := place{sl.op.node.get("security"), sl.op.Pointer + "/security", sl.op.place.resource}
	if list.node == nil {
		list = place{root.get("security"), "#/security", sl.op.place.resource}
	}
	if !list.node.is(kindArray) {
		return
	}
	known := place{root.get("components").get("securitySchemes"), "#/components/securitySchemes", sl.doc.resourceOf(sl.doc.file)}
	if sl.doc.version == V20 {
		known = place{root.get("securityDefinitions"), "#/securityDefinitions", sl.doc.resourceOf(sl.doc.file)}
	}
	schemes := value.NewObject()
	var all []any
	for _, item := range list.children() {
		one := value.NewObject()
		complete := true
		for _, f := range item.node.fields() {
			at, ok := known.child(f.name)
			if !ok && sl.doc.version >= V32 { // 3.2 lets the name be a reference
				if n, p, res, err := sl.doc.follow(item.node.file, item.resource, f.name); err == nil {
					at, ok = place{n, p, res}, true
				}
			}
			if ok {
				at, ok = sl.derefAs(at, Warning)
			}
			if !ok {
				sl.problem(CodeSecurity, Warning, place{f.node, item.pointer + "/" + value.Escape(f.name), item.resource}, "security scheme %q is not declared; the alternative is not asked for", f.name)
				complete = false
				continue
			}
			if !schemes.Has(f.name) {
				schemes.Set(f.name, sl.scheme(at))
			}
			scopes := []any{}
			for _, s := range f.node.list() {
				if text, ok := s.text(); ok {
					scopes = append(scopes, text)
				}
			}
			one.Set(f.name, scopes)
		}
		if complete {
			all = append(all, one)
		}
	}
	if all == nil {
		return
	}
	out.Set("security", all)
	out.Set("x-schemes", schemes)
}

func (sl *slicer) scheme(at place) *value.Object {
	out := value.NewObject()
	sl.mark(out, site{place: at})
	copyText(out, at.node, "type", "description", "name", "in", "scheme", "openIdConnectUrl")
	if at.node.str("type") == "basic" {
		out.Set("type", "http")
		out.Set("scheme", "basic")
	}
	return out
}

// --- from kin's model to ours -------------------------------------------------------------------

func (sl *slicer) model() operationModel {
	fail := func(err error) operationModel {
		sl.part = ""
		sl.problem(CodeStructure, Error, place{sl.op.node, sl.op.Pointer, nil}, "the operation cannot be modelled: %v", err)
		return operationModel{problems: sl.problems, faults: sl.faults}
	}
	text := value.Append(nil, sl.slice())
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return fail(err)
	}
	var kop *openapi3.Operation
	for _, item := range doc.Paths.Map() {
		kop = item.Post
	}
	if kop == nil {
		return fail(fmt.Errorf("kin-openapi found no operation in it"))
	}
	var m operationModel
	for _, ref := range kop.Parameters {
		m.parameters = append(m.parameters, sl.readParameter(ref.Value))
	}
	if kop.RequestBody != nil && kop.RequestBody.Value != nil {
		b := kop.RequestBody.Value
		at := sl.at(b.Extensions)
		m.body = &RequestBody{Description: b.Description, Required: b.Required, Content: sl.readContent(b.Content), Pointer: at.pointer, Position: at.node.pos()}
	}
	for status, ref := range kop.Responses.Map() {
		m.responses = append(m.responses, sl.readResponse(status, ref.Value))
	}
	sort.SliceStable(m.responses, func(i, j int) bool { return m.responses[i].site < m.responses[j].site })
	if kop.Security != nil {
		for _, alternative := range *kop.Security {
			req := Requirement{}
			var names []string
			for name := range alternative {
				names = append(names, name)
			}
			sort.Strings(names)
			for _, name := range names {
				ref := doc.Components.SecuritySchemes[name]
				if ref == nil || ref.Value == nil {
					continue
				}
				v := ref.Value
				req = append(req, Need{Scopes: alternative[name], Scheme: &SecurityScheme{Name: name, Type: v.Type, In: v.In, Parameter: v.Name, Scheme: strings.ToLower(v.Scheme), node: sl.at(v.Extensions).node, Deprecated: sl.at(v.Extensions).node.flag("deprecated")}})
			}
			m.security = append(m.security, req)
		}
	}
	m.problems, m.faults = sl.problems, sl.faults
	for _, r := range m.responses {
		r.faults = sl.faults
	}
	return m
}

func siteNumber(ext map[string]any) (int, bool) {
	switch n := ext[siteKey].(type) {
	case float64:
		return int(n), true
	case json.Number:
		i, err := n.Int64()
		return int(i), err == nil
	}
	return 0, false
}

func (sl *slicer) at(ext map[string]any) site {
	if i, ok := siteNumber(ext); ok && i >= 0 && i < len(sl.sites) {
		return sl.sites[i]
	}
	return site{place: place{node: sl.op.node, pointer: sl.op.Pointer}}
}

func (sl *slicer) readSchema(ref *openapi3.SchemaRef) *Schema {
	if ref == nil || ref.Value == nil {
		return nil
	}
	return sl.at(ref.Value.Extensions).schema
}

var styles = map[string]map[string]bool{
	"path":   {"simple": true, "label": true, "matrix": true, "spaceDelimited": true, "pipeDelimited": true, "tabDelimited": true},
	"query":  {"form": true, "spaceDelimited": true, "pipeDelimited": true, "deepObject": true, "tabDelimited": true},
	"header": {"simple": true, "spaceDelimited": true, "pipeDelimited": true, "tabDelimited": true},
	"cookie": {"form": true, "cookie": true},
}

func (sl *slicer) readParameter(v *openapi3.Parameter) *Parameter {
	at := sl.at(v.Extensions)
	p := &Parameter{Name: v.Name, In: v.In, Description: v.Description, Required: v.Required, Deprecated: v.Deprecated,
		AllowReserved: v.AllowReserved, AllowEmptyValue: v.AllowEmptyValue, Schema: sl.readSchema(v.Schema), Pointer: at.pointer, Position: at.node.pos()}
	if content := sl.readContent(v.Content); len(content) > 0 {
		p.Content = content[0]
		p.Examples = p.Content.Examples
	}
	if allowed := styles[v.In]; v.Style != "" && allowed != nil && !allowed[v.Style] {
		sl.problem(CodeStructure, Warning, at.place, "style %q is not for parameters in %s; the default one is taken", v.Style, v.In)
		v.Style, v.Explode = "", nil
	}
	if method, err := v.SerializationMethod(); err == nil {
		p.Style, p.Explode = method.Style, method.Explode
	} else {
		p.Style, p.Explode = "form", true
	}
	p.Examples = append(p.Examples, sl.examples(at.place, "")...)
	return p
}

func (sl *slicer) readContent(content openapi3.Content) []*MediaType {
	type entry struct {
		number int
		m      *MediaType
	}
	var all []entry
	for name, v := range content {
		if v == nil {
			continue
		}
		number, _ := siteNumber(v.Extensions)
		at := sl.at(v.Extensions)
		m := &MediaType{Name: name, Schema: sl.readSchema(v.Schema), ItemSchema: sl.readSchema(v.ItemSchema), Pointer: at.pointer, Position: at.node.pos()}
		m.Examples = sl.mediaExamples(at.place, name)
		for prop, e := range v.Encoding {
			if m.Encoding == nil {
				m.Encoding = map[string]*Encoding{}
			}
			m.Encoding[prop] = &Encoding{ContentType: e.ContentType, Style: e.Style, Explode: e.Explode, AllowReserved: e.AllowReserved, Headers: sl.readHeaders(e.Headers)}
		}
		all = append(all, entry{number, m})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].number < all[j].number })
	var out []*MediaType
	for _, e := range all {
		out = append(out, e.m)
	}
	return out
}

func (sl *slicer) readHeaders(headers openapi3.Headers) []*Header {
	var out []*Header
	for name, ref := range headers {
		if ref == nil || ref.Value == nil {
			continue
		}
		v := ref.Value
		at := sl.at(v.Extensions)
		h := &Header{Name: name, Description: v.Description, Required: v.Required, Schema: sl.readSchema(v.Schema), Separator: ",", Pointer: at.pointer, Position: at.node.pos()}
		if v.Explode != nil {
			h.Explode = *v.Explode
		}
		if sep, ok := at.extra.(string); ok && sep != "" {
			h.Separator = sep
		}
		if content := sl.readContent(v.Content); len(content) > 0 {
			h.Content = content[0]
		}
		h.Examples = sl.examples(at.place, "")
		out = append(out, h)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

func (sl *slicer) readResponse(status string, v *openapi3.Response) *ResponseSpec {
	at := sl.at(v.Extensions)
	r := &ResponseSpec{Status: status, Content: sl.readContent(v.Content), Headers: sl.readHeaders(v.Headers), Pointer: at.pointer, Position: at.node.pos()}
	r.site, _ = siteNumber(v.Extensions)
	if v.Description != nil {
		r.Description = *v.Description
	}
	r.AnyContent, _ = at.extra.(bool)
	for name, ref := range v.Links {
		if ref == nil || ref.Value == nil {
			continue
		}
		l := ref.Value
		at := sl.at(l.Extensions)
		r.Links = append(r.Links, &Link{Pointer: at.pointer, Position: at.node.pos(), Name: name, OperationID: l.OperationID, OperationRef: l.OperationRef, Parameters: l.Parameters, RequestBody: l.RequestBody})
	}
	sort.Slice(r.Links, func(i, j int) bool { return r.Links[i].Name < r.Links[j].Name })
	return r
}

// examples reads example and examples of a parameter, a header or a media type.
// The text of 3.2's serializedValue is read where the media type is JSON, and taken as it is where it is text.
func (sl *slicer) examples(at place, media string) []Literal {
	var out []Literal
	add := func(name, summary string, at place) {
		if v, err := at.node.value(); err == nil {
			out = append(out, Literal{Name: name, Summary: summary, Value: v, Position: at.node.pos(), Pointer: at.pointer})
		}
	}
	for _, key := range []string{"example", "x-example"} {
		if ex, ok := at.child(key); ok {
			add("", "", ex)
		}
	}
	all, ok := at.child("examples")
	if !ok {
		return out
	}
	if all.node.is(kindArray) {
		for _, item := range all.children() {
			add("", "", item)
		}
		return out
	}
	for _, f := range all.node.fields() {
		ex, ok := sl.derefAs(place{f.node, all.pointer + "/" + value.Escape(f.name), all.resource}, Warning)
		if !ok {
			continue
		}
		found := false
		for _, key := range []string{"value", "dataValue"} {
			if v, ok := ex.child(key); ok && !found {
				add(f.name, ex.node.str("summary"), v)
				found = true
			}
		}
		text, ok := ex.node.get("serializedValue").text()
		if found || !ok {
			continue
		}
		var v any = text
		if name, _ := mediaName(media); strings.HasSuffix(name, "json") {
			var err error
			if v, err = value.Parse([]byte(text)); err != nil {
				continue
			}
		} else if !strings.HasPrefix(media, "text/") {
			continue
		}
		n := ex.node.get("serializedValue")
		out = append(out, Literal{Name: f.name, Summary: ex.node.str("summary"), Value: v, Position: n.pos(), Pointer: ex.pointer + "/serializedValue"})
	}
	return out
}

// mediaExamples reads the examples of a media type; in 2.0 those of the response or body that name it.
func (sl *slicer) mediaExamples(at place, name string) []Literal {
	if sl.doc.version != V20 {
		return sl.examples(at, name)
	}
	var out []Literal
	for _, key := range []string{"examples", "x-examples"} {
		all, ok := at.child(key)
		if !ok {
			continue
		}
		if ex, ok := all.child(name); ok {
			if v, err := ex.node.value(); err == nil {
				out = append(out, Literal{Value: v, Position: ex.node.pos(), Pointer: ex.pointer})
			}
		}
	}
	if ex, ok := at.child("x-example"); ok {
		if v, err := ex.node.value(); err == nil {
			out = append(out, Literal{Value: v, Position: ex.node.pos(), Pointer: ex.pointer})
		}
	}
	return out
}

// --- servers ------------------------------------------------------------------------------------

// Servers gives the base URLs: the operation's own, else its path's, else the document's.
func (op *Operation) Servers() []Server {
	for _, n := range []*node{op.node.get("servers"), op.item.node.get("servers")} {
		if servers := readServers(n); servers != nil {
			return servers
		}
	}
	return op.doc.Servers()
}

// Servers gives the document's base URLs; 2.0's schemes, host and basePath make them. None given means "/".
func (d *Document) Servers() []Server {
	d.serverOnce.Do(func() {
		root := d.file.root
		if d.version != V20 {
			if d.servers = readServers(root.get("servers")); d.servers == nil {
				d.servers = []Server{{URL: "/", Template: "/"}}
			}
			return
		}
		path := strings.TrimRight(root.str("basePath"), "/")
		if path != "" && path[0] != '/' {
			path = "/" + path
		}
		host := root.str("host")
		if host == "" {
			d.servers = []Server{{URL: path + "/", Template: path + "/", Path: path}}
			return
		}
		var schemes []string
		for _, s := range root.get("schemes").list() {
			if text, ok := s.text(); ok {
				schemes = append(schemes, text)
			}
		}
		if len(schemes) == 0 {
			schemes = []string{"https"}
		}
		for _, scheme := range schemes {
			u := scheme + "://" + host + path
			d.servers = append(d.servers, Server{URL: u, Template: u, Path: path})
		}
	})
	return d.servers
}

func readServers(n *node) []Server {
	var out []Server
	for _, item := range n.list() {
		template, ok := item.get("url").text()
		if !ok {
			continue
		}
		s := Server{Template: template, URL: template, Description: item.str("description")}
		for _, v := range item.get("variables").fields() {
			text, ok := v.node.get("default").text()
			if num, isNum := v.node.get("default").number(); !ok && isNum {
				text = string(num)
			}
			s.URL = strings.ReplaceAll(s.URL, "{"+v.name+"}", text)
		}
		if u, err := url.Parse(s.URL); err == nil {
			s.Path = strings.TrimRight(u.EscapedPath(), "/")
		} else if _, rest, ok := strings.Cut(s.URL, "://"); ok {
			if i := strings.IndexByte(rest, '/'); i >= 0 {
				s.Path = strings.TrimRight(rest[i:], "/")
			}
		}
		if s.Path != "" && s.Path[0] != '/' {
			s.Path = "/" + s.Path
		}
		out = append(out, s)
	}
	return out
}
