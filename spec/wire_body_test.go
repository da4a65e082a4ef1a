package spec

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/specimen-api/specimen/internal/value"
)

func media(t testing.TB, name, schema string) *MediaType {
	t.Helper()
	m := &MediaType{Name: name}
	if schema != "" {
		m.Schema = schemaOf(t, "3.1.0", schema)
	}
	return m
}

func TestBodiesAreRead(t *testing.T) {
	const rows = `{"type":"object","properties":{"n":{"type":"integer"},"ok":{"type":"boolean"},"tags":{"type":"array","items":{"type":"string"}},"sub":{"type":"object","properties":{"x":{"type":"integer"}}}}}`
	tests := map[string]struct {
		name, contentType, schema, body string
		want                            string // the value, or the keyword of the problem with its place
	}{
		"JSON":                            {"application/json", "application/json", "", `{"a":1.50}`, `{"a":1.50}`},
		"JSON by its suffix":              {"application/vnd.x+json", "application/vnd.x+json; v=1", "", `[1]`, `[1]`},
		"JSON behind a range":             {"*/*", "application/json", rows, `{"n":1}`, `{"n":1}`},
		"JSON after a byte order mark":    {"application/json", "application/json", "", "\ufeff1", `1`},
		"a member twice":                  {"application/json", "application/json", "", `{"a":{"b":1,"b":2}}`, `duplicate /a/b`},
		"text after JSON":                 {"application/json", "application/json", "", `{} x`, `syntax`},
		"broken JSON":                     {"application/json", "application/json", "", `{"a":`, `syntax /a`},
		"a form":                          {"application/x-www-form-urlencoded", "application/x-www-form-urlencoded", rows, "n=1&ok=true&tags=a+b&tags=c", `{"n":1,"ok":true,"tags":["a b","c"]}`},
		"brackets in a form":              {"application/x-www-form-urlencoded", "application/x-www-form-urlencoded", rows, "sub[x]=1&tags[]=a&tags[1]=b", `{"tags":["a","b"],"sub":{"x":1}}`},
		"JSON in a form":                  {"application/x-www-form-urlencoded", "application/x-www-form-urlencoded", rows, `sub={"x":1}`, `{"sub":{"x":1}}`},
		"what the form does not name":     {"application/x-www-form-urlencoded", "application/x-www-form-urlencoded", rows, "n=1&more[a]=b&more[c][]=d", `{"n":1,"more":{"a":"b","c":["d"]}}`},
		"a number twice in a form":        {"application/x-www-form-urlencoded", "application/x-www-form-urlencoded", rows, "n=1&n=2", `repeated /n`},
		"text":                            {"text/plain", "text/plain", `{"type":"string"}`, "hi\n", `"hi\n"`},
		"a number as text":                {"text/plain", "text/plain", `{"type":"integer"}`, "42", `42`},
		"Latin-1":                         {"text/plain", "text/plain; charset=ISO-8859-1", `{"type":"string"}`, "\xe9", `"é"`},
		"UTF-16 with a mark":              {"text/plain", "text/plain; charset=utf-16", `{"type":"string"}`, "\xff\xfea\x00", `"a"`},
		"JSON in UTF-16":                  {"application/json", "application/json; charset=utf-16be", "", "\x00[\x001\x00]", `[1]`},
		"an unknown charset":              {"text/plain", "text/plain; charset=klingon", `{"type":"string"}`, "x", `charset`},
		"bytes that are no UTF-8":         {"text/plain", "text/plain", `{"type":"string"}`, "\xff", `charset`},
		"lines of JSON":                   {"application/x-ndjson", "application/x-ndjson", `{"type":"array","items":{"type":"object"}}`, "{\"a\":1}\n\n{\"a\":2}\r\n", `[{"a":1},{"a":2}]`},
		"a broken line":                   {"application/jsonl", "application/jsonl", `{"type":"object"}`, "{\"a\":1}\n{\"a\":}\n", `syntax /1/a`},
		"a sequence":                      {"application/json-seq", "application/json-seq", `{"type":"object"}`, "\x1e{\"a\":1}\n\x1e{\"a\":2}\n", `[{"a":1},{"a":2}]`},
		"events with fields":              {"text/event-stream", "text/event-stream", `{"type":"array","items":{"type":"object","properties":{"event":{"type":"string"},"data":{"type":"object"},"retry":{"type":"integer"}}}}`, ": hello\nevent: add\ndata: {\"a\":\ndata: 1}\nretry: 10\n\ndata: {}\n\n", `[{"event":"add","retry":10,"data":{"a":1}},{"data":{}}]`},
		"events that are their data":      {"text/event-stream", "text/event-stream", `{"type":"object","properties":{"a":{"type":"integer"}}}`, "data: {\"a\":1}\r\n\r\ndata: {\"a\":2}\n\n", `[{"a":1},{"a":2}]`},
		"events as text":                  {"text/event-stream", "text/event-stream", `{"type":"string"}`, "data: x\n\n", `"data: x\n\n"`},
		"CSV of objects":                  {"text/csv", "text/csv", `{"type":"array","items":{"type":"object","properties":{"n":{"type":"integer"},"s":{"type":"string"}}}}`, "n,s\r\n1,\"a,b\"\r\n", `[{"n":1,"s":"a,b"}]`},
		"CSV as text":                     {"text/csv", "text/csv", `{"type":"string"}`, "n,s\n", `"n,s\n"`},
		"YAML":                            {"application/yaml", "application/yaml", "", "a: [1, x]\n", `{"a":[1,"x"]}`},
		"an unknown media type of JSON":   {"application/vnd.thing", "application/vnd.thing", rows, `{"n":1}`, `{"n":1}`},
		"a form that is multipart":        {"multipart/form-data", "multipart/form-data; boundary=b", rows, "--b\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=\"tags\"\r\n\r\na\r\n--b\r\nContent-Disposition: form-data; name=\"tags\"\r\n\r\nb\r\n--b\r\nContent-Disposition: form-data; name=\"sub\"\r\nContent-Type: application/json\r\n\r\n{\"x\":1}\r\n--b--\r\n", `{"n":1,"tags":["a","b"],"sub":{"x":1}}`},
		"broken JSON in a part":           {"multipart/form-data", "multipart/form-data; boundary=b", rows, "--b\r\nContent-Disposition: form-data; name=\"sub\"\r\nContent-Type: application/json\r\n\r\n{\"x\":\r\n--b--\r\n", `syntax /sub/x`},
		"multipart without a boundary":    {"multipart/form-data", "multipart/form-data", rows, "--b--", `syntax`},
		"multipart that breaks off":       {"multipart/form-data", "multipart/form-data; boundary=b", rows, "--b\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1", `syntax`},
		"the parts of an array, in order": {"multipart/mixed", "multipart/mixed; boundary=b", `{"type":"array","items":{"type":"object"}}`, "--b\r\nContent-Type: application/json\r\n\r\n{\"x\":1}\r\n--b\r\nContent-Type: application/json\r\n\r\n{}\r\n--b--\r\n", `[{"x":1},{}]`},
	}
	for name, tt := range tests {
		v, problems := media(t, tt.name, tt.schema).DecodeBody([]byte(tt.body), tt.contentType)
		got := show(v)
		if len(problems) > 0 {
			got = strings.TrimSpace(problems[0].Keyword + " " + problems[0].At)
			if problems[0].In != "body" || problems[0].Say() == "" {
				t.Errorf("%s: got problem %+v, want In body and something said", name, problems[0])
			}
		}
		if got != tt.want {
			t.Errorf("%s: got %s %v, want %s", name, got, problems, tt.want)
		}
	}
}

func TestBytesStayBytes(t *testing.T) {
	m := media(t, "image/*", `{"type":"string","format":"binary"}`)
	v, problems := m.DecodeBody([]byte{0xff, 0}, "image/png")
	if got, ok := v.([]byte); !ok || !bytes.Equal(got, []byte{0xff, 0}) || len(problems) > 0 {
		t.Errorf("got %v %v, want the bytes", v, problems)
	}
	data, contentType, err := m.EncodeBody([]byte{0xff, 0})
	if err != nil || contentType != "image/png" || !bytes.Equal(data, []byte{0xff, 0}) {
		t.Errorf("got %v %s %v, want the bytes as image/png", data, contentType, err)
	}
	if got := m.CheckBody([]byte{0xff, 0}, Request); len(got) > 0 {
		t.Errorf("got %v, want no problems", got)
	}
}

func TestAFileIsTheStringOfItsBytes(t *testing.T) {
	m := media(t, "multipart/form-data", `{"type":"object","properties":{"file":{"type":"string","format":"binary"},"meta":{"type":"object"},"note":{"type":"string"}}}`)
	m.Encoding = map[string]*Encoding{"file": {ContentType: "image/png, image/jpeg"}}
	v := value.NewObject(value.Member{Name: "file", Value: "\x89PNG\xff"}, value.Member{Name: "meta", Value: parse(t, `{"a":1}`)}, value.Member{Name: "note", Value: `say "hi"`})
	data, contentType, err := m.EncodeBody(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`name="file"; filename="file"`, "Content-Type: image/png\r\n", "Content-Type: application/json\r\n"} {
		if !strings.Contains(string(data), want) {
			t.Errorf("got %q, want %q in it", data, want)
		}
	}
	got, problems := m.DecodeBody(data, contentType)
	if len(problems) > 0 || !value.Equal(got, v) {
		t.Errorf("got %v %v, want what was written", got, problems)
	}
	_, problems = m.DecodeBody(bytes.ReplaceAll(data, []byte("image/png"), []byte("text/html")), contentType)
	if len(problems) != 1 || problems[0].Keyword != "contentType" || problems[0].At != "/file" {
		t.Errorf("got %v, want one about the contentType of /file", problems)
	}
}

func TestFormsAndStreamsReadWhatTheyWrite(t *testing.T) {
	d := draw{Rand: rand.New(rand.NewPCG(5, 6)), names: []string{"a", "b-c", "Ü", "d e"}}
	encodings := []map[string]*Encoding{nil, {"object": {Style: "deepObject"}, "rows": {Style: "deepObject"}, "array": {Style: "pipeDelimited"}}, {"array": {ContentType: "application/json"}, "object": {ContentType: "application/json"}}}
	for i := range 1500 {
		d.avoid = "|" // for the pipes
		schema, v := d.value("deep")
		form := media(t, "application/x-www-form-urlencoded", schema)
		form.Encoding = encodings[i%len(encodings)]
		parts := media(t, "multipart/form-data", schema)
		list := []any{v, value.Clone(v)}
		streams := []*MediaType{media(t, "application/x-ndjson", schema), media(t, "application/json-seq", schema), media(t, "text/event-stream", schema)}
		for _, m := range append(streams, form, parts) {
			sent := v
			if m != form && m != parts {
				sent = list
			}
			data, contentType, err := m.EncodeBody(sent)
			if err != nil {
				t.Fatalf("%s: %v", m.Name, err)
			}
			if got, problems := m.DecodeBody(data, contentType); len(problems) > 0 || !value.Equal(got, sent) {
				t.Fatalf("%s encoding %d %s\nas %q: got %s %v, want %s", m.Name, i%len(encodings), schema, data, show(got), problems, show(sent))
			}
			again, sameType, _ := m.EncodeBody(sent)
			if !bytes.Equal(again, data) || sameType != contentType {
				t.Fatalf("%s: the same value became other bytes", m.Name)
			}
		}
	}
}

const bodyText = `
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /json: {post: {operationId: json, requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {id: {type: integer, readOnly: true}}}}}}}}
  /two: {post: {operationId: two, requestBody: {content: {application/json: {}, text/plain: {schema: {type: string}}}}}}
  /none: {post: {operationId: none}}
`

func TestTheBodyOfARequest(t *testing.T) {
	d := document(t, bodyText)
	pack := func(text string, w func(io.Writer) io.WriteCloser) string {
		var b bytes.Buffer
		z := w(&b)
		io.WriteString(z, text)
		z.Close()
		return b.String()
	}
	gz := pack(`{"a":1}`, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
	zl := pack(`{"a":1}`, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
	bomb := pack(strings.Repeat(" ", maxBody+2), func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
	tests := map[string]struct {
		path, contentType, coding, body string
		want, problem                   string
	}{
		"a body":                           {"/json", "application/json", "", `{"a":1}`, `{"a":1}`, ""},
		"no body where one must be":        {"/json", "application/json", "", ``, "", "body: got nothing, want a body"},
		"no body where one may be":         {"/two", "", "", ``, "", ""},
		"another media type":               {"/two", "text/html", "", `x`, "null", "media type: got text/html, want application/json or text/plain"},
		"no media type, one documented":    {"/json", "", "", `{"a":1}`, `{"a":1}`, ""},
		"no media type, not JSON":          {"/json", "", "", `a=1`, "null", "media type: got none, want application/json"},
		"no media type, two documented":    {"/two", "", "", `{"a":1}`, "null", "media type: got none, want application/json or text/plain"},
		"an empty text is a body":          {"/two", "text/plain", "", ``, `""`, ""},
		"a body that nobody asked for":     {"/none", "application/json", "", `{"a":`, "", ""},
		"gzip":                             {"/json", "application/json", "gzip", gz, `{"a":1}`, ""},
		"deflate":                          {"/json", "application/json", "deflate", zl, `{"a":1}`, ""},
		"not packed at all":                {"/json", "application/json", "gzip", `{}`, "null", "body: the body is not packed as gzip: unexpected EOF"},
		"a coding that is not known":       {"/json", "application/json", "br", `{}`, "null", "body: got br, want gzip, deflate or none"},
		"unpacked it is far too large":     {"/json", "application/json", "gzip", bomb, "null", "body: got more, want at most 32 MiB"},
		"a body that is too large":         {"/json", "application/json", "", strings.Repeat(" ", maxBody+1), "null", "body: got more, want at most 32 MiB"},
		"a member that is read only":       {"/json", "application/json", "", `{"id":1}`, `{"id":1}`, `body /id: got member "id", want no member that is readOnly in a request`},
		"a member of the wrong type, body": {"/json", "application/json", "", `[]`, `[]`, "body: got array, want object"},
	}
	for name, tt := range tests {
		r := httptest.NewRequest("POST", tt.path, strings.NewReader(tt.body))
		if tt.contentType != "" {
			r.Header.Set("Content-Type", tt.contentType)
		}
		if tt.coding != "" {
			r.Header.Set("Content-Encoding", tt.coding)
		}
		route := d.Route(r)
		in, problems := route.Operation.CheckRequest(r, route)
		got := ""
		if in.HasBody {
			got = show(in.Body)
		}
		var said []string
		for _, p := range problems {
			said = append(said, p.String())
		}
		if got != tt.want || strings.Join(said, "\n") != tt.problem {
			t.Errorf("%s: got %s %q, want %s %q", name, got, said, tt.want, tt.problem)
		}
		if again, _ := io.ReadAll(r.Body); string(again) != tt.body {
			t.Errorf("%s: the body was not put back: got %d bytes, want %d", name, len(again), len(tt.body))
		}
	}
}

func TestItemsOfAStreamAreChecked(t *testing.T) {
	m := media(t, "application/jsonl", "")
	m.ItemSchema = schemaOf(t, "3.1.0", `{"type":"object","properties":{"a":{"type":"integer"}}}`)
	v, _ := m.DecodeBody([]byte("{\"a\":1}\n{\"a\":\"x\"}\n"), "")
	problems := m.CheckBody(v, Response)
	if len(problems) != 1 || problems[0].At != "/1/a" || problems[0].Keyword != "type" {
		t.Errorf("got %v, want one at /1/a", problems)
	}
}

func TestRangesHaveAMediaTypeToSend(t *testing.T) {
	for name, want := range map[string]string{"*/*": "application/json", "application/*": "application/json", "text/*": "text/plain", "image/*": "image/png", "application/*+json": "application/json", "application/json; v=2": "application/json; v=2"} {
		_, got, err := media(t, name, `{"type":"object"}`).EncodeBody(value.NewObject())
		if err != nil || got != want {
			t.Errorf("%s: got %s %v, want %s", name, got, err, want)
		}
	}
}

func TestARequestCanBeSentTwice(t *testing.T) {
	op := document(t, bodyText).Operation("json")
	req, err := op.NewRequest(context.Background(), "http://h", Input{Body: parse(t, `{"a":1}`), HasBody: true})
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, req.Body)
	again, err := req.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(again); string(got) != `{"a":1}` || req.ContentLength != 7 || req.Header.Get("Content-Type") != "application/json" {
		t.Errorf("got %q, %d bytes of %s", got, req.ContentLength, req.Header.Get("Content-Type"))
	}
}

func FuzzForms(f *testing.F) {
	f.Add([]byte("a=1&b[]=2&b[c][d]=3&e.f=4&b=5"))
	f.Add([]byte("a[][b]=1&a[][b]=2&%zz=&=x&a[b"))
	m := media(f, "application/x-www-form-urlencoded", `{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","properties":{"b":{"type":"integer"}}}},"b":{"$ref":"#/components/schemas/X"},"e":{"type":"object","properties":{"f":{"type":["integer","null"]}}}}}`)
	m.Encoding = map[string]*Encoding{"e": {Style: "deepObject"}}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, problems := m.DecodeBody(data, "")
		if len(problems) > 0 {
			return
		}
		if !wellFormed(v) || len(show(v)) > 20*len(data)+100 {
			t.Fatalf("%q became %.200q", data, show(v))
		}
		if _, _, err := m.EncodeBody(v); err != nil {
			t.Fatalf("%q cannot be written again: %v", data, err)
		}
	})
}

func FuzzMultipart(f *testing.F) {
	f.Add([]byte("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=\"c[d]\"; filename=x\r\nContent-Type: application/json\r\n\r\n{}\r\n--b--\r\n"))
	m := media(f, "multipart/form-data", `{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"array","items":{"type":"string"}},"c":{"type":"object"}}}`)
	f.Fuzz(func(t *testing.T, data []byte) {
		v, problems := m.DecodeBody(data, "multipart/form-data; boundary=b")
		if len(problems) > 0 {
			return
		}
		if len(show(v)) > 20*len(data)+100 {
			t.Fatalf("%d bytes became %d", len(data), len(show(v)))
		}
		again, contentType, err := m.EncodeBody(v)
		if err != nil {
			t.Fatalf("%s cannot be written again: %v", show(v), err)
		}
		if _, problems := m.DecodeBody(again, contentType); len(problems) > 0 {
			t.Fatalf("%q is not read: %v", again, problems)
		}
	})
}
