package spec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/specimen-api/specimen/internal/value"
)

// Input is what a request carries, decoded: the values of its parameters and its body, in the types of package value.
type Input struct {
	Path, Query, Header, Cookie map[string]any
	QueryString                 any    // 3.2's parameter in querystring
	Body                        any    // decoded; []byte when the media type is binary
	HasBody                     bool   // false: no body at all
	MediaType                   string // of the body, as in the document's content map
	// Unknown names the query parameters that the operation does not document, in their order. NewRequest does not read it.
	Unknown []string
}

// Value gives the value of a parameter, and whether there is one.
func (in Input) Value(p *Parameter) (any, bool) {
	if p.In == "querystring" {
		return in.QueryString, in.QueryString != nil
	}
	v, ok := (*in.values(p.In))[p.Name]
	return v, ok
}

// Set gives a parameter a value.
func (in *Input) Set(p *Parameter, v any) {
	if p.In == "querystring" {
		in.QueryString = v
		return
	}
	m := in.values(p.In)
	if *m == nil {
		*m = map[string]any{}
	}
	(*m)[p.Name] = v
}

func (in *Input) values(where string) *map[string]any {
	switch where {
	case "path":
		return &in.Path
	case "header":
		return &in.Header
	case "cookie":
		return &in.Cookie
	}
	return &in.Query
}

// --- writing ------------------------------------------------------------------------------------

// NewRequest writes a request for the operation as its document describes it: every parameter in its style,
// the body in its media type. base is an absolute URL; the operation's path is added to it. Parameters that the
// document does not know travel in the default style of their place. A body of type []byte travels as it is.
// A value that cannot stand in its place is an error that names the parameter.
func (op *Operation) NewRequest(ctx context.Context, base string, in Input) (*http.Request, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("base URL: %w", err)
	}
	if u.Scheme == "" || u.Host == "" {
		return nil, fmt.Errorf("base URL %q is not absolute", u.Redacted())
	}
	w := &requestWriter{op: op, in: in, header: http.Header{}}
	path, err := w.path()
	if err != nil {
		return nil, err
	}
	escaped := strings.TrimRight(u.EscapedPath(), "/") + path
	if u.Path, err = url.PathUnescape(escaped); err != nil {
		return nil, fmt.Errorf("path %s: %w", escaped, err)
	}
	u.RawPath, u.Fragment = escaped, ""
	if err := w.parameters(); err != nil {
		return nil, err
	}
	u.RawQuery = strings.Join(w.query, "&")
	u.ForceQuery = false
	req, err := http.NewRequestWithContext(ctx, op.Method, u.String(), nil)
	if err != nil {
		return nil, err
	}
	// what String gives is parsed again; the spelling of the path must survive it
	req.URL = u
	req.Header = w.header
	if host := w.header.Get("Host"); host != "" {
		req.Host = host
		w.header.Del("Host")
	}
	w.header.Del("Content-Length") // it says how long the body is, whatever the input says
	if !in.HasBody {
		return req, nil
	}
	data, contentType, err := op.encodeBody(in)
	if err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	// a document may ask for a packed body by a header parameter
	if coding := req.Header.Get("Content-Encoding"); coding != "" {
		if _, raw := in.Body.([]byte); !raw {
			data = pack(data, coding)
		}
	}
	req.ContentLength = int64(len(data))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	req.Body, _ = req.GetBody()
	if len(data) == 0 {
		req.Body = http.NoBody
		req.GetBody = func() (io.ReadCloser, error) { return http.NoBody, nil }
	}
	given, _ := mediaName(req.Header.Get("Content-Type"))
	if name, _ := mediaName(contentType); contentType != "" && (given == "" || given == name) {
		req.Header.Set("Content-Type", contentType) // with the boundary of the parts
	}
	return req, nil
}

func (op *Operation) encodeBody(in Input) ([]byte, string, error) {
	var m *MediaType
	if body := op.Body(); body != nil {
		for _, x := range body.Content {
			if m == nil && (x.Name == in.MediaType || in.MediaType == "") {
				m = x
			}
		}
		if m == nil {
			if m = MatchMedia(body.Content, in.MediaType); m != nil {
				named := *m
				named.Name = in.MediaType
				m = &named
			}
		}
	}
	if m == nil {
		m = &MediaType{Name: in.MediaType}
	}
	if data, ok := in.Body.([]byte); ok {
		if m.Name == "" {
			return data, "", nil
		}
		return data, m.concrete(), nil
	}
	v, err := value.From(in.Body)
	if err != nil {
		return nil, "", err
	}
	return m.EncodeBody(v)
}

type requestWriter struct {
	op     *Operation
	in     Input
	query  []string
	header http.Header
}

// path fills the template, and writes what stands after its ? or # to the query and the headers.
func (w *requestWriter) path() (string, error) {
	template := w.op.Path
	for _, mark := range []string{"#", "?"} {
		i := strings.Index(template, mark)
		if i < 0 || strings.LastIndex(template[:i], "{") > strings.LastIndex(template[:i], "}") {
			continue
		}
		for _, one := range strings.Split(template[i+1:], "&") {
			name, text, _ := strings.Cut(one, "=")
			if name == "" {
				continue
			}
			if strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}") {
				var err error
				if text, err = w.pathValue(text[1:len(text)-1], false); err != nil {
					return "", err
				}
			} else {
				text = escape(text, "")
			}
			if _, given := w.in.Query[name]; given {
				continue
			}
			if mark == "#" && w.op.Parameter("header", name) != nil {
				if _, given := w.in.Header[name]; !given {
					w.header.Set(name, unescape(text, false))
				}
				continue
			}
			w.query = append(w.query, escape(name, "")+"="+text)
		}
		template = template[:i]
	}
	var out strings.Builder
	for _, segment := range strings.Split(strings.TrimPrefix(template, "/"), "/") {
		parts, names, greedy := readTemplate(segment)
		out.WriteByte('/')
		var text strings.Builder
		for _, p := range parts {
			if p.text != "" {
				text.WriteString(escapeLiteral(p.text))
				continue
			}
			one, err := w.pathValue(names[0], greedy)
			if err != nil {
				return "", err
			}
			names = names[1:]
			text.WriteString(one)
		}
		out.WriteString(dotSegments(text.String()))
	}
	return out.String(), nil
}

// escapeLiteral writes what the template spells out; what is escaped there already stays so.
func escapeLiteral(s string) string {
	return escape(unescape(s, false), ":@!$&'()*+,;=")
}

// dotSegments writes "." and ".." so that nobody on the way takes them for steps (RFC 3986, section 5.2.4).
func dotSegments(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	parts := strings.Split(s, "/")
	for i, p := range parts {
		if p == "." || p == ".." {
			parts[i] = strings.ReplaceAll(p, ".", "%2E")
		}
	}
	return strings.Join(parts, "/")
}

func (w *requestWriter) pathValue(name string, greedy bool) (string, error) {
	v, ok := w.in.Path[name]
	if !ok {
		return "", fmt.Errorf("path %s: no value given", name)
	}
	sl := slot{in: "path", name: name, style: "simple"}
	if p := w.op.Parameter("path", name); p != nil {
		sl = p.slot()
	}
	v, err := native(v)
	if err == nil {
		var text string
		if text, err = sl.pathText(v, greedy); err == nil {
			return text, nil
		}
	}
	return "", fmt.Errorf("path %s: %w", name, err)
}

func native(v any) (any, error) {
	if data, ok := v.([]byte); ok {
		return string(data), nil
	}
	return value.From(v)
}

// parameters writes the query, the headers and the cookies, documented ones first and in their order.
func (w *requestWriter) parameters() error {
	done := map[string]bool{}
	var cookies []string
	write := func(where string, sl slot, v any) error {
		v, err := native(v)
		if err != nil {
			return err
		}
		switch where {
		case "header":
			if !isToken(sl.name) {
				return errors.New("this is no name of a header")
			}
			text, err := sl.headerText(v)
			if err != nil {
				return err
			}
			if !utf8.ValidString(text) {
				return errors.New("a header cannot hold bytes that are not UTF-8")
			}
			w.header.Set(sl.name, text)
		case "cookie":
			text, err := sl.cookieText(v)
			if err != nil {
				return err
			}
			if text != "" {
				cookies = append(cookies, text)
			}
		case "querystring":
			text, err := sl.queryString(v)
			if err != nil {
				return err
			}
			w.query = append(w.query, text)
		default:
			list, err := sl.pairs(v)
			if err != nil {
				return err
			}
			if len(list) > 0 {
				w.query = append(w.query, joinPairs(list, "&"))
			}
		}
		return nil
	}
	for _, p := range w.op.Parameters() {
		v, ok := w.in.Value(p)
		if !ok || p.In == "path" {
			continue
		}
		done[p.In+" "+p.Name] = true
		if err := write(p.In, p.slot(), v); err != nil {
			return fmt.Errorf("%s: %w", p.place(), err)
		}
	}
	for _, where := range []string{"query", "header", "cookie"} {
		values := *w.in.values(where)
		var names []string
		for name := range values {
			if !done[where+" "+name] {
				names = append(names, name)
			}
		}
		sort.Strings(names)
		for _, name := range names {
			sl := slot{in: where, name: name, style: "form", explode: true}
			if where == "header" {
				sl.style, sl.explode = "simple", false
			}
			if err := write(where, sl, values[name]); err != nil {
				return fmt.Errorf("%s %s: %w", where, name, err)
			}
		}
	}
	if len(cookies) > 0 {
		if given := w.header.Get("Cookie"); given != "" {
			cookies = append([]string{given}, cookies...)
		}
		w.header.Set("Cookie", strings.Join(cookies, "; "))
	}
	return nil
}

// --- reading ------------------------------------------------------------------------------------

// Decode reads a request: parameters by their style, the body by its media type. What cannot be read is a Problem,
// and so is what is required and missing. The values are not checked against their schemas, and no default is put in.
// The body is read and put back.
func (op *Operation) Decode(r *http.Request, route Route) (Input, []Problem) {
	rd := op.read(r, route)
	return rd.in, rd.problems
}

// CheckRequest says how a request departs from what the document asks for: what Decode says, and how each value
// departs from its schema. The input is what could be read. Credentials are not looked at. Members that are readOnly
// and sent all the same are Warnings with the keyword readOnly.
func (op *Operation) CheckRequest(r *http.Request, route Route) (Input, []Problem) {
	rd := op.read(r, route)
	problems := rd.problems
	for _, p := range op.Parameters() {
		v, ok := rd.in.Value(p)
		if !ok || rd.skip[p.place()] {
			continue
		}
		var found []Problem
		switch {
		case p.Content != nil:
			found = p.Content.CheckBody(v, Request)
		case p.Schema != nil:
			found = p.Schema.Check(v, Request)
		}
		for _, x := range found {
			x.In = p.place()
			if private(p) {
				x = discreet(x)
			}
			problems = append(problems, x)
		}
	}
	if rd.in.HasBody && rd.media != nil && !rd.skip["body"] {
		for _, x := range rd.media.CheckBody(rd.in.Body, Request) {
			x.In = "body"
			problems = append(problems, x)
		}
		for _, x := range rd.media.strict(rd.in.Body, Request) {
			x.In, x.Severity = "body", Warning
			problems = append(problems, x)
		}
	}
	return rd.in, problems
}

// private says that the values of a parameter are not for other eyes: it looks like a credential.
func private(p *Parameter) bool {
	if p.In == "cookie" {
		return true
	}
	name := strings.ToLower(p.Name)
	for _, word := range []string{"auth", "token", "secret", "password", "passwd", "session", "cookie", "credential", "signature", "apikey", "api-key", "api_key"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// discreet takes the value out of a problem and leaves its type.
func discreet(p Problem) Problem {
	if p.Want == "" {
		p.Want = "what " + p.Keyword + " asks for"
	}
	kind, _, _ := strings.Cut(p.Got, " ")
	switch kind {
	case "string", "number", "integer", "boolean", "null", "array", "object":
		p.Got = kind
	default:
		p.Got = "another value"
	}
	p.Message, p.Hint = "", ""
	return p
}

type requestReader struct {
	op       *Operation
	in       Input
	problems []Problem
	skip     map[string]bool // places whose value is not to be checked
	media    *MediaType
}

func (rd *requestReader) add(p *Parameter, problem Problem) {
	problem.In, problem.Position, problem.Pointer = p.place(), p.Position, p.Pointer
	if private(p) && problem.Message == "" && problem.Keyword != "required" && problem.Keyword != "repeated" {
		problem = discreet(problem)
	}
	rd.problems = append(rd.problems, problem)
}

func (op *Operation) read(r *http.Request, route Route) *requestReader {
	rd := &requestReader{op: op, skip: map[string]bool{}}
	pairs, ok := splitPairs(r.URL.RawQuery, "&", func(s string) string { return unescape(s, true) })
	if !ok {
		rd.problems = append(rd.problems, Problem{In: "query", Keyword: "size", Message: fmt.Sprintf("more than %d query parameters", maxPairs)})
	}
	taken := map[string]bool{}
	for _, p := range op.Parameters() {
		if p.In == "query" {
			taken[p.Name] = true
		}
	}
	var late []*Parameter // those that take what the others leave
	whole := false
	for _, p := range op.Parameters() {
		if p.In == "query" && p.Content == nil && p.Style == "form" && p.Explode && shapeOf(p.Schema).kinds()&Object != 0 && p.Schema != nil {
			late = append(late, p)
			continue
		}
		whole = whole || p.In == "querystring"
		rd.parameter(p, r, route, pairs, taken)
	}
	rd.credentials(pairs)
	for _, p := range late {
		rd.parameter(p, r, route, pairs, taken)
	}
	if !whole {
		seen := map[string]bool{}
		for _, p := range pairs {
			if !p.used && !seen[p.name] {
				seen[p.name] = true
				rd.in.Unknown = append(rd.in.Unknown, p.name)
			}
		}
	}
	rd.body(r)
	return rd
}

// credentials marks the query parameters that a security scheme or the path itself asks for.
func (rd *requestReader) credentials(pairs []pair) {
	known := map[string]bool{}
	for _, alternative := range rd.op.Security() {
		for _, need := range alternative {
			if need.Scheme != nil && need.Scheme.In == "query" {
				known[need.Scheme.Parameter] = true
			}
		}
	}
	if i := strings.IndexAny(rd.op.Path, "?#"); i >= 0 {
		for _, one := range strings.Split(rd.op.Path[i+1:], "&") {
			name, _, _ := strings.Cut(one, "=")
			known[name] = true
		}
	}
	for i := range pairs {
		pairs[i].used = pairs[i].used || known[pairs[i].name]
	}
}

func (rd *requestReader) parameter(p *Parameter, r *http.Request, route Route, pairs []pair, taken map[string]bool) {
	sl := p.slot()
	var v any
	var present bool
	var problem *Problem
	switch p.In {
	case "path":
		raw, ok := route.Path[p.Name]
		if !ok && !strings.Contains(rd.op.Path, "{") {
			return
		}
		if present = ok; ok {
			v, problem = sl.readPath(raw)
		}
	case "header":
		lines := r.Header.Values(p.Name)
		if len(lines) == 0 {
			lines = apart(r, p.Name)
		}
		if present = len(lines) > 0; present {
			v, problem = sl.readHeader(lines)
		}
	case "cookie":
		v, present, problem = sl.readPairs(cookiePairs(r, sl), nil)
	case "querystring":
		v, present, problem = sl.readQueryString(r.URL.RawQuery)
	default:
		others := taken
		if len(pairs) > 0 && taken[p.Name] {
			others = make(map[string]bool, len(taken))
			for name := range taken {
				others[name] = name != p.Name
			}
		}
		v, present, problem = sl.readPairs(pairs, others)
		if text, empty := v.(string); present && empty && text == "" && p.AllowEmptyValue {
			rd.skip[p.place()] = true
		}
		if list, ok := v.([]any); ok && p.AllowEmptyValue && (len(list) == 0 || len(list) == 1 && list[0] == "") {
			rd.skip[p.place()] = true
		}
	}
	if problem != nil {
		rd.skip[p.place()] = true
		rd.add(p, *problem)
	}
	if !present {
		if p.Required && (p.In != "path" || strings.Contains(rd.op.Path, p.Name)) {
			rd.add(p, Problem{Keyword: "required", Got: "nothing", Want: "a value"})
		}
		return
	}
	if problem == nil && !wellFormed(v) {
		rd.skip[p.place()] = true
		rd.add(p, Problem{Keyword: "syntax", Message: "the text is not UTF-8"})
	}
	rd.in.Set(p, v)
}

// apart gives the headers that net/http keeps beside the others.
func apart(r *http.Request, name string) []string {
	switch {
	case strings.EqualFold(name, "Host") && r.Host != "":
		return []string{r.Host}
	case strings.EqualFold(name, "Content-Length") && r.ContentLength >= 0:
		return []string{strconv.FormatInt(r.ContentLength, 10)}
	case strings.EqualFold(name, "Transfer-Encoding"):
		return r.TransferEncoding
	}
	return nil
}

// cookiePairs reads the Cookie headers (RFC 6265, section 5.4), more kindly than net/http: nothing is dropped.
func cookiePairs(r *http.Request, sl slot) []pair {
	raw := strings.Join(r.Header.Values("Cookie"), "; ")
	if sl.style != "cookie" && sl.explode && sl.shape.kinds() != AnyType && sl.shape.allows(Array|Object) {
		// before 3.2 the style's own table has ampersands between exploded items
		raw = strings.ReplaceAll(raw, "&", ";")
	}
	pairs, _ := splitPairs(raw, ";", func(s string) string { return s })
	for i, p := range pairs {
		if n := len(p.raw); n >= 2 && p.raw[0] == '"' && p.raw[n-1] == '"' {
			pairs[i].raw = p.raw[1 : n-1]
		}
	}
	return pairs
}
