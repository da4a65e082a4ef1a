package contract

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// rehearse writes a case as it will travel, reads it back as a server would, and asks the document about it.
func (r *runner) rehearse(ctx context.Context, c Case) (*http.Request, []spec.Problem, error) {
	op := c.Operation
	base := "http://" + r.target.Host
	if servers := op.Servers(); len(servers) > 0 {
		base += servers[0].Path
	}
	draft, err := r.draft(ctx, base, c, c.Input)
	if err != nil {
		return nil, nil, err
	}
	draft.Host = "" // the caller's may be any name
	for _, segment := range strings.Split(draft.URL.EscapedPath(), "/") {
		if un, err := url.PathUnescape(segment); err == nil && (un == "." || un == "..") {
			return nil, nil, fmt.Errorf("the path %s leads elsewhere", draft.URL.EscapedPath())
		}
	}
	req, err := overWire(draft)
	if err != nil {
		return nil, nil, err
	}
	route := r.doc.Route(req)
	if route.Operation != op {
		if route.Operation == nil {
			return nil, nil, fmt.Errorf("the path %s is none of the document's", req.URL.EscapedPath())
		}
		return nil, nil, fmt.Errorf("the path %s is that of %s", req.URL.EscapedPath(), route.Operation.ID)
	}
	_, problems := op.CheckRequest(req, route)
	return req, problems, nil
}

// overWire gives a request as it arrives: the client trims headers, and a body that is not there is not sent.
func overWire(req *http.Request) (*http.Request, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(io.LimitReader(req.Body, maxBody)); err != nil {
			return nil, fmt.Errorf("the body cannot be written: %w", err)
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	req.ContentLength = int64(len(body))
	var wire bytes.Buffer
	if err := req.Write(&wire); err != nil {
		return nil, fmt.Errorf("it cannot be written: %w", err)
	}
	in, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	in.URL.Scheme, in.URL.Host = req.URL.Scheme, req.URL.Host
	in.Body = io.NopCloser(bytes.NewReader(body))
	return in, nil
}

// spoiled makes a case that is invalid in one place of its input; false where what would travel is valid, is invalid in
// another way, or is what many servers take all the same.
func (r *runner) spoiled(ctx context.Context, c Case, in, at, keyword string) (Case, bool) {
	c.Kind = Bad
	if c.Echo != nil && in == "body" {
		c.Echo, c.EchoOnly = nil, false
	}
	req, problems, err := r.rehearse(ctx, c)
	if err != nil {
		return c, false
	}
	var errors []spec.Problem
	for _, p := range problems {
		if p.Severity != spec.Error {
			continue
		}
		if p.In != in || p.Code != "" {
			return c, false
		}
		errors = append(errors, p)
	}
	meant := func(p spec.Problem) bool {
		return strings.HasPrefix(in, "body") && p.At == at || p.Keyword == keyword || keyword == "type" && !strings.HasPrefix(in, "body")
	}
	i := slices.IndexFunc(errors, meant)
	if i < 0 {
		return c, false
	}
	fault := errors[i]
	if strings.HasPrefix(in, "path ") && evades(req.URL.EscapedPath(), c.Operation) {
		return c, false
	}
	weight, ok := weigh(c, fault)
	if !ok {
		return c, false
	}
	fault.Severity = weight
	c.Fault = &fault
	return c, true
}

// evades says that a path holds what servers and proxies read in ways of their own: an escaped slash, an empty segment.
func evades(path string, op *spec.Operation) bool {
	lower := strings.ToLower(path)
	for _, part := range []string{"%2f", "%5c", "%00", "//", "%0", "%2e", "%3b", ";"} {
		if strings.Contains(lower, part) && !strings.Contains(strings.ToLower(op.Path), part) {
			return true
		}
	}
	return strings.HasSuffix(path, "/") && !strings.HasSuffix(op.Path, "/")
}

// weigh says what it means that a fault is accepted: an error where every server that looks at its input sees it, a
// warning where leniency is common. false: servers that keep the promise accept it too.
func weigh(c Case, fault spec.Problem) (Level, bool) {
	in, name, _ := strings.Cut(fault.In, " ")
	if in == "body" {
		return weighBody(c, fault)
	}
	p := c.Operation.Parameter(in, name)
	if p == nil {
		return Warning, in == "query"
	}
	s := p.Schema.Deref()
	if fault.Keyword == "required" && fault.At == "" {
		if in == "cookie" || s != nil && s.Default != nil {
			return Warning, true
		}
		return Error, true
	}
	if in == "header" || in == "cookie" || p.Content != nil || s == nil || fault.At != "" {
		return Warning, true
	}
	v, _ := c.Input.Value(p)
	text, scalar := plainText(v)
	if text == "" && scalar && !p.Required {
		return Warning, false // an empty text counts as none
	}
	if fault.Keyword != "type" && fault.Keyword != "syntax" {
		return Warning, true
	}
	if !scalar {
		return Warning, true
	}
	lower := strings.ToLower(strings.TrimSpace(text))
	switch {
	case s.Types&spec.Boolean != 0 && slices.Contains([]string{"0", "1", "true", "false", "yes", "no", "on", "off", "t", "f", "y", "n"}, lower):
		return Warning, false
	case s.Types&(spec.Integer|spec.Number) != 0:
		if _, err := json.Number(lower).Float64(); err == nil {
			return Warning, true // 1.5 for an integer is cut by many
		}
	}
	if text == "" || lower == "null" {
		return Warning, true
	}
	if s.Types&^(spec.Integer|spec.Number|spec.Boolean|spec.Null) == 0 && s.Types != 0 {
		return Error, true
	}
	return Warning, true
}

func plainText(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case json.Number, bool:
		return string(value.Append(nil, v)), true
	}
	return "", false
}

func weighBody(c Case, fault spec.Problem) (Level, bool) {
	if fault.Keyword == "required" && fault.At == "" && !c.Input.HasBody {
		return Error, true
	}
	raw, isRaw := c.Input.Body.([]byte)
	if !isJSON(c.Input.MediaType) {
		if fault.Keyword == "required" {
			return Error, true
		}
		return Warning, true
	}
	if isRaw {
		_, err := value.Parse(raw)
		if err != nil {
			return Error, true
		}
	}
	v, found := value.Pointer(c.Input.Body, fault.At)
	if isRaw {
		v, found = nil, false
	}
	switch fault.Keyword {
	case "required":
		return Error, true
	case "type":
		if !found {
			return Warning, true
		}
		if v == nil {
			return weighNull(c, fault.At)
		}
		switch x := v.(type) {
		case string:
			lower := strings.ToLower(x)
			if _, err := json.Number(lower).Float64(); err == nil || lower == "true" || lower == "false" {
				return Warning, true // 64-bit integers travel as texts
			}
			return Error, true
		case json.Number, bool:
			if strings.Contains(fault.Want, "string") || strings.Contains(fault.Want, "boolean") || strings.Contains(fault.Want, "integer") {
				return Warning, true // made a text, a flag, a whole number by many
			}
		}
		return Error, true
	case "const", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems", "pattern":
		return Error, true
	}
	return Warning, true
}

// weighNull weighs a null: for a member that may be left out it is as good as that to many servers.
func weighNull(c Case, at string) (Level, bool) {
	parent, name := at[:max(0, strings.LastIndexByte(at, '/'))], at[strings.LastIndexByte(at, '/')+1:]
	body := value.Clone(c.Input.Body)
	around, _ := value.Pointer(body, parent)
	o, ok := around.(*value.Object)
	m := spec.MatchMedia(c.Operation.Body().Content, c.Input.MediaType)
	if at == "" || !ok || m == nil {
		return Warning, true
	}
	o.Delete(value.Unescape(name))
	if len(m.Schema.Check(body, spec.Request)) == 0 {
		return Warning, false
	}
	return Error, true
}
