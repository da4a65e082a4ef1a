package spec

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"strings"
	"unicode/utf8"

	"github.com/specimen-api/specimen/internal/value"
)

// maxParts bounds the parts of a multipart body.
const maxParts = 10_000

type bodyPart struct {
	name, file  string
	contentType string
	data        []byte
}

// decodeMultipart reads multipart/form-data (RFC 7578) and its relatives: an object by the names of the parts, or an
// array of the parts where the schema says so. A file is the string of its bytes.
func (m *MediaType) decodeMultipart(data []byte, name, boundary string) (any, []Problem) {
	if boundary == "" {
		return nil, []Problem{{Keyword: "syntax", Message: "the Content-Type of a multipart body names no boundary"}}
	}
	parts, problem := readParts(data, boundary)
	if problem != nil {
		return nil, []Problem{*problem}
	}
	sh := shapeOf(m.Schema)
	var problems []Problem
	if sh.kinds() != AnyType && !sh.allows(Object) && sh.allows(Array) || m.ItemSchema != nil {
		list := make([]any, len(parts))
		for i, p := range parts {
			item := sh.item(i)
			if len(item) == 0 {
				item = shapeOf(m.ItemSchema)
			}
			v, problem := p.read(item, nil)
			if problem != nil {
				problem.At = fmt.Sprintf("/%d%s", i, problem.At)
				problems = append(problems, *problem)
			}
			list[i] = v
		}
		if problems != nil {
			return nil, problems
		}
		return list, nil
	}
	byName := map[string][]bodyPart{}
	var order []string
	names := sh.names()
	for i, p := range parts {
		if p.name == "" && i < len(names) {
			p.name = names[i] // a part without a name is the member at its place
		}
		if byName[p.name] == nil {
			order = append(order, p.name)
		}
		byName[p.name] = append(byName[p.name], p)
	}
	o := &value.Object{}
	rest := &treeNode{}
	for _, name := range order {
		i := strings.IndexByte(name, '[')
		if i > 0 && !sh.declares(name) {
			if keys, ok := brackets(name[i:]); ok {
				for _, p := range byName[name] {
					rest.put(append([]string{name[:i]}, keys...), string(p.data))
				}
				continue
			}
		}
		v, problem := m.readMember(name, byName[name])
		if problem != nil {
			problem.At = "/" + value.Escape(name) + problem.At
			problems = append(problems, *problem)
			continue
		}
		o.Set(name, v)
	}
	for _, key := range rest.keys {
		if name := key[1:]; !o.Has(name) {
			o.Set(name, rest.kids[key].value(sh.property(name)))
		}
	}
	if problems != nil {
		return nil, problems
	}
	return o, nil
}

func readParts(data []byte, boundary string) ([]bodyPart, *Problem) {
	r := multipart.NewReader(bytes.NewReader(data), boundary)
	var out []bodyPart
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err == nil && len(out) == maxParts {
			return nil, &Problem{Keyword: "size", Message: fmt.Sprintf("more than %d parts", maxParts)}
		}
		var content []byte
		if err == nil {
			content, err = io.ReadAll(part)
		}
		if err != nil {
			return nil, &Problem{Keyword: "syntax", Message: fmt.Sprintf("part %d cannot be read: %v", len(out)+1, err)}
		}
		p := bodyPart{contentType: part.Header.Get("Content-Type"), data: content}
		if _, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition")); err == nil {
			p.name, p.file = params["name"], params["filename"]
		}
		out = append(out, p)
	}
}

func (m *MediaType) readMember(name string, parts []bodyPart) (any, *Problem) {
	sh := shapeOf(m.Schema).property(name)
	e := m.Encoding[name]
	kinds := sh.kinds()
	array := kinds != AnyType && kinds&Array != 0
	if e != nil && (e.Style != "" || e.Explode != nil) && array && len(parts) == 1 {
		if sl := m.member(name); !sl.explode && sl.content == nil {
			_, seps := slot{in: "header", style: sl.style}.separator()
			same := func(s string) string { return s }
			return sl.parse(string(parts[0].data), dialect{escape: same, unescape: same}, seps, false), nil
		}
	}
	if len(parts) == 1 && (!array || kinds&scalar != 0) {
		return parts[0].read(sh, e)
	}
	if len(parts) == 1 && array {
		kind, _ := mediaName(parts[0].contentType)
		if v, ok := jsonText(string(parts[0].data), Array); ok && (formOf(kind) == formJSON || parts[0].contentType == "" && sh.item(0).kinds()&String == 0) {
			return v, nil
		}
	}
	list := make([]any, len(parts))
	for i, p := range parts {
		v, problem := p.read(sh.item(i), e)
		if problem != nil {
			problem.At = fmt.Sprintf("/%d%s", i, problem.At)
			return nil, problem
		}
		list[i] = v
	}
	return list, nil
}

// read gives the value of one part, by its Content-Type and the schema.
func (p bodyPart) read(sh shape, e *Encoding) (any, *Problem) {
	kind, _ := mediaName(p.contentType)
	if e != nil && e.ContentType != "" && p.contentType != "" {
		fits := false
		for _, one := range strings.Split(e.ContentType, ",") {
			fits = fits || MatchMedia([]*MediaType{{Name: strings.TrimSpace(one)}}, p.contentType) != nil
		}
		if !fits {
			return nil, &Problem{Keyword: "contentType", Got: shorten(p.contentType), Want: e.ContentType}
		}
	}
	if p.contentType == "" && e != nil && !strings.ContainsAny(e.ContentType, ",*") {
		kind, _ = mediaName(e.ContentType)
	}
	kinds := sh.kinds()
	if f := formOf(kind); kind != "" && (f == formJSON || f == formXML) && !(kinds == String && f == formXML) && !(kinds == String && p.file != "") {
		inner := &MediaType{Name: kind}
		if len(sh) > 0 {
			inner.Schema = sh[0]
		}
		contentType := p.contentType
		if contentType == "" {
			contentType = kind
		}
		v, problems := inner.DecodeBody(p.data, contentType)
		if len(problems) > 0 {
			problems[0].In, problems[0].Pointer = "", ""
			return nil, &problems[0]
		}
		return v, nil
	}
	if !utf8.Valid(p.data) {
		return string(p.data), nil // a file
	}
	return sh.read(string(p.data), true), nil
}

// encodeMultipart writes the parts. The boundary is made of what they hold, so that the same value gives the same bytes.
func (m *MediaType) encodeMultipart(v any, contentType string) ([]byte, string, error) {
	name, _ := mediaName(contentType)
	var parts []bodyPart
	sh := shapeOf(m.Schema)
	switch v := v.(type) {
	case *value.Object:
		for member, x := range v.All() {
			more, err := m.partsOf(member, x, sh.property(member))
			if err != nil {
				return nil, "", fmt.Errorf("member %s: %w", member, err)
			}
			parts = append(parts, more...)
		}
	case []any:
		for i, x := range v {
			item := sh.item(i)
			if len(item) == 0 {
				item = shapeOf(m.ItemSchema)
			}
			one, err := partOf("", x, item, nil)
			if err != nil {
				return nil, "", fmt.Errorf("part %d: %w", i+1, err)
			}
			parts = append(parts, one)
		}
	default:
		return nil, "", fmt.Errorf("a multipart body holds an object or an array, not %s", value.Kind(v))
	}
	sum := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(sum, "%q%q%d", p.name, p.contentType, len(p.data))
		sum.Write(p.data)
	}
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	boundary := "part-" + hex.EncodeToString(sum.Sum(nil))[:24]
	if err := w.SetBoundary(boundary); err != nil {
		return nil, "", err
	}
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		if p.name != "" || name == "multipart/form-data" {
			disposition := `form-data; name="` + quoteName(p.name) + `"`
			if p.file != "" {
				disposition += `; filename="` + quoteName(p.file) + `"`
			}
			h.Set("Content-Disposition", disposition)
		}
		if p.contentType != "" {
			h.Set("Content-Type", p.contentType)
		}
		pw, err := w.CreatePart(h)
		if err != nil {
			return nil, "", err
		}
		pw.Write(p.data)
	}
	if len(parts) == 0 {
		// mime/multipart reads a body of no parts only with its opening line
		out.WriteString("--" + boundary + "--\r\n")
	} else if err := w.Close(); err != nil {
		return nil, "", err
	}
	return out.Bytes(), name + "; boundary=" + boundary, nil
}

// quoteName writes a name between quotes; line breaks as browsers do (HTML, multipart/form-data encoding algorithm).
func quoteName(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "%0D", "\n", "%0A").Replace(s)
}

func (m *MediaType) partsOf(name string, v any, sh shape) ([]bodyPart, error) {
	e := m.Encoding[name]
	list, ok := v.([]any)
	if !ok {
		p, err := partOf(name, v, sh, e)
		return []bodyPart{p}, err
	}
	if e != nil && (e.Style != "" || e.Explode != nil) {
		if sl := m.member(name); !sl.explode && sl.content == nil {
			same := func(s string) string { return s }
			sep, _ := slot{in: "header", style: sl.style}.separator()
			return []bodyPart{{name: name, data: []byte(join(v, dialect{escape: same}, sep, ""))}}, nil
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	var out []bodyPart
	for i, x := range list {
		p, err := partOf(name, x, sh.item(i), e)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func partOf(name string, v any, sh shape, e *Encoding) (bodyPart, error) {
	p := bodyPart{name: name}
	if e != nil && e.ContentType != "" {
		first, _, _ := strings.Cut(e.ContentType, ",")
		p.contentType = (&MediaType{Name: strings.TrimSpace(first)}).concrete()
	}
	switch v := v.(type) {
	case []byte:
		p.data = v
	case string:
		p.data = []byte(v)
		if sh.binary() || !utf8.ValidString(v) {
			p.file = "file"
			if p.contentType == "" {
				p.contentType = "application/octet-stream"
			}
		}
		kind, _ := mediaName(p.contentType)
		if formOf(kind) == formJSON && p.file == "" {
			p.data = value.Append(nil, v)
		}
		return p, nil
	case nil:
		if sh.kinds()&String == 0 {
			p.data = []byte("null")
		}
	default:
		kind, _ := mediaName(p.contentType)
		switch v.(type) {
		case *value.Object, []any:
			if kind == "" {
				p.contentType = "application/json"
			}
		}
		if formOf(kind) == formXML && kind != "" {
			inner := &MediaType{Name: kind}
			if len(sh) > 0 {
				inner.Schema = sh[0]
			}
			data, _, err := inner.EncodeBody(v)
			p.data = data
			return p, err
		}
		p.data = value.Append(nil, v)
	}
	return p, nil
}
