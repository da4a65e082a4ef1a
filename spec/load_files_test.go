package spec

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// answerOf gives the schema of the JSON answer of GET /x.
func answerOf(t *testing.T, d *Document) *Schema {
	t.Helper()
	op := d.Operation("GET /x")
	if op == nil {
		t.Fatalf("got no GET /x; problems %v", d.Problems())
	}
	for _, p := range op.Problems() {
		t.Fatal(p)
	}
	return op.Response(200).Content[0].Schema
}

func answering(version, schema string) string {
	return `{"openapi":"` + version + `","info":{"title":"T","version":"1"},"paths":{"/x":{"get":{"responses":{"200":{"description":"","content":{"application/json":{"schema":` + schema + `}}}}}}}}`
}

func TestReferencesLeadThroughFiles(t *testing.T) {
	tests := map[string]struct {
		files map[string]string
		ref   string
	}{
		"a whole file of YAML":            {map[string]string{"s.yaml": "type: string"}, "s.yaml"},
		"a whole file of JSON":            {map[string]string{"s.json": `{"type":"string"}`}, "./s.json"},
		"a place in a file":               {map[string]string{"s.yaml": "a/b: {c: [{type: integer}, {type: string}]}"}, "s.yaml#/a~1b/c/1"},
		"a place that is percent-encoded": {map[string]string{"s.yaml": "'a b': {type: string}"}, "s.yaml#/a%20b"},
		"a folder below":                  {map[string]string{"a/b/s.yaml": "type: string"}, "a/b/s.yaml"},
		"a file with a space":             {map[string]string{"my s.yaml": "type: string"}, "my%20s.yaml"},
		"from JSON to YAML and back":      {map[string]string{"a/s.yaml": "$ref: ../t.json#/x", "t.json": `{"x":{"$ref":"a/u.yaml"}}`, "a/u.yaml": "type: string"}, "a/s.yaml"},
		"a place in a file, by its own":   {map[string]string{"s.yaml": "a: {$ref: '#/b'}\nb: {type: string}"}, "s.yaml#/a"},
		"back into the document":          {map[string]string{"s.yaml": "$ref: openapi.json#/components/schemas/S"}, "s.yaml"},
		"an anchor of a file":             {map[string]string{"s.yaml": "$defs: {a: {$anchor: here, type: string}}"}, "s.yaml#here"},
		"a path into a reference":         {map[string]string{"s.yaml": "a: {$ref: t.yaml}", "t.yaml": "b: {type: string}"}, "s.yaml#/a/b"},
		"UTF-16":                          {map[string]string{"s.json": utf16Text("\ufeff{\"type\":\"string\"}", true)}, "s.json"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text := answering("3.1.0", `{"$ref":"`+tt.ref+`"}`)
			tt.files["openapi.json"] = strings.TrimSuffix(text, "}") + `,"components":{"schemas":{"S":{"type":"string"}}}}`
			dir := folder(t, tt.files)
			for _, location := range []string{dir, filepath.Join(dir, "openapi.json"), "file://" + filepath.Join(dir, "openapi.json")} {
				d, err := Load(context.Background(), location)
				if err != nil {
					t.Fatal(err)
				}
				s := answerOf(t, d)
				if got := s.Deref(); got.Types != String {
					t.Errorf("%s: got %v (%v), want a string", location, got.Types, s.Diagnose(Response))
				}
			}
		})
	}
}

func TestPartsOfADocumentMayStandInFiles(t *testing.T) {
	dir := folder(t, map[string]string{
		"openapi.yaml": "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n" +
			"  /x: {$ref: paths/x.yaml}\n" +
			"  /y:\n    $ref: paths/x.yaml\n    parameters: [{name: q, in: query, required: true, schema: {type: string}}]\n    post: {operationId: own, responses: {'204': {description: ''}}}\n",
		"paths/x.yaml": "get:\n  parameters: [{$ref: ../parts.json#/limit}]\n  responses:\n    '200': {$ref: ../parts.json#/ok}\n" +
			"post: {operationId: theirs, requestBody: {$ref: ../parts.json#/body}, responses: {'204': {description: ''}}}\n",
		"parts.json": `{"limit":{"name":"limit","in":"query","schema":{"type":"integer"}},"body":{"content":{"application/json":{"schema":{"$ref":"pet.yaml"}}}},` +
			`"ok":{"description":"","headers":{"X-A":{"$ref":"#/header"}},"content":{"application/json":{"schema":{"type":"array","items":{"$ref":"pet.yaml"}},"examples":{"e":{"$ref":"#/e"}}}}},` +
			`"header":{"schema":{"type":"integer"}},"e":{"value":[]}}`,
		"pet.yaml": "type: object\nproperties: {parent: {$ref: pet.yaml}, friend: {$ref: dog.yaml}}",
		"dog.yaml": "allOf: [{$ref: pet.yaml}]",
	})
	d, err := Load(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	ok := answerOf(t, d)
	pet := ok.Items.Deref()
	if pet.Properties[0].Schema.Deref() != pet || pet.Properties[1].Schema.Deref().AllOf[0].Deref() != pet {
		t.Error("circles through files do not come back to the same schema")
	}
	if got := pet.Position.String(); got != "pet.yaml:1:1" {
		t.Errorf("got the schema at %s, want its file", got)
	}
	op := d.Operation("GET /x")
	r := op.Response(200)
	if op.Parameter("query", "limit") == nil || len(r.Headers) != 1 || r.Headers[0].Schema.Types&Integer == 0 || len(r.Content[0].Examples) != 1 {
		t.Errorf("got %+v and %+v, want the parts of the other file", op.Parameters(), r)
	}
	if got := d.Operation("POST /y"); got == nil || got.ID != "own" {
		t.Errorf("got %+v, want the operation that stands beside the reference", got)
	}
	if got := d.Operation("POST /x"); got == nil || got.ID != "theirs" || got.Body() == nil {
		t.Errorf("got %+v, want the operation of the other file", got)
	}
	if got := d.Operation("GET /y"); got == nil || got.Parameter("query", "q") == nil || got.Parameter("query", "limit") == nil {
		t.Error("what stands beside the reference does not reach the operations that it leads to")
	}
	if n := len(d.Operations()); n != 4 {
		t.Errorf("got %d operations, want 4", n)
	}
}

func TestFilesOutsideTheDirectoryAreNotRead(t *testing.T) {
	dir := folder(t, map[string]string{"secret.yaml": "type: string", "api/openapi.json": answering("3.0.3", `{"$ref":"../secret.yaml"}`),
		"api/link.json": answering("3.0.3", `{"$ref":"link.yaml"}`), "api/fifo.json": answering("3.0.3", `{"$ref":"fifo"}`), "api/gone.json": answering("3.0.3", `{"$ref":"../../gone.yaml"}`)})
	os.Symlink("../secret.yaml", filepath.Join(dir, "api/link.yaml"))
	syscall.Mkfifo(filepath.Join(dir, "api/fifo"), 0o666)
	for name, want := range map[string]string{
		"openapi.json": "secret.yaml is outside the document's directory; name a wider one (--root) to allow it",
		"link.json":    "link.yaml is outside the document's directory",
		"gone.json":    "gone.yaml is outside the document's directory",
		"fifo.json":    "fifo is no regular file",
	} {
		var opened []string
		d, err := Loader{Opened: func(path string) { opened = append(opened, filepath.Base(path)) }}.Load(context.Background(), filepath.Join(dir, "api", name))
		if err != nil {
			t.Fatal(err)
		}
		p := answerOf(t, d).Ref.Problem()
		if p == nil || !strings.Contains(p.Message, want) {
			t.Errorf("%s: got %v, want %s", name, p, want)
		}
		if slices.Contains(opened, "secret.yaml") || slices.Contains(opened, "gone.yaml") {
			t.Errorf("%s: %v was looked at", name, opened)
		}
	}
	d, err := Loader{Root: dir}.Load(context.Background(), filepath.Join(dir, "api/openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	if got := answerOf(t, d).Deref(); got.Types != String {
		t.Errorf("with a wider root: got %v, want a string", got.Types)
	}
}

func TestRemoteDocumentsAndReferences(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]int{}
	mux := http.NewServeMux()
	serve := func(path, text string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			asked[path]++
			mu.Unlock()
			w.Write([]byte(text))
		})
	}
	serve("/api/openapi.json", answering("3.0.3", `{"$ref":"parts/s.yaml"}`))
	serve("/api/parts/s.yaml", "type: string")
	serve("/api/out.json", answering("3.0.3", `{"$ref":"../other/s.yaml"}`))
	serve("/other/s.yaml", "type: string")
	serve("/api/moved.json", answering("3.0.3", `{"$ref":"moved.yaml"}`))
	mux.Handle("/api/moved.yaml", http.RedirectHandler("/other/s.yaml", http.StatusFound))
	server := httptest.NewServer(mux)
	defer server.Close()
	file := filepath.Join(folder(t, map[string]string{"d.json": answering("3.0.3", `{"$ref":"`+server.URL+`/other/s.yaml"}`)}), "d.json")
	remote := " is remote; allow remote references (--allow-remote) to follow it"
	tests := map[string]struct {
		loader   Loader
		location string
		want     string // "" when the reference is followed
	}{
		"a URL leads below its directory":        {Loader{}, server.URL + "/api/openapi.json?token=hush", ""},
		"a URL does not lead elsewhere":          {Loader{}, server.URL + "/api/out.json", server.URL + "/other/s.yaml" + remote},
		"a redirect does not lead elsewhere":     {Loader{}, server.URL + "/api/moved.json", "it redirects to " + server.URL + "/other/s.yaml, which may not be read"},
		"a file leads to no URL":                 {Loader{}, file, server.URL + "/other/s.yaml" + remote},
		"a file leads to a URL when allowed":     {Loader{AllowRemote: true}, file, ""},
		"a URL leads anywhere when allowed":      {Loader{AllowRemote: true}, server.URL + "/api/moved.json", ""},
		"a file leads below a URL that is named": {Loader{Root: server.URL + "/other"}, file, ""},
		"and not beside it":                      {Loader{Root: server.URL + "/oth"}, file, server.URL + "/other/s.yaml" + remote},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d, err := tt.loader.Load(context.Background(), tt.location)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(d.Location, "hush") {
				t.Errorf("got location %s, want it without the query", d.Location)
			}
			s := answerOf(t, d)
			p := s.Ref.Problem()
			if tt.want == "" && (p != nil || s.Deref().Types != String) {
				t.Errorf("got %v, want a string", p)
			}
			if tt.want != "" && (p == nil || !strings.Contains(p.Message, tt.want)) {
				t.Errorf("got %v, want %s", p, tt.want)
			}
		})
	}
	_, err := Load(context.Background(), strings.Replace(server.URL, "http://", "http://user:hush@", 1)+"/nothing?key=hush")
	if err == nil || strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "404") {
		t.Errorf("got %v, want the status and no secret", err)
	}
	server.Close()
	_, err = Load(context.Background(), server.URL+"/nothing?key=hush")
	if err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v, want no secret", err)
	}
}

func TestSelfIsTheBaseOfReferences(t *testing.T) {
	dir := folder(t, map[string]string{
		"v1/openapi.json": strings.Replace(answering("3.2.0", `{"anyOf":[{"$ref":"https://example.com/apis/v1/near.yaml"},{"$ref":"near.yaml"},`+
			`{"$ref":"https://example.com/apis/v1/openapi.json#/components/schemas/S"},{"$ref":"../common/far.yaml"},{"$ref":"https://example.com/apis/common/far.yaml"}]}`),
			`"info"`, `"$self":"https://example.com/apis/v1/openapi.json","components":{"schemas":{"S":{"type":"string"}}},"info"`, 1),
		"v1/near.yaml": "type: string", "common/far.yaml": "type: string",
	})
	d, err := Loader{Root: dir}.Load(context.Background(), filepath.Join(dir, "v1/openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range answerOf(t, d).AnyOf {
		if s.Deref().Types != String {
			t.Errorf("%d: %s: got %v", i, s.Ref.Text, s.Ref.Problem())
		}
	}
}

func TestStandardInputAndFoldersAndWhatIsNotThere(t *testing.T) {
	d, err := Loader{Stdin: strings.NewReader(answering("3.0.3", `{"$ref":"s.yaml"}`))}.Load(context.Background(), "-")
	if err != nil {
		t.Fatal(err)
	}
	if p := answerOf(t, d).Ref.Problem(); d.Location != "<stdin>" || p == nil || !strings.Contains(p.Message, "a document that is no file cannot lead to") {
		t.Errorf("got %s and %v", d.Location, p)
	}
	dir := folder(t, map[string]string{"empty/readme.md": "", "big.yaml": strings.Repeat("a", 300)})
	for location, want := range map[string]string{
		filepath.Join(dir, "nothing.yaml"): "no such file or directory",
		filepath.Join(dir, "empty"):        "a directory without an openapi.yaml, openapi.json or swagger.json; name the file",
	} {
		_, err := Load(context.Background(), location)
		var le *LoadError
		if !errors.As(err, &le) || err.Error() != "load "+location+": "+want {
			t.Errorf("got %v, want load %s: %s", err, location, want)
		}
	}
	if _, err := (Loader{MaxBytes: 200}).Load(context.Background(), filepath.Join(dir, "big.yaml")); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("got %v, want that it is too large", err)
	}
}

func TestEveryVersionIsReadWithWhatItAlone(t *testing.T) {
	d, err := Parse("d.yaml", []byte(`
openapi: 3.2.0
info: {title: T, version: '1'}
paths:
  /x:
    query:
      requestBody: {content: {application/json: {schema: {type: string}}}}
      responses: {'200': {summary: no description here, content: {application/json: {$ref: '#/components/mediaTypes/M'}}}}
    additionalOperations:
      COPY: {responses: {'204': {description: ''}}}
    get:
      parameters: [{name: all, in: querystring, content: {application/x-www-form-urlencoded: {schema: {type: object}}}}]
      security: [{device: []}, {'#/components/securitySchemes/mutual': []}]
      responses:
        '200':
          description: ''
          content:
            application/jsonl: {itemSchema: {type: integer}}
            application/json:
              examples:
                data: {dataValue: {a: 1}}
                text: {serializedValue: '{"a": 2}'}
            text/csv: {examples: {c: {serializedValue: "a,b"}}}
  /item: {$ref: '#/components/pathItems/I'}
components:
  mediaTypes: {M: {schema: {type: boolean}}}
  pathItems: {I: {get: {operationId: item, responses: {}}}}
  securitySchemes:
    device: {type: oauth2, deprecated: true, oauth2MetadataUrl: 'https://a.example/m', flows: {deviceAuthorization: {deviceAuthorizationUrl: 'https://a.example/d', tokenUrl: 'https://a.example/t', scopes: {}}}}
    mutual: {type: mutualTLS}
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range d.Operations() {
		if len(op.Problems()) > 0 {
			t.Errorf("%s: %v", op.ID, op.Problems())
		}
	}
	query, get := d.Operation("QUERY /x"), d.Operation("GET /x")
	if query == nil || query.Body() == nil || query.Response(200).Content[0].Schema.Types != Boolean {
		t.Errorf("got %+v, want a QUERY with a media type by reference", query)
	}
	if d.Operation("COPY /x") == nil || d.Operation("item") == nil {
		t.Error("got no COPY, or no path item of the components")
	}
	if p := get.Parameter("querystring", "all"); p == nil || p.Content == nil {
		t.Errorf("got %+v, want a parameter that is the query string", p)
	}
	if s := get.Security(); len(s) != 2 || s[0][0].Scheme.Type != "oauth2" || !s[0][0].Scheme.Deprecated || s[1][0].Scheme.Type != "mutualTLS" {
		t.Errorf("got %+v, want both schemes, the first one deprecated", s)
	}
	content := get.Response(200).Content
	if content[0].ItemSchema == nil || content[0].ItemSchema.Types&Integer == 0 {
		t.Errorf("got %+v, want an item schema", content[0])
	}
	if ex := content[1].Examples; len(ex) != 2 || ex[1].Name != "text" || ex[1].Position.Line != 22 {
		t.Errorf("got %+v, want both examples", ex)
	}
	if ex := content[2].Examples; len(ex) != 1 || ex[0].Value != "a,b" {
		t.Errorf("got %+v, want the text of the example", ex)
	}
}

// FuzzLoad reads small documents and everything that hangs on them: nothing panics, and every error has its type.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		answering("3.1.0", `{"$ref":"#/paths"}`), answering("2.0", `{}`), answering("3.2.0", `{"type":["string",null],"allOf":[{"$ref":"#"}]}`),
		"openapi: 3.0.0\npaths: &p\n  /a: {get: {parameters: [{name: x, in: path}], responses: {200: {$ref: '#/components/responses/R'}}}}\n  /b: {<<: *p}\ncomponents: {responses: {R: {$ref: '#/components/responses/R'}}}",
		"swagger: '2.0'\nbasePath: v1\nparameters: {}\npaths: {/a/{b}: {post: {consumes: [a/b], parameters: [{in: formData, name: f, type: file}, {in: body, name: b, schema: {}}], responses: {default: {schema: {type: array}}}}}}",
		"{openapi: 3.1.0, paths: {/a: {$ref: '#/paths/~1b'}, /b: {$ref: '#/paths/~1a'}}}", "a: &a [*a]", "- !!int x", "%YAML 1.2\n---\nopenapi: 3.2.0\n$self: ':'\n---\n",
	} {
		f.Add([]byte(seed))
	}
	overlay := filepath.Join(folder(f, map[string]string{"o.yaml": overlayHead + "- target: $..get\n  update: {deprecated: true}\n- target: $..schema\n  update: {type: string, x: [1]}\n"}), "o.yaml")
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, l := range []Loader{{}, {Overlays: []string{overlay}}} {
			d, err := l.Parse(context.Background(), "d", data)
			if err != nil {
				var le *LoadError
				var ie *InvalidError
				if !errors.As(err, &le) && !errors.As(err, &ie) || err.Error() == "" {
					t.Fatalf("%T: %v", err, err)
				}
				continue
			}
			d.Servers()
			for _, p := range d.Problems() {
				_ = p.String()
			}
			for _, op := range d.Operations() {
				_ = op.Problems()
				op.Servers()
				for _, r := range op.Responses() {
					for _, m := range r.Content {
						if m.Schema != nil {
							m.Schema.Diagnose(Response)
						}
					}
				}
			}
			for _, name := range d.Components() {
				d.Component(name)
			}
		}
	})
}
