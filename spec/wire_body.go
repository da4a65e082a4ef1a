package spec

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/specimen-api/specimen/internal/value"
)

// maxBody bounds a body, as it comes and unpacked: 32 MiB.
const maxBody = 32 << 20

// form of a body: how its bytes hold a value.
type bodyForm uint8

const (
	formBinary bodyForm = iota
	formJSON
	formXML
	formURL
	formMultipart
	formText
	formCSV
	formLines // JSON values, one a line
	formSeq   // RFC 7464
	formEvents
	formYAML
)

// formOf reads it off the media type.
func formOf(name string) bodyForm {
	kind, sub, _ := strings.Cut(name, "/")
	switch sub {
	case "x-ndjson", "ndjson", "jsonl", "x-jsonl", "jsonlines", "x-jsonlines", "json-lines", "stream+json", "x-json-stream":
		return formLines
	case "json-seq":
		return formSeq
	case "event-stream":
		return formEvents
	case "x-www-form-urlencoded":
		return formURL
	case "json", "x-json", "json5":
		return formJSON
	case "xml":
		return formXML
	case "csv":
		return formCSV
	case "yaml", "x-yaml", "yml", "vnd.yaml", "x-yml":
		return formYAML
	}
	switch {
	case kind == "multipart":
		return formMultipart
	case strings.HasSuffix(sub, "+json-seq"):
		return formSeq
	case strings.HasSuffix(sub, "+json"):
		return formJSON
	case strings.HasSuffix(sub, "+xml") && name != "image/svg+xml":
		return formXML
	case strings.HasSuffix(sub, "+yaml"):
		return formYAML
	case kind == "text", sub == "graphql", sub == "javascript", sub == "x-javascript", sub == "sql", sub == "jwt", sub == "jose":
		return formText
	}
	return formBinary
}

// concrete gives a media type to send for the entry: its own name, or one that its range holds.
func (m *MediaType) concrete() string {
	name, _ := mediaName(m.Name)
	if !strings.Contains(name, "*") && name != "" {
		return m.Name
	}
	if before, suffix, ok := strings.Cut(name, "/*+"); ok {
		return before + "/" + suffix
	}
	kind, _, _ := strings.Cut(name, "/")
	switch kind {
	case "text":
		return "text/plain"
	case "image":
		return "image/png"
	case "audio":
		return "audio/mpeg"
	case "video":
		return "video/mp4"
	case "multipart":
		return "multipart/form-data"
	}
	if m.binary() {
		return "application/octet-stream"
	}
	return "application/json"
}

// binary says that the schema describes bytes, not a JSON value.
func (m *MediaType) binary() bool { return shapeOf(m.Schema).binary() }

func (m *MediaType) form() bool {
	name, _ := mediaName(m.concrete())
	return formOf(name) == formURL
}

// body reads the body of a request.
func (rd *requestReader) body(r *http.Request) {
	body := rd.op.Body()
	if body == nil {
		return
	}
	add := func(p Problem) {
		rd.skip["body"] = true
		p.Position, p.Pointer = body.Position, body.Pointer
		rd.problems = append(rd.problems, p)
	}
	data, problem := readBody(&r.Body)
	if problem != nil {
		rd.in.HasBody = true
		add(*problem)
		return
	}
	contentType := r.Header.Get("Content-Type")
	m := body.Match(contentType)
	if len(data) == 0 && (m == nil || contentType == "" || !m.emptyBody(contentType)) {
		if body.Required {
			add(Problem{In: "body", Keyword: "required", Got: "nothing", Want: "a body"})
		}
		return
	}
	if len(data) > 0 {
		if data, problem = unpack(data, r.Header.Values("Content-Encoding")); problem != nil {
			rd.in.HasBody = true
			add(*problem)
			return
		}
	}
	rd.in.HasBody = true
	if strings.TrimSpace(contentType) == "" && len(body.Content) == 1 {
		if only := body.Content[0]; only.guess(data) {
			m, contentType = only, only.concrete()
		}
	}
	if m == nil {
		var want []string
		for _, x := range body.Content {
			want = append(want, x.Name)
		}
		got := contentType
		if got == "" {
			got = "none"
		}
		add(Problem{In: "media type", Keyword: "media type", Got: shorten(got), Want: strings.Join(want, " or ")})
		return
	}
	rd.media, rd.in.MediaType = m, m.Name
	v, problems := m.DecodeBody(data, contentType)
	rd.in.Body = v
	for _, p := range problems {
		p.In = "body"
		add(p)
	}
}

// guess says whether a body without a Content-Type looks like this one.
func (m *MediaType) guess(data []byte) bool {
	name, _ := mediaName(m.concrete())
	text := bytes.TrimSpace(data)
	return formOf(name) == formJSON && len(text) > 0 && (strings.IndexByte(`{["-0123456789tfn`, text[0]) >= 0)
}

// emptyBody says that no bytes at all are a value of the media type: text, bytes, a form without members.
func (m *MediaType) emptyBody(contentType string) bool {
	name, _ := mediaName(contentType)
	switch formOf(name) {
	case formURL, formText, formLines, formSeq, formEvents, formCSV:
		return true
	case formBinary:
		return !m.json()
	}
	return false
}

// json says that a media type of unknown make holds JSON: its schema describes no bytes and no text.
func (m *MediaType) json() bool {
	kinds := shapeOf(m.Schema).kinds()
	return kinds != AnyType && kinds&String == 0 && !m.binary()
}

// readBody reads a body and puts it back.
func readBody(body *io.ReadCloser) ([]byte, *Problem) {
	if *body == nil || *body == http.NoBody {
		return nil, nil
	}
	data, err := io.ReadAll(io.LimitReader(*body, maxBody+1))
	rest := *body
	if err != nil || len(data) > maxBody {
		*body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(data), rest), rest}
		if err != nil {
			return nil, &Problem{In: "body", Keyword: "syntax", Message: "the body could not be read to its end: " + err.Error()}
		}
		return nil, tooLarge()
	}
	rest.Close()
	*body = io.NopCloser(bytes.NewReader(data))
	return data, nil
}

func tooLarge() *Problem {
	return &Problem{In: "body", Keyword: "size", Want: fmt.Sprintf("at most %d MiB", maxBody>>20), Got: "more"}
}

// unpack undoes Content-Encoding (RFC 9110, section 8.4), the last coding first.
func unpack(data []byte, lines []string) ([]byte, *Problem) {
	var codings []string
	for _, c := range strings.Split(strings.Join(lines, ","), ",") {
		if c = strings.ToLower(strings.TrimSpace(c)); c != "" && c != "identity" {
			codings = append(codings, c)
		}
	}
	if len(codings) > 4 {
		return nil, &Problem{In: "body", Keyword: "encoding", Message: "more than 4 content codings"}
	}
	for i := len(codings) - 1; i >= 0; i-- {
		var in io.Reader
		var err error
		switch codings[i] {
		case "gzip", "x-gzip":
			in, err = gzip.NewReader(bytes.NewReader(data))
		case "deflate":
			// zlib by the book (RFC 9110, section 8.4.1.2), bare deflate by custom
			if in, err = zlib.NewReader(bytes.NewReader(data)); err != nil {
				in, err = flate.NewReader(bytes.NewReader(data)), nil
			}
		default:
			return nil, &Problem{In: "body", Keyword: "encoding", Got: shorten(codings[i]), Want: "gzip, deflate or none"}
		}
		if err == nil {
			data, err = io.ReadAll(io.LimitReader(in, maxBody+1))
		}
		if err != nil {
			return nil, &Problem{In: "body", Keyword: "encoding", Message: fmt.Sprintf("the body is not packed as %s: %v", codings[i], err)}
		}
		if len(data) > maxBody {
			return nil, tooLarge()
		}
	}
	return data, nil
}

// pack applies content codings, in their order; one that is not known leaves the bytes as they are.
func pack(data []byte, codings string) []byte {
	for _, coding := range strings.Split(codings, ",") {
		var out bytes.Buffer
		var w io.WriteCloser
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			w = gzip.NewWriter(&out)
		case "deflate":
			w = zlib.NewWriter(&out)
		default:
			continue
		}
		w.Write(data)
		w.Close()
		data = out.Bytes()
	}
	return data
}

// toUTF8 undoes the charset of a text.
func toUTF8(data []byte, charset string) ([]byte, *Problem) {
	var enc encoding.Encoding
	switch strings.ToLower(charset) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), nil
	case "iso-8859-1", "latin1", "l1", "iso8859-1":
		enc = charmap.ISO8859_1
	case "iso-8859-15", "latin9":
		enc = charmap.ISO8859_15
	case "windows-1252", "cp1252":
		enc = charmap.Windows1252
	case "utf-16":
		enc = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
		if len(data) < 2 || !(data[0] == 0xfe && data[1] == 0xff || data[0] == 0xff && data[1] == 0xfe) {
			enc = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM) // RFC 2781, section 4.3
		}
	case "utf-16be":
		enc = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case "utf-16le":
		enc = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	default:
		return nil, &Problem{Keyword: "charset", Got: shorten(charset), Want: "utf-8"}
	}
	out, err := enc.NewDecoder().Bytes(data)
	if err != nil || len(out) > 2*maxBody {
		return nil, &Problem{Keyword: "charset", Message: "the text is not " + charset}
	}
	return out, nil
}

// Items gives the schema of one item when the media type is a stream whose items are checked one by one: JSON lines,
// json-seq or server-sent events, with 3.2's itemSchema or with a schema that describes neither an array nor a text.
// The value of such a body is []any. ok is false for every other body.
func (m *MediaType) Items() (item *Schema, ok bool) {
	name, _ := mediaName(m.concrete())
	switch formOf(name) {
	case formLines, formSeq, formEvents:
		if m.ItemSchema != nil {
			return m.ItemSchema, true
		}
		if kinds := shapeOf(m.Schema).kinds(); kinds == AnyType || kinds&(Array|String) == 0 {
			return m.Schema, true
		}
	}
	return nil, false
}

// CheckBody says how a decoded body departs from the media type's schema, and the items of a stream from theirs.
// The value is what DecodeBody gives; At is a JSON pointer in it.
func (m *MediaType) CheckBody(v any, dir Direction) []Problem {
	if data, ok := v.([]byte); ok {
		if shapeOf(m.Schema).kinds()&String == 0 {
			v = string(data)
		} else {
			return nil // bytes that the schema describes as a string of them, or not at all
		}
	}
	item, stream := m.Items()
	if list, ok := v.([]any); ok && stream {
		var out []Problem
		if m.Schema != nil && m.Schema != item {
			out = m.Schema.Check(v, dir)
		}
		if item != nil {
			for i, x := range list {
				for _, p := range item.Check(x, dir) {
					p.At = fmt.Sprintf("/%d%s", i, p.At)
					out = append(out, p)
				}
			}
		}
		return out
	}
	if m.Schema == nil {
		return nil
	}
	return m.Schema.Check(v, dir)
}

// strict says which members of a decoded body travel in the wrong direction.
func (m *MediaType) strict(v any, dir Direction) []Problem {
	out := m.Schema.Strict(v, dir)
	item, stream := m.Items()
	if list, ok := v.([]any); ok && stream {
		out = nil
		for i, x := range list {
			for _, p := range item.Strict(x, dir) {
				p.At = fmt.Sprintf("/%d%s", i, p.At)
				out = append(out, p)
			}
		}
	}
	return out
}

// DecodeBody reads the bytes of a message in this media type. contentType is the message's own; "" means the
// entry's. The value is nil when there are problems of Severity Error; their In is "body".
func (m *MediaType) DecodeBody(data []byte, contentType string) (any, []Problem) {
	if contentType == "" {
		contentType = m.concrete()
	}
	v, problems := m.decode(data, contentType)
	for i := range problems {
		if problems[i].In == "" {
			problems[i].In = "body"
		}
		if problems[i].Pointer == "" {
			problems[i].Position, problems[i].Pointer = m.Position, m.Pointer
		}
	}
	return v, problems
}

func syntax(err error) []Problem {
	p := Problem{Keyword: "syntax", Message: err.Error()}
	var se *value.SyntaxError
	if errors.As(err, &se) {
		p.At, p.Message = se.Pointer, fmt.Sprintf("%s at byte %d", se.Message, se.Offset)
		if strings.Contains(se.Message, "twice") {
			p.Keyword = "duplicate"
		}
	}
	return []Problem{p}
}

func (m *MediaType) decode(data []byte, contentType string) (any, []Problem) {
	name, _ := mediaName(contentType)
	_, params, _ := mime.ParseMediaType(contentType)
	sh := shapeOf(m.Schema)
	f := formOf(name)
	if f == formBinary && (strings.Contains(name, "*") || m.json()) {
		f = formJSON
	}
	switch f {
	case formBinary:
		return data, nil
	case formMultipart:
		return m.decodeMultipart(data, name, params["boundary"])
	}
	if f != formXML || params["charset"] != "" { // XML says itself what it is written in
		var problem *Problem
		if data, problem = toUTF8(data, params["charset"]); problem != nil {
			return nil, []Problem{*problem}
		}
	}
	switch f {
	case formJSON:
		v, err := value.Parse(data)
		if err != nil {
			return nil, syntax(err)
		}
		return v, nil
	case formURL:
		return m.decodeForm(data)
	case formXML:
		return m.decodeXML(data)
	case formLines, formSeq, formEvents:
		return m.decodeStream(data, f)
	case formYAML:
		return decodeYAML(data)
	}
	if !utf8.Valid(data) {
		return nil, []Problem{{Keyword: "charset", Message: "the text is not UTF-8"}}
	}
	if f == formCSV && sh.kinds() != AnyType && sh.allows(Array) {
		return decodeCSV(data, sh)
	}
	return sh.read(string(data), true), nil
}

func decodeYAML(data []byte) (any, []Problem) {
	f, err := parseFile("body", "", data)
	if err != nil {
		return nil, []Problem{{Keyword: "syntax", Message: "the text is no YAML: " + err.Error()}}
	}
	v, err := f.root.value()
	if err != nil {
		return nil, syntax(err)
	}
	return v, nil
}

// EncodeBody writes a value in this media type, and gives the Content-Type to send with it. A []byte travels as
// it is. A value that the media type cannot hold is an error.
func (m *MediaType) EncodeBody(v any) (data []byte, contentType string, err error) {
	contentType = m.concrete()
	if data, ok := v.([]byte); ok {
		return data, contentType, nil
	}
	name, _ := mediaName(contentType)
	f := formOf(name)
	if _, text := v.(string); f == formBinary && !text {
		f = formJSON
	}
	switch f {
	case formJSON, formYAML:
		return value.Append(nil, v), contentType, nil
	case formBinary:
		return []byte(v.(string)), contentType, nil
	case formURL:
		data, err = m.encodeForm(v)
	case formMultipart:
		return m.encodeMultipart(v, contentType)
	case formXML:
		data, err = m.encodeXML(v)
	case formLines, formSeq, formEvents:
		data, err = m.encodeStream(v, f)
	case formCSV:
		data, err = encodeCSV(v)
	default:
		data = []byte(textOf(v))
	}
	return data, contentType, err
}
