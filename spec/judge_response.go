package spec

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"sort"
	"strconv"
	"strings"
)

// CheckResponse says how a response departs from what the document promises: its status, media type, headers
// and body. It reads the body and puts it back. res.Request, when set, tells a HEAD from a GET.
//
// libopenapi-validator judges the response; the rules of this file say what it does not see, or sees wrongly. In of a
// Problem is "status", "media type", "header NAME" or "body". Beside those of schemas the keywords are status, media type,
// body (there is one and should not be, or the other way round), encoding (bytes that cannot be read as their media
// type), duplicate (a member that comes twice), required and repeated (headers), and writeOnly.
func (op *Operation) CheckResponse(res *http.Response) []Problem {
	c := responseCheck{op: op, res: res}
	if !c.status() {
		return c.out
	}
	c.headers()
	data, ok := c.read()
	if !ok || !c.presence(data) {
		return c.out
	}
	if m := c.mediaType(data); m != nil {
		c.body(m, data)
	}
	return c.out
}

type responseCheck struct {
	op   *Operation
	res  *http.Response
	spec *ResponseSpec
	out  []Problem
}

func (c *responseCheck) say(p Problem) {
	if p.Pointer == "" && c.spec != nil {
		p.Position, p.Pointer = c.spec.Position, c.spec.Pointer
	}
	c.out = append(c.out, p)
}

// status: the document speaks of the status itself, of its range, or by default. The validator does not know a default
// without content.
func (c *responseCheck) status() bool {
	all := c.op.Responses()
	if c.spec = c.op.Response(c.res.StatusCode); c.spec != nil {
		return true
	}
	if len(all) == 0 && len(c.op.Problems()) == 0 {
		return false // nothing is promised
	}
	var names []string
	for _, r := range all {
		names = append(names, r.Status)
	}
	pos, pointer := c.op.Position, c.op.Pointer
	if c.op.node.get("responses") != nil {
		pos, pointer = c.op.node.posOf("responses"), pointer+"/responses"
	}
	want := "a documented status: " + strings.Join(names, ", ")
	if names == nil {
		want = "a documented status, and none can be read"
	}
	c.say(Problem{In: "status", Keyword: "status", Got: strconv.Itoa(c.res.StatusCode), Want: want, Position: pos, Pointer: pointer})
	return false
}

// headers: one that is required is there, and one that is there is right, required or not; the validator looks at the
// required ones alone, and reads an array as one text.
func (c *responseCheck) headers() {
	for _, h := range c.spec.Headers {
		in := "header " + h.Name
		at := func(p Problem) {
			if p.Pointer == "" {
				p.Position, p.Pointer = h.Position, h.Pointer
			}
			p.In = in
			c.say(p)
		}
		lines := c.res.Header.Values(h.Name)
		if len(lines) == 0 {
			if h.Required {
				at(Problem{Keyword: "required", Got: "no such header", Want: "header " + h.Name, Message: fmt.Sprintf("header %s is missing", h.Name)})
			}
			continue
		}
		groups := [][]string{lines}
		if strings.EqualFold(h.Name, "Set-Cookie") { // RFC 6265, section 3: its lines cannot be joined
			groups = nil
			for _, line := range lines {
				groups = append(groups, []string{line})
			}
		}
		for _, lines := range groups {
			v, problem := h.slot().readHeader(lines)
			if problem != nil {
				at(*problem)
				continue
			}
			schema := h.Schema
			if h.Content != nil {
				schema = h.Content.Schema
			}
			for _, p := range schema.Check(v, Response) {
				if secretHeader(h.Name) {
					p.Got, p.Message = "a value that is not shown", ""
				}
				at(p)
			}
		}
	}
}

func (h *Header) slot() slot {
	style := map[string]string{" ": "spaceDelimited", "|": "pipeDelimited", "\t": "tabDelimited"}[h.Separator]
	if style == "" {
		style = "simple"
	}
	return slot{in: "header", name: h.Name, style: style, explode: h.Explode, shape: shapeOf(h.Schema), content: h.Content}
}

func secretHeader(name string) bool {
	return strings.EqualFold(name, "Set-Cookie") || secretName.MatchString(name)
}

// read takes the body, its content codings undone, and puts it back.
func (c *responseCheck) read() ([]byte, bool) {
	data, p := readBody(&c.res.Body)
	if p == nil && len(data) > 0 && !c.res.Uncompressed {
		data, p = unpack(data, c.res.Header.Values("Content-Encoding"))
	}
	if p != nil {
		p.In, p.Keyword = "body", "encoding"
		c.say(*p)
	}
	return data, p == nil
}

// bodyless says that HTTP knows no body for the answer (RFC 9110, sections 6.4.1 and 9.3.2).
func (c *responseCheck) bodyless() bool {
	s := c.res.StatusCode
	return c.head() || s < 200 || s == http.StatusNoContent || s == http.StatusNotModified
}

func (c *responseCheck) head() bool {
	if c.res.Request != nil && c.res.Request.Method != "" {
		return c.res.Request.Method == http.MethodHead
	}
	return c.op.Method == http.MethodHead
}

// presence: a body is there where one is documented, and only there. The validator takes an empty body for any schema
// and a body with a 204. It says whether there is more to look at.
func (c *responseCheck) presence(data []byte) bool {
	documented := len(c.spec.Content) > 0
	if c.bodyless() {
		if len(data) > 0 {
			what := fmt.Sprintf("status %d", c.res.StatusCode)
			if c.head() {
				what = "HEAD"
			}
			c.say(Problem{In: "body", Keyword: "body", Got: plural(len(data), "byte"), Want: "no body, for an answer to " + what + " has none"})
		}
		if c.head() && documented && c.res.Header.Get("Content-Type") != "" {
			c.mediaType(nil)
		}
		return false
	}
	if !documented {
		if len(bytes.TrimSpace(data)) > 0 {
			p := Problem{In: "body", Keyword: "body", Got: plural(len(data), "byte"), Want: "no body, for the document describes none"}
			if c.res.StatusCode >= 300 {
				p.Severity = Warning // documents often leave out what errors look like
			}
			c.say(p)
		}
		return false
	}
	if len(data) > 0 {
		return true
	}
	contentType := c.res.Header.Get("Content-Type")
	for _, m := range c.spec.Content {
		kind := contentType
		if kind == "" {
			kind = m.concrete()
		}
		if m.emptyBody(kind) {
			if contentType == "" {
				return false // no bytes are a value of a documented media type
			}
			return true
		}
	}
	var names []string
	for _, m := range c.spec.Content {
		names = append(names, m.Name)
	}
	c.say(Problem{In: "body", Keyword: "body", Got: "an empty body", Want: "a body of " + strings.Join(names, " or ")})
	return false
}

// mediaType: the Content-Type is a documented one, ranges, parameters and case minded as RFC 9110, section 8.3, asks;
// the validator compares the names alone. The result is nil when there is none to judge the body by.
func (c *responseCheck) mediaType(data []byte) *MediaType {
	var names []string
	for _, m := range c.spec.Content {
		names = append(names, m.Name)
	}
	want := strings.Join(names, " or ")
	contentType := c.res.Header.Get("Content-Type")
	if contentType == "" {
		if c.spec.AnyContent {
			return c.spec.Content[0]
		}
		c.say(Problem{In: "media type", Keyword: "media type", Got: "no Content-Type", Want: want})
		if len(c.spec.Content) == 1 && c.spec.Content[0].guess(data) {
			return c.spec.Content[0]
		}
		return nil
	}
	if _, _, err := mime.ParseMediaType(contentType); err != nil && err != mime.ErrInvalidMediaParameter {
		c.say(Problem{In: "media type", Keyword: "media type", Got: shorten(contentType), Want: want, Message: fmt.Sprintf("Content-Type %q is no media type: %v", shorten(contentType), err)})
		return nil
	}
	if c.spec.AnyContent { // 2.0 without produces names none
		return c.spec.Content[0]
	}
	m := MatchMedia(c.spec.Content, contentType)
	if m == nil {
		c.say(Problem{In: "media type", Keyword: "media type", Got: shorten(contentType), Want: want})
	}
	return m
}

// body: the bytes are of their media type, and their value obeys the schema.
func (c *responseCheck) body(m *MediaType, data []byte) {
	contentType := c.res.Header.Get("Content-Type")
	v, problems := m.DecodeBody(data, contentType)
	for _, p := range problems {
		if p.Keyword == "syntax" || p.Keyword == "charset" {
			p.Keyword = "encoding"
		}
		c.say(p)
	}
	if len(problems) > 0 {
		return
	}
	place := func(list []Problem) []Problem {
		for i := range list {
			list[i].In = "body"
			if list[i].Pointer == "" {
				list[i].Position, list[i].Pointer = m.Position, m.Pointer
			}
		}
		return list
	}
	own := place(m.CheckBody(v, Response))
	c.out = append(c.out, own...)
	c.out = append(c.out, place(m.strict(v, Response))...)
	if len(own) == 0 {
		second := place(c.op.secondOpinion(c.res, m, data, v))
		c.out = append(c.out, second...)
	}
	sort.SliceStable(c.out, func(a, b int) bool {
		return c.out[a].In == "body" && c.out[b].In == "body" && c.out[a].At < c.out[b].At
	})
}
