package mock

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/internal/near"
	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// answer handles one request for an operation, from top to bottom; the package comment has the order as a table.
func (s *Server) answer(_ http.ResponseWriter, r *http.Request) {
	x := exchangeOf(r)
	op := x.op
	if faults := op.Faults(); len(faults) > 0 {
		s.broken(x, faults[0])
		return
	}
	want, problems := s.readPrefer(r, op)
	if len(problems) > 0 {
		x.call.Problems = problems
		x.reply = problemReply(http.StatusBadRequest, "the mock cannot do what was asked of it", r, problems)
		return
	}
	x.applied = append(x.applied, want.always...)
	s.spoil(x, want)
	s.wait(r.Context(), want.delay+x.harm.delay)
	if x.harm.silent != nil {
		return
	}
	ask := fixtures.Ask{Path: decoded(x.route.Path), Example: want.example, Dynamic: want.dynamic, Seed: want.seed, Profile: want.profile}
	if ask.Seed == nil {
		ask.Seed = x.session.options().seed
	}
	if code := x.harm.status; code != 0 {
		ask.Example = ""
		s.force(x, code, preference{items: -1}, ask)
		for name, values := range x.harm.header {
			x.reply.header[name] = values
		}
		return
	}
	if code := s.forced(x, want, ask); code != 0 {
		s.force(x, code, want, ask)
		return
	}
	who := x.authenticate()
	if who.status != 0 {
		s.refuse(x, refusal{status: who.status, detail: who.why, header: http.Header{"Www-Authenticate": x.challenges(who.status, who.why)}})
		return
	}
	ask.Key, _ = splitKey(who.key)
	in, ok := s.read(x, want, ask)
	if !ok {
		return
	}
	ask.Given = given(in, ask.Path)
	if s.cfg.StrictIDs && !want.dynamic && s.unknownID(x, ask) && !s.known(x, ask) {
		s.refuse(x, refusal{status: http.StatusNotFound, detail: "there is nothing with this id"})
		return
	}
	s.succeed(x, want, ask, in)
}

// forced gives the status that the request asks for: by Prefer, by a path parameter, or by its key. 0: none.
func (s *Server) forced(x *exchange, want preference, ask fixtures.Ask) int {
	if want.code != 0 {
		return want.code
	}
	var texts []string
	for _, name := range spec.TemplateNames(x.op.Path) {
		texts = append(texts, ask.Path[name])
	}
	keys := x.keys()
	for i, key := range keys {
		keys[i], _ = splitKey(key)
	}
	for i, text := range append(texts, keys...) {
		code := statusWord(text)
		if code == 0 && i >= len(texts) {
			// the user of scheme basic
			user, _, _ := strings.Cut(text, ":")
			code = statusWord(user)
		}
		// a 2xx or 3xx that is not documented is part of a name
		if code >= 400 || code != 0 && x.op.Response(code) != nil {
			return code
		}
	}
	return 0
}

// decoded takes the percent-encoding away.
func decoded(path map[string]string) map[string]string {
	out := make(map[string]string, len(path))
	for name, text := range path {
		if un, err := url.PathUnescape(text); err == nil {
			text = un
		}
		out[name] = text
	}
	return out
}

// given is what the request said, by name: path parameters, and the members of its body.
func given(in spec.Input, path map[string]string) map[string]any {
	out := map[string]any{}
	if o, ok := in.Body.(*value.Object); ok {
		for name, v := range o.All() {
			out[name] = v
			if inner, ok := v.(*value.Object); ok && o.Len() == 1 {
				for name, v := range inner.All() {
					out[name] = v
				}
			}
		}
	}
	for name, text := range path {
		out[name] = text
	}
	for name, v := range in.Path {
		out[name] = v
	}
	return out
}

// unknownID says that named fixtures speak of a path parameter of the operation, and none of them of this request's.
func (s *Server) unknownID(x *exchange, ask fixtures.Ask) bool {
	knows := false
	for _, name := range spec.TemplateNames(x.op.Path) {
		knows = knows || x.api.book.Knows(name)
	}
	if !knows || ask.Example != "" {
		return false
	}
	for _, n := range x.api.book.Named() {
		for name, values := range n.Path {
			for _, v := range values {
				if got, ok := ask.Path[name]; ok && got == v {
					return false
				}
			}
		}
	}
	return true
}

// read checks the message of the request; false when it was refused.
func (s *Server) read(x *exchange, want preference, ask fixtures.Ask) (spec.Input, bool) {
	r, op := x.r, x.op
	policy := s.policyOf(x, want)
	if x.head {
		get := *r
		get.Method = http.MethodGet
		r = &get
	}
	r = withoutTwins(r, op)
	large := false
	if op.Body() != nil && r.Body != nil {
		var data []byte
		if r.ContentLength > s.cfg.MaxBody {
			large = true
		} else {
			var err error
			data, err = io.ReadAll(io.LimitReader(r.Body, s.cfg.MaxBody+1))
			if err != nil {
				s.refuse(x, refusal{status: http.StatusBadRequest, detail: "the body could not be read to its end"})
				return spec.Input{}, false
			}
			large = int64(len(data)) > s.cfg.MaxBody
		}
		copied := *r
		r = &copied
		r.Body = io.NopCloser(bytes.NewReader(data))
		if !large {
			r.ContentLength = int64(len(data))
		}
		if (len(data) > 0 || large) && policy == Reject && spec.MatchMedia(op.Body().Content, r.Header.Get("Content-Type")) == nil && len(op.Body().Content) > 0 {
			s.refuse(x, refusal{status: http.StatusUnsupportedMediaType, problems: []spec.Problem{s.mediaProblem(op, r.Header.Get("Content-Type"))}})
			return spec.Input{}, false
		}
	}
	if p := s.notAcceptable(x, want, ask); p != nil && policy == Reject {
		s.refuse(x, refusal{status: http.StatusNotAcceptable, problems: []spec.Problem{*p}})
		return spec.Input{}, false
	}
	if large {
		s.refuse(x, refusal{status: http.StatusRequestEntityTooLarge, detail: fmt.Sprintf("the body is larger than %d bytes", s.cfg.MaxBody)})
		return spec.Input{}, false
	}
	if policy == Off {
		in, _ := op.Decode(r, x.route)
		return in, true
	}
	in, problems := op.CheckRequest(r, x.route)
	for _, p := range problems {
		if p.Code != "" { // the request got to a place where the document itself is broken
			s.broken(x, p)
			return in, false
		}
	}
	problems = s.weigh(x, in, problems)
	if len(problems) == 0 {
		return in, true
	}
	x.call.Problems = problems
	if policy == Report {
		x.report = true
		return in, true
	}
	s.refuse(x, refusal{status: badRequest(op), problems: problems})
	return in, false
}

// weigh leaves the warnings out, but for read-only members in a PATCH: there is no other reason to send one than to
// change it, and that cannot be done.
func (s *Server) weigh(x *exchange, in spec.Input, problems []spec.Problem) []spec.Problem {
	var out []spec.Problem
	told := map[string]bool{}
	for _, p := range problems {
		if p.Severity != spec.Error && (p.Keyword != "readOnly" || x.op.Method != http.MethodPatch) {
			continue
		}
		p.Severity = spec.Error
		told[p.At] = told[p.At] || p.In == "body"
		out = append(out, p)
	}
	for _, p := range x.session.memory.readOnly(x, in) {
		if !told[p.At] {
			out = append(out, p)
		}
	}
	return out
}

// badRequest is 400, and 422 for operations that document it and not 400.
func badRequest(op *spec.Operation) int {
	has400, has422 := false, false
	for _, r := range op.Responses() {
		has400 = has400 || r.Status == "400"
		has422 = has422 || r.Status == "422"
	}
	if has422 && !has400 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusBadRequest
}

func (s *Server) mediaProblem(op *spec.Operation, got string) spec.Problem {
	var names []string
	for _, m := range op.Body().Content {
		names = append(names, m.Name)
	}
	if got == "" {
		got = "none"
	}
	return spec.Problem{In: "header Content-Type", Keyword: "content", Got: shorten(got, 80), Want: strings.Join(names, " or "), Position: op.Body().Position, Pointer: op.Body().Pointer}
}

// notAcceptable says that no documented media type of the success satisfies the Accept header.
func (s *Server) notAcceptable(x *exchange, want preference, ask fixtures.Ask) *spec.Problem {
	status := s.status(x, ask)
	r := x.op.Response(status)
	if r == nil || len(r.Content) == 0 || r.AnyContent || bodiless(status) {
		return nil
	}
	if _, ok := negotiate(x.r, r); ok {
		return nil
	}
	var names []string
	for _, m := range r.Content {
		names = append(names, m.Name)
	}
	return &spec.Problem{In: "header Accept", Keyword: "content", Got: shorten(strings.Join(x.r.Header.Values("Accept"), ", "), 80), Want: strings.Join(names, " or "), Position: r.Position, Pointer: r.Pointer}
}

func negotiate(r *http.Request, rs *spec.ResponseSpec) (*spec.MediaType, bool) {
	accept := strings.Join(r.Header.Values("Accept"), ", ")
	if rs.AnyContent {
		accept = ""
	}
	return spec.Negotiate(accept, rs.Content)
}

// agree chooses a media type even where none is acceptable: JSON, else the first.
func agree(r *http.Request, rs *spec.ResponseSpec) *spec.MediaType {
	if rs == nil || len(rs.Content) == 0 {
		return nil
	}
	if m, ok := negotiate(r, rs); ok {
		return m
	}
	if m := jsonOf(rs.Content); m != nil {
		return m
	}
	return rs.Content[0]
}

func jsonOf(content []*spec.MediaType) *spec.MediaType {
	for _, m := range content {
		if isJSON(m.Name) {
			return m
		}
	}
	return nil
}

// isJSON knows application/json, text/json and the +json suffix (RFC 6839, section 3.1).
func isJSON(name string) bool {
	name, _, _ = strings.Cut(strings.ToLower(name), ";")
	name = strings.TrimSpace(name)
	return name == "application/json" || name == "text/json" || strings.HasSuffix(name, "+json")
}

// success is the status of a valid request where no fixture says another one: the first documented 2xx, 200 for
// the range 2XX; else the first 3xx; else 200 where only default is documented; else the first that there is.
func success(op *spec.Operation) int {
	first := func(class byte, forRange int) int {
		fallback := 0
		for _, r := range op.Responses() {
			if len(r.Status) != 3 || r.Status[0] != class {
				continue
			}
			if code, err := strconv.Atoi(r.Status); err == nil {
				return code
			}
			fallback = forRange
		}
		return fallback
	}
	if code := first('2', http.StatusOK); code != 0 {
		return code
	}
	if code := first('3', http.StatusFound); code != 0 {
		return code
	}
	for _, r := range op.Responses() {
		if r.Status == "default" {
			return http.StatusOK
		}
	}
	if code := first('4', http.StatusBadRequest); code != 0 {
		return code
	}
	if code := first('5', http.StatusInternalServerError); code != 0 {
		return code
	}
	return http.StatusOK
}

// status is the status that the request will be answered with: a named fixture may have its own.
func (s *Server) status(x *exchange, ask fixtures.Ask) int {
	if !ask.Dynamic {
		if n := x.api.book.Find(x.op, ask); n != nil {
			if code := n.Status(x.op); code != 0 {
				return code
			}
		}
		if ask.Example != "" {
			if code := exampleStatus(x.op, ask.Example); code != 0 {
				return code
			}
		}
	}
	return success(x.op)
}

// exampleStatus finds the response that has an example of this name: the success's goes first.
func exampleStatus(op *spec.Operation, name string) int {
	usual := success(op)
	found := 0
	for _, r := range op.Responses() {
		for _, m := range r.Content {
			for _, e := range m.Examples {
				if e.Name != name {
					continue
				}
				if r.Is(usual) && op.Response(usual) == r {
					return usual
				}
				if found == 0 {
					found = codeOf(r)
				}
			}
		}
	}
	return found
}

// codeOf is a status that a response stands for.
func codeOf(r *spec.ResponseSpec) int {
	if r.Status == "default" {
		return http.StatusInternalServerError
	}
	code, err := strconv.Atoi(strings.Replace(r.Status, "XX", "00", 1))
	if err != nil {
		return http.StatusOK
	}
	return code
}

// exampleNames are the names that Prefer: example may give, of fixtures and of the document's examples.
func (s *Server) exampleNames(x *exchange) []string {
	seen := map[string]bool{}
	for _, n := range x.api.book.Named() {
		if n.Status(x.op) != 0 {
			seen[n.Name] = true
		}
	}
	for _, r := range x.op.Responses() {
		for _, m := range r.Content {
			for _, e := range m.Examples {
				if e.Name != "" {
					seen[e.Name] = true
				}
			}
		}
	}
	var out []string
	for name := range seen {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}

// succeed answers a valid request.
func (s *Server) succeed(x *exchange, want preference, ask fixtures.Ask, in spec.Input) {
	status := s.status(x, ask)
	p := plan{status: status, ask: ask, want: want}
	if pure(want) {
		var problems []spec.Problem
		refused, err := s.live(x, ask, in, &p)
		if refused != nil {
			s.refuse(x, *refused)
			return
		}
		if err == nil {
			problems, err = x.session.memory.write(s, x, ask, in, &p)
		}
		if err == nil && len(problems) == 0 && p.then != nil {
			err = p.then()
		}
		if err != nil {
			s.cfg.Logger.Error("a change could not be kept", "operation", x.op.ID, "error", err)
			x.reply = problemReply(http.StatusInternalServerError, "the change could not be kept: "+err.Error(), x.r, nil)
			return
		}
		if len(problems) > 0 {
			x.call.Problems = problems
			s.refuse(x, refusal{status: badRequest(x.op), problems: problems})
			return
		}
		p.remember = true
	}
	s.send(x, p)
}

// pure says that the request leaves the choice to the mock, so that what was changed before shows.
func pure(want preference) bool {
	return want.example == "" && !want.dynamic && want.seed == nil
}

// force answers a status that was asked for; the request may be invalid.
func (s *Server) force(x *exchange, code int, want preference, ask fixtures.Ask) {
	for _, key := range x.keys() {
		x.secret(key)
		if ask.Key == "" {
			ask.Key = key
		}
	}
	ask.Given = given(spec.Input{}, ask.Path)
	r := x.op.Response(code)
	switch {
	case r != nil:
		s.send(x, plan{status: code, ask: ask, want: want, source: "status " + strconv.Itoa(code)})
	case code >= 400:
		ref := refusal{status: code, detail: http.StatusText(code) + ", as asked for", source: "status " + strconv.Itoa(code)}
		if len(want.applied) > 0 {
			ref.header = http.Header{"Preference-Applied": {strings.Join(want.applied, ", ")}}
		}
		s.refuse(x, ref)
	default:
		problems := []spec.Problem{undocumented(x.op, code)}
		x.call.Problems = problems
		x.reply = problemReply(http.StatusBadRequest, "the mock cannot do what was asked of it", x.r, problems)
	}
}

// plan is what is to be sent.
type plan struct {
	status   int
	ask      fixtures.Ask
	want     preference
	source   string // "": as the book says
	remember bool   // what requests changed shows
	wrote    *change

	then    func() error                                                // after the change was kept
	compose func(m *spec.MediaType, body any) (v any, remembered bool)  // puts what is known of the resource into the body
	dress   func(r *spec.ResponseSpec, header http.Header, body []byte) // and into the headers
}

// send makes the body and the headers of a documented response.
func (s *Server) send(x *exchange, p plan) {
	op := x.op
	r := op.Response(p.status)
	if r == nil {
		r = &spec.ResponseSpec{}
	}
	m := agree(x.r, r)
	if bodiless(p.status) {
		m = nil
	}
	f, err := x.api.book.Response(op, p.status, m, p.ask)
	if errors.Is(err, fixtures.ErrNoExample) {
		names := s.exampleNames(x)
		hint := "the operation has neither fixtures nor examples"
		if len(names) > 0 {
			hint = "there are " + strings.Join(near.Names(p.ask.Example, names, 12), ", ")
		}
		problems := []spec.Problem{{In: "header Prefer", Keyword: "example", Got: strconv.Quote(shorten(p.ask.Example, 60)), Want: "the name of a fixture or an example", Hint: hint, Position: op.Position, Pointer: op.Pointer}}
		x.call.Problems = problems
		x.reply = problemReply(http.StatusBadRequest, fmt.Sprintf("no fixture or example is called %s; %s", strconv.Quote(shorten(p.ask.Example, 60)), hint), x.r, problems)
		return
	}
	if err != nil {
		s.broken(x, diagnostic(op, err))
		return
	}
	if strings.HasPrefix(f.Source, "generated") {
		// a fixture or an example obeys the part of the schema that can be read
		if faults := r.Faults(m); len(faults) > 0 {
			s.broken(x, faults[0])
			return
		}
	}
	rep := &reply{status: p.status, header: http.Header{}, source: f.Source}
	if p.source != "" {
		rep.source = p.source
	}
	body := f.Value
	if m != nil && f.HasBody {
		if p.status >= 400 && strings.HasPrefix(f.Source, "generated") {
			body = fill(m, body, refusal{status: p.status, detail: reason(r, p.status)}, true)
		}
		if p.remember && p.status < 400 && p.compose != nil {
			var changed bool
			if body, changed = p.compose(m, body); changed {
				rep.source = "memory"
			}
		}
		if p.remember && p.status < 400 {
			var changed bool
			if body, changed = x.session.memory.show(x, p, m, body); changed {
				rep.source = "memory"
			}
		}
		if p.want.items >= 0 {
			if v, ok := resized(x, m, body, p); ok {
				body = v
				p.want.applied = append(slices.Clip(p.want.applied), "items="+strconv.Itoa(p.want.items))
			}
		}
		data, contentType, err := m.EncodeBody(body)
		if err != nil {
			s.broken(x, diagnostic(op, fmt.Errorf("status %d as %s: %w", p.status, m.Name, err)))
			return
		}
		rep.body = data
		if contentType != "" {
			rep.header.Set("Content-Type", contentType)
		}
	}
	if !s.headers(x, rep, r, p, f.Headers, body) {
		return
	}
	if p.dress != nil {
		p.dress(r, rep.header, rep.body)
	}
	for _, l := range x.harm.lies {
		if s.lie(x, rep, r, m, body, l) {
			x.call.Faults = append(x.call.Faults, l.text)
			continue
		}
		if l.byRequest && p.status < 400 {
			x.call.Problems = []spec.Problem{{In: "header Prefer", Keyword: "fault", Got: l.text, Want: "a lie that the answer has a place for", Position: r.Position, Pointer: r.Pointer}}
			x.reply = problemReply(http.StatusBadRequest, "the mock cannot do what was asked of it: the answer has nothing that could be wrong in this way", x.r, x.call.Problems)
			return
		}
	}
	x.reply = rep
}

// reason is the sentence that a documented error is described with.
func reason(r *spec.ResponseSpec, status int) string {
	if text := strings.TrimSpace(r.Description); text != "" && len(text) <= 200 && !strings.Contains(text, "\n") {
		return text
	}
	return http.StatusText(status)
}

// headers puts in the documented headers, those of the fixture, and those that the status itself needs.
func (s *Server) headers(x *exchange, rep *reply, r *spec.ResponseSpec, p plan, own map[string]string, body any) bool {
	made, err := x.api.book.Headers(x.op, p.status, p.ask)
	if err != nil {
		s.broken(x, diagnostic(x.op, err))
		return false
	}
	for name, text := range made {
		if hopHeader(name) {
			continue
		}
		rep.header.Set(name, text)
	}
	for name, text := range own {
		if !hopHeader(name) {
			rep.header.Set(name, text)
		}
	}
	if own["Location"] == "" && own["location"] == "" {
		s.location(x, rep, r, body)
	}
	switch p.status {
	case http.StatusUnauthorized:
		if rep.header.Get("Www-Authenticate") == "" {
			if list := x.challenges(p.status, "the credentials were refused, as asked for"); len(list) > 0 {
				rep.header["Www-Authenticate"] = list
			}
		}
	case http.StatusMethodNotAllowed:
		if rep.header.Get("Allow") == "" {
			rep.header.Set("Allow", strings.Join(x.allow, ", "))
		}
	}
	if len(p.want.applied) > 0 {
		rep.header.Set("Preference-Applied", strings.Join(p.want.applied, ", "))
	}
	return true
}

// hopHeader says that a header is the server's own to set, whatever a document says of it.
func hopHeader(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Content-Length", "Transfer-Encoding", "Connection", "Trailer", "Upgrade", "Keep-Alive", "Te", "Date":
		return true
	}
	return false
}

// location makes Location lead back to this server: a generated address would send clients out into the world.
func (s *Server) location(x *exchange, rep *reply, r *spec.ResponseSpec, body any) {
	var doc *spec.Header
	for _, h := range r.Headers {
		if strings.EqualFold(h.Name, "Location") {
			doc = h
		}
	}
	redirect := rep.status >= 300 && rep.status < 400 && rep.status != http.StatusNotModified && rep.status != http.StatusMultipleChoices
	if doc == nil && !redirect {
		return
	}
	path := x.prefix + HealthPath
	if !redirect {
		path = x.prefix + strings.TrimRight(x.r.URL.EscapedPath(), "/")
		if o, ok := body.(*value.Object); ok && x.op.Method == http.MethodPost {
			if _, id, ok := idOf(o, "", nil); ok {
				path += "/" + url.PathEscape(id)
			}
		}
	}
	if doc == nil {
		rep.header.Set("Location", path)
		return
	}
	if len(doc.Examples) > 0 || doc.Schema != nil && len(doc.Schema.Deref().Examples) > 0 {
		return
	}
	scheme := "http"
	if x.r.TLS != nil {
		scheme = "https"
	}
	for _, candidate := range []string{path, scheme + "://" + headerSafe(x.r.Host) + path} {
		if doc.Schema == nil || len(doc.Schema.Check(candidate, spec.Response)) == 0 {
			rep.header.Set("Location", candidate)
			return
		}
	}
}

// diagnostic makes a Problem of what kept the book from making a value.
func diagnostic(op *spec.Operation, err error) spec.Problem {
	var none *fixtures.UnsatisfiableError
	if errors.As(err, &none) {
		return none.Problem
	}
	return spec.Problem{In: "document", Message: err.Error(), Position: op.Position, Pointer: op.Pointer}
}

// broken answers 501 for an operation that cannot be played; the others are not touched.
func (s *Server) broken(x *exchange, p spec.Problem) {
	x.call.Problems = []spec.Problem{p}
	s.cfg.Logger.Warn("the operation cannot be answered", "operation", x.op.ID, "problem", p.String())
	x.reply = problemReply(http.StatusNotImplemented, p.String(), x.r, x.call.Problems)
}
