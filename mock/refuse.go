package mock

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// refusal is why a request is not answered as it hoped for.
type refusal struct {
	status   int
	detail   string // "": the first problem's sentence
	problems []spec.Problem
	header   http.Header
	source   string // "": refusal
}

// sentence is the reason for people.
func (f refusal) sentence() string {
	if f.detail != "" {
		return f.detail
	}
	if len(f.problems) == 0 {
		return http.StatusText(f.status)
	}
	text := f.problems[0].String()
	if n := len(f.problems) - 1; n > 0 {
		text += fmt.Sprintf(" (and %d more)", n)
	}
	return text
}

// refuse answers with the operation's declared error body for the status, else with the envelope that all errors of
// the operation or of the document share, else with problem details (RFC 9457).
func (s *Server) refuse(x *exchange, f refusal) {
	if x.call.Problems == nil {
		x.call.Problems = f.problems
	}
	for i := range f.problems {
		f.problems[i].Got = hide(f.problems[i].Got, x.secrets)
		f.problems[i].Message = hide(f.problems[i].Message, x.secrets)
	}
	rep := s.declared(x, f)
	if rep == nil {
		rep = s.borrowed(x, f)
	}
	if rep == nil {
		rep = problemReply(f.status, f.sentence(), x.r, f.problems)
	}
	for name, values := range f.header {
		if len(values) > 0 {
			rep.header[name] = values
		}
	}
	rep.source = "refusal"
	if f.source != "" {
		rep.source = f.source
	}
	x.reply = rep
}

// declared makes the refusal as the operation declares it; nil when it declares nothing for the status.
func (s *Server) declared(x *exchange, f refusal) *reply {
	if x.op == nil {
		return nil
	}
	r := x.op.Response(f.status)
	if r == nil {
		return nil
	}
	rep := &reply{status: f.status, header: http.Header{}}
	ask := fixtures.Ask{}
	headers, err := x.api.book.Headers(x.op, f.status, ask)
	if err != nil {
		return nil
	}
	for name, text := range headers {
		if !hopHeader(name) {
			rep.header.Set(name, text)
		}
	}
	m := agree(x.r, r)
	if m == nil || bodiless(f.status) {
		return rep
	}
	made, err := x.api.book.Response(x.op, f.status, m, ask)
	if err != nil {
		s.cfg.Logger.Warn("the declared error body cannot be made", "operation", x.op.ID, "status", f.status, "error", err)
		return nil
	}
	return encode(rep, m, fill(m, made.Value, f, strings.HasPrefix(made.Source, "generated")))
}

func encode(rep *reply, m *spec.MediaType, v any) *reply {
	data, contentType, err := m.EncodeBody(v)
	if err != nil {
		return nil
	}
	rep.body = data
	if contentType != "" {
		rep.header.Set("Content-Type", contentType)
	}
	return rep
}

// envelope is the one JSON shape that errors share.
type envelope struct {
	op     *spec.Operation
	status int
	m      *spec.MediaType
}

// borrowed makes the refusal in the shape of the other errors; nil when they have no shape in common.
func (s *Server) borrowed(x *exchange, f refusal) *reply {
	var e *envelope
	ops := s.nearby(x)
	if e = common(ops); e == nil {
		for _, op := range ops {
			if len(errorShapes(op)) > 0 {
				return nil // they differ
			}
		}
	}
	a := x.api
	if a == nil && x.op == nil {
		// an unknown path is every document's: only what all of them agree on fits
		if len(s.apis) > 1 {
			return nil
		}
		a = s.apis[0]
	}
	if e == nil && a != nil {
		e = a.shared()
	}
	if e == nil {
		return nil
	}
	book := x.api
	if book == nil {
		book = a
	}
	made, err := book.book.Response(e.op, e.status, e.m, fixtures.Ask{})
	if err != nil {
		return nil
	}
	v := fill(e.m, made.Value, f, true)
	if e.m.Schema != nil && len(e.m.Schema.Check(v, spec.Response)) > 0 {
		return nil
	}
	return encode(&reply{status: f.status, header: http.Header{}}, e.m, v)
}

// nearby gives the operation of a request; where its method has none, those of the path's other methods.
func (s *Server) nearby(x *exchange) []*spec.Operation {
	if x.op != nil {
		return []*spec.Operation{x.op}
	}
	var out []*spec.Operation
	if x.api == nil {
		return nil
	}
	for _, method := range x.allow {
		r := *x.r
		r.Method = method
		if op := x.api.doc.Route(&r).Operation; op != nil {
			out = append(out, op)
		}
	}
	return out
}

// maxShared bounds how many operations are read to find the shape that all errors of a document share.
const maxShared = 256

func (a *api) shared() *envelope {
	a.envelopeOnce.Do(func() {
		ops := a.doc.Operations()
		if len(ops) > maxShared {
			ops = ops[:maxShared]
		}
		a.envelopeOf = common(ops)
	})
	return a.envelopeOf
}

// common finds the schema that all JSON errors of the operations share; nil when there is none, or more than one.
func common(ops []*spec.Operation) *envelope {
	var out *envelope
	for _, op := range ops {
		for _, e := range errorShapes(op) {
			if out == nil {
				out = &envelope{e.op, e.status, e.m}
			} else if out.m.Schema.Deref() != e.m.Schema.Deref() {
				return nil
			}
		}
	}
	return out
}

// errorShapes gives the JSON bodies of an operation's errors. default is an error where there is a success beside it.
func errorShapes(op *spec.Operation) []envelope {
	var out []envelope
	succeeds := false
	for _, r := range op.Responses() {
		succeeds = succeeds || strings.HasPrefix(r.Status, "2") || strings.HasPrefix(r.Status, "3")
	}
	for _, r := range op.Responses() {
		switch {
		case strings.HasPrefix(r.Status, "4"), strings.HasPrefix(r.Status, "5"):
		case r.Status == "default" && succeeds:
		default:
			continue
		}
		m := jsonOf(r.Content)
		if m == nil || m.Schema == nil {
			continue
		}
		out = append(out, envelope{op, codeOf(r), m})
	}
	return out
}

// problemReply writes problem details (RFC 9457, section 3) with the problems as an extension.
func problemReply(status int, detail string, r *http.Request, problems []spec.Problem) *reply {
	title := http.StatusText(status)
	if title == "" {
		title = "Status " + strconv.Itoa(status)
	}
	o := value.NewObject(
		value.Member{Name: "type", Value: "about:blank"},
		value.Member{Name: "title", Value: title},
		value.Member{Name: "status", Value: json.Number(strconv.Itoa(status))},
		value.Member{Name: "detail", Value: detail},
		value.Member{Name: "instance", Value: r.URL.EscapedPath()},
	)
	if len(problems) > 0 {
		var list []any
		for _, p := range problems {
			list = append(list, problemValue(p))
		}
		o.Set("problems", list)
	}
	rep := &reply{status: status, header: http.Header{"Content-Type": {"application/problem+json"}}, source: "refusal"}
	if !bodiless(status) {
		rep.body = value.Append(nil, o)
	}
	return rep
}

func problemValue(p spec.Problem) *value.Object {
	o := &value.Object{}
	set := func(name, text string) {
		if text != "" {
			o.Set(name, text)
		}
	}
	set("code", p.Code)
	set("in", p.In)
	set("at", p.At)
	set("keyword", p.Keyword)
	o.Set("message", p.Say())
	set("want", p.Want)
	set("got", p.Got)
	set("hint", p.Hint)
	set("position", p.Position.String())
	set("pointer", p.Pointer)
	return o
}

// --- filling an error body with the reason ------------------------------------------------------

// fill says the reason in an error body where its shape has a place for it. Each change is kept only if the body
// obeys its schema with it. loose says that the body is no example of this very status, so that its code may change.
func fill(m *spec.MediaType, v any, f refusal, loose bool) any {
	fl := &filler{schema: m.Schema, root: value.Clone(v), f: f, loose: loose}
	if _, ok := fl.root.(string); ok {
		fl.try(func() func() {
			old := fl.root
			fl.root = f.sentence()
			return func() { fl.root = old }
		})
		return fl.root
	}
	fl.walk(fl.root, 0)
	return fl.root
}

type filler struct {
	schema *spec.Schema
	root   any
	f      refusal
	loose  bool
}

// try changes something and takes it back when the body breaks its schema.
func (fl *filler) try(change func() (undo func())) bool {
	undo := change()
	if fl.schema != nil && len(fl.schema.Check(fl.root, spec.Response)) > 0 {
		undo()
		return false
	}
	return true
}

func (fl *filler) set(o *value.Object, name string, v any) bool {
	old, had := o.Get(name)
	return fl.try(func() func() {
		o.Set(name, v)
		return func() {
			if had {
				o.Set(name, old)
			} else {
				o.Delete(name)
			}
		}
	})
}

// The members of error bodies, by their names without case and separators.
var (
	sentences = map[string]bool{"message": true, "detail": true, "description": true, "reason": true, "errordescription": true, "errormessage": true, "msg": true, "usermessage": true, "developermessage": true}
	titles    = map[string]bool{"title": true, "error": true}
	numbers   = map[string]bool{"status": true, "code": true, "statuscode": true, "httpstatus": true, "httpcode": true, "httpstatuscode": true, "errorcode": true}
	codes     = map[string]bool{"code": true, "errorcode": true, "type": false}
	lists     = map[string]bool{"details": true, "errors": true, "issues": true, "violations": true, "problems": true, "fielderrors": true, "validationerrors": true, "invalidparams": true}
	insides   = map[string]bool{"error": true, "errors": true, "fault": true, "problem": true, "meta": true, "status": true, "response": true, "result": true, "detail": true}
	places    = map[string]bool{"path": true, "field": true, "pointer": true, "loc": true, "location": true, "param": true, "parameter": true, "name": true, "property": true, "source": true, "target": true}
	keywords  = map[string]bool{"keyword": true, "type": true, "rule": true, "code": true}
)

func folded(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}

func (fl *filler) walk(v any, depth int) {
	if list, ok := v.([]any); ok && depth == 0 {
		fl.list(list, func(next []any) func() {
			old := fl.root
			fl.root = next
			return func() { fl.root = old }
		})
		return
	}
	o, ok := v.(*value.Object)
	if !ok || depth > 3 {
		return
	}
	var names []string
	told := false // another member holds the sentence
	for name, x := range o.All() {
		names = append(names, name)
		_, text := x.(string)
		told = told || text && sentences[folded(name)]
	}
	for _, name := range names {
		x, _ := o.Get(name)
		key := folded(name)
		switch x := x.(type) {
		case string:
			switch {
			case sentences[key]:
				fl.set(o, name, fl.f.sentence())
			case titles[key] && !told:
				fl.set(o, name, fl.f.sentence())
			case titles[key] && (fl.loose || key == "title"):
				fl.set(o, name, http.StatusText(fl.f.status))
			case codes[key] && fl.loose:
				fl.set(o, name, codeLike(x, fl.f.status))
			case numbers[key] && isStatus(x):
				fl.set(o, name, strconv.Itoa(fl.f.status))
			}
		case json.Number:
			if numbers[key] && (fl.loose || isStatus(string(x))) {
				fl.set(o, name, json.Number(strconv.Itoa(fl.f.status)))
			}
		case *value.Object:
			if insides[key] || len(names) == 1 {
				fl.walk(x, depth+1)
			}
		case []any:
			if lists[key] || len(names) == 1 {
				fl.list(x, func(next []any) func() {
					o.Set(name, next)
					return func() { o.Set(name, x) }
				})
			}
		}
	}
}

func isStatus(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= 400 && n <= 599
}

// codeLike names a status in the manner of a code that stands there: BAD_REQUEST, bad_request, bad-request, BadRequest.
func codeLike(manner string, status int) string {
	text := http.StatusText(status)
	if text == "" {
		text = "Error " + strconv.Itoa(status)
	}
	text = strings.ReplaceAll(text, "'", "")
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '-' })
	switch {
	case isStatus(manner):
		return strconv.Itoa(status)
	case manner != "" && manner == strings.ToUpper(manner):
		return strings.ToUpper(strings.Join(words, "_"))
	case strings.Contains(manner, "-"):
		return strings.ToLower(strings.Join(words, "-"))
	case manner != "" && manner[0] >= 'A' && manner[0] <= 'Z' && !strings.Contains(manner, " "):
		return strings.Join(words, "")
	}
	return strings.ToLower(strings.Join(words, "_"))
}

// list puts one entry for each problem in place of the entries that stand there. An entry that stands there gives
// the shape; where there is none, the shapes that are common are tried.
func (fl *filler) list(old []any, set func([]any) func()) {
	if len(fl.f.problems) == 0 {
		// errors: [{message: ...}] has room for the sentence alone
		if fl.loose && len(old) > 0 {
			shape := value.Clone(old[0])
			next := []any{fl.entry(shape, spec.Problem{Message: fl.f.sentence()})}
			fl.try(func() func() { return set(next) })
		}
		return
	}
	var shapes []any
	if len(old) > 0 {
		shapes = []any{old[0]}
	} else {
		shapes = []any{
			value.NewObject(value.Member{Name: "path", Value: []any{}}, value.Member{Name: "message", Value: ""}),
			value.NewObject(value.Member{Name: "field", Value: ""}, value.Member{Name: "message", Value: ""}),
			value.NewObject(value.Member{Name: "message", Value: ""}),
			"",
		}
	}
	for _, shape := range shapes {
		var next []any
		for _, p := range fl.f.problems {
			next = append(next, fl.entry(value.Clone(shape), p))
		}
		if fl.try(func() func() { return set(next) }) {
			return
		}
	}
}

// entry says one problem in the shape of another entry.
func (fl *filler) entry(shape any, p spec.Problem) any {
	switch shape := shape.(type) {
	case string:
		return p.String()
	case *value.Object:
		var names []string
		for name := range shape.All() {
			names = append(names, name)
		}
		for _, name := range names {
			x, _ := shape.Get(name)
			key := folded(name)
			switch {
			case places[key]:
				switch x := x.(type) {
				case []any:
					shape.Set(name, placeTokens(p))
				case string:
					shape.Set(name, placeText(p, key))
				case *value.Object: // JSON:API: source: {pointer: ...}
					if x.Has("pointer") {
						x.Set("pointer", p.At)
					}
				}
			case sentences[key] || titles[key]:
				if _, ok := x.(string); ok {
					shape.Set(name, p.Say())
				}
			case keywords[key]:
				if _, ok := x.(string); ok && fl.loose && p.Keyword != "" {
					shape.Set(name, p.Keyword)
				}
			case numbers[key]:
				switch x := x.(type) {
				case json.Number:
					if isStatus(string(x)) {
						shape.Set(name, json.Number(strconv.Itoa(fl.f.status)))
					}
				case string:
					if isStatus(x) {
						shape.Set(name, strconv.Itoa(fl.f.status))
					}
				}
			}
		}
		return shape
	}
	return shape
}

// placeTokens is where a problem is, member by member; the name of a parameter where it is in none.
func placeTokens(p spec.Problem) []any {
	out := []any{}
	if p.At == "" {
		if _, name, ok := strings.Cut(p.In, " "); ok {
			out = append(out, name)
		}
		return out
	}
	for _, token := range strings.Split(strings.TrimPrefix(p.At, "/"), "/") {
		token = value.Unescape(token)
		if n, err := strconv.Atoi(token); err == nil && n >= 0 && strconv.Itoa(n) == token {
			out = append(out, json.Number(token))
			continue
		}
		out = append(out, token)
	}
	return out
}

func placeText(p spec.Problem, key string) string {
	if key == "pointer" {
		return p.At
	}
	if p.At == "" {
		if _, name, ok := strings.Cut(p.In, " "); ok {
			return name
		}
		return p.In
	}
	var parts []string
	for _, t := range placeTokens(p) {
		if n, ok := t.(json.Number); ok {
			parts = append(parts, string(n))
			continue
		}
		parts = append(parts, t.(string))
	}
	return strings.Join(parts, ".")
}
