package spec_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/specimen-api/specimen/spec"
)

// said is a problem without its sentence.
func said(p spec.Problem) string {
	return fmt.Sprintf("%s %s %d:%d %s", p.Severity, p.Code, p.Position.Line, p.Position.Column, p.Pointer)
}

// Each document begins with two lines: the version, and info.
func TestDiagnoseSaysWhatIsWrongAndWhere(t *testing.T) {
	const v20, v30, v31 = "swagger: '2.0'", "openapi: 3.0.3", "openapi: 3.1.0"
	// schema puts a schema in the answer of GET /a: it begins at line 9, column 20
	schema := func(text string) string {
		return "paths:\n  /a:\n    get:\n      responses:\n        '200':\n          description: O\n          content: {a/json: {schema: {" + text + "}}}\n"
	}
	const at = "#/paths/~1a/get/responses/200/content/a~1json/schema"
	tests := map[string]struct {
		version, text string
		want          []string
	}{
		"nothing": {v30, schema("type: object"), nil},

		// the text
		"a member twice": {v30, "x-a: {b: 1, c: 2, b: 3}\npaths: {}\n", []string{"warning SP103 3:19 #/x-a/b"}},
		"a member twice in a schema is said once": {v30, schema("type: object, type: string"), []string{"warning SP103 9:53 " + at + "/type"}},
		"an operation twice":                      {v30, "paths:\n  /a:\n    get: {responses: {'200': {description: O}}}\n    get: {responses: {'200': {description: O}}}\n", []string{"warning SP103 6:5 #/paths/~1a/get"}},
		"a path that is a list":                   {v30, "paths:\n  /a: []\n", []string{"error SP104 4:7 #/paths/~1a"}},
		"an operation that is text":               {v30, "paths:\n  /a: {get: x}\n", []string{"error SP104 4:13 #/paths/~1a/get"}},
		"a parameter in nowhere":                  {v30, "paths: {/a: {get: {parameters: [{name: b, in: body}], responses: {'200': {description: O}}}}}\n", []string{"error SP104 3:33 #/paths/~1a/get/parameters/0"}},
		"a response that is empty":                {v30, "paths: {/a: {get: {responses: {'204': }}}}\n", []string{"warning SP104 3:39 #/paths/~1a/get/responses/204"}},

		// references
		"a schema that is nowhere":           {v30, schema("$ref: '#/components/schemas/No'"), []string{"error SP201 9:39 " + at + "/$ref"}},
		"a response that is nowhere":         {v30, "paths: {/a: {get: {responses: {'200': {$ref: '#/components/responses/No'}}}}}\n", []string{"error SP201 3:39 #/paths/~1a/get/responses/200"}},
		"a header that is nowhere":           {v30, "paths: {/a: {get: {responses: {'200': {description: O, headers: {X-A: {$ref: '#/components/headers/No'}}}}}}}\n", []string{"error SP201 3:71 #/paths/~1a/get/responses/200/headers/X-A"}},
		"an example that is nowhere":         {v30, "paths: {/a: {get: {responses: {'200': {description: O, content: {a/json: {examples: {b: {$ref: '#/components/examples/No'}}}}}}}}}\n", []string{"warning SP201 3:89 #/paths/~1a/get/responses/200/content/a~1json/examples/b"}},
		"a file that is not there":           {v30, schema("$ref: 'other.yaml#/A'"), []string{"error SP201 9:39 " + at + "/$ref"}},
		"a circle":                           {v30, schema("$ref: '#/components/schemas/A'") + "components: {schemas: {A: {$ref: '#/components/schemas/B'}, B: {$ref: '#/components/schemas/A'}}}\n", []string{"error SP202 10:28 #/components/schemas/A/$ref", "error SP202 10:65 #/components/schemas/B/$ref"}},
		"a schema that holds itself":         {v30, schema("$ref: '#/components/schemas/A'") + "components: {schemas: {A: {type: object, properties: {a: {$ref: '#/components/schemas/A'}}}}}\n", nil},
		"a reference in its own way":         {v30, schema("$ref: '#/components/schemas/A'") + "components: {$ref: '#/components/a/b'}\n", []string{"error SP201 9:39 " + at + "/$ref"}},
		"siblings of a reference":            {v30, schema("$ref: '#/components/schemas/A', nullable: true, description: D, readOnly: false, example: {}, required: [b]") + "components: {schemas: {A: {type: object, required: [a, b]}}}\n", []string{"warning SP203 9:71 " + at + "/nullable"}},
		"siblings that repeat":               {v30, schema("$ref: '#/components/schemas/A', type: object, required: [b]") + "components: {schemas: {A: {type: object, required: [a, b]}}}\n", nil},
		"siblings that add":                  {v30, schema("$ref: '#/components/schemas/A', required: [c]") + "components: {schemas: {A: {type: object, required: [a, b]}}}\n", []string{"warning SP203 9:71 " + at + "/required"}},
		"siblings in 3.1":                    {v31, schema("$ref: '#/components/schemas/A', required: [c]") + "components: {schemas: {A: {type: object}}}\n", nil},
		"a mapping to nowhere":               {v30, schema("oneOf: [{$ref: '#/components/schemas/A'}], discriminator: {propertyName: k, mapping: {a: A, b: B}}") + "components: {schemas: {A: {type: object}}}\n", []string{"warning SP204 9:134 " + at + "/discriminator/mapping/b"}},
		"a link to nowhere":                  {v30, "paths: {/a: {get: {operationId: a, responses: {'200': {description: O, links: {l: {operationId: b}, m: {operationId: a}}}}}}}\n", []string{"warning SP205 3:83 #/paths/~1a/get/responses/200/links/l"}},
		"a link by reference":                {v30, "paths: {/a: {get: {responses: {'200': {description: O, links: {l: {operationRef: '#/paths/~1b/get'}, m: {operationRef: '#/paths/~1a/get'}}}}}}}\n", []string{"warning SP205 3:67 #/paths/~1a/get/responses/200/links/l"}},
		"a scheme that is not there":         {v30, "paths: {/a: {get: {security: [{k: []}], responses: {'200': {description: O}}}}}\n", []string{"warning SP206 3:35 #/paths/~1a/get/security/0/k"}},
		"a scheme of the whole is said once": {v30, "security: [{k: []}]\npaths: {/a: {get: {responses: {'200': {description: O}}}}, /b: {get: {responses: {'200': {description: O}}}}}\n", []string{"warning SP206 3:16 #/security/0/k"}},

		// schemas
		"a type that is none":     {v30, schema("type: int"), []string{"warning SP301 9:39 " + at + "/type"}},
		"a length below 0":        {v30, schema("type: string, minLength: -1"), []string{"warning SP301 9:53 " + at + "/minLength"}},
		"required by a property":  {v30, schema("type: object, properties: {a: {type: string, required: true}}"), []string{"warning SP301 9:84 " + at + "/properties/a/required"}},
		"required of a parameter": {v20, "paths: {/a: {get: {parameters: [{name: q, in: query, type: string, required: true}], responses: {'200': {description: O}}}}}\n", nil},
		"a pattern that is none":  {v30, schema("type: string, pattern: '[a'"), []string{"error SP302 9:53 " + at + "/pattern"}},
		"a pattern of properties": {v31, schema("type: object, patternProperties: {'(': {}}"), []string{"error SP302 9:53 " + at + "/patternProperties/("}},
		"nullable in 3.1":         {v31, schema("type: string, nullable: true"), []string{"warning SP304 9:53 " + at + "/nullable"}},
		"nullable false in 3.1":   {v31, schema("type: string, nullable: false"), nil},
		"nullable in 2.0":         {v20, "paths: {/a: {get: {responses: {'200': {description: O, schema: {type: string, nullable: true}}}}}}\n", []string{"warning SP304 3:79 #/paths/~1a/get/responses/200/schema/nullable"}},
		"oneOf in 2.0":            {v20, "paths: {/a: {get: {responses: {'200': {description: O, schema: {oneOf: [{type: string}]}}}}}}\n", []string{"warning SP304 3:65 #/paths/~1a/get/responses/200/schema/oneOf"}},
		"exclusive bounds of 3.0": {v31, schema("type: integer, minimum: 1, exclusiveMinimum: true"), []string{"warning SP304 9:66 " + at + "/exclusiveMinimum"}},
		"exclusive bounds of 3.1": {v30, schema("type: integer, exclusiveMinimum: 1"), []string{"warning SP304 9:54 " + at + "/exclusiveMinimum"}},
		"types in 3.0":            {v30, schema("type: [string, integer]"), []string{"warning SP304 9:39 " + at + "/type"}},
		"const in 3.0":            {v30, schema("const: 1"), []string{"warning SP304 9:39 " + at + "/const"}},
		"const in 3.1":            {v31, schema("const: 1"), nil},
		"bounds that cross":       {v30, schema("type: integer, minimum: 2, maximum: 1"), []string{"error SP305 9:54 " + at + "/minimum"}},
		"exclusive bounds":        {v30, schema("type: number, minimum: 2, maximum: 2, exclusiveMaximum: true"), []string{"error SP305 9:53 " + at + "/minimum"}},
		"lengths that cross":      {v31, schema("type: [string, integer], minLength: 2, maxLength: 1"), []string{"warning SP305 9:64 " + at + "/minLength"}},
		"bounds that touch":       {v30, schema("type: number, minimum: 2, maximum: 2"), nil},

		// examples
		"an example of a schema":           {v30, schema("type: integer, example: a"), []string{"warning SP401 9:63 " + at + "/example"}},
		"an example's member":              {v30, schema("type: object, properties: {a: {type: integer}}, example: {a: b}"), []string{"warning SP401 9:100 " + at + "/example"}},
		"a default":                        {v30, schema("type: integer, default: a"), []string{"warning SP401 9:63 " + at + "/default"}},
		"null for what may be null":        {v30, schema("oneOf: [{type: string}], nullable: true, default: null, example: null"), nil},
		"an example without read-only":     {v30, "paths: {/a: {post: {requestBody: {content: {a/json: {schema: {$ref: '#/components/schemas/A'}}}}, responses: {'200': {description: O, content: {a/json: {schema: {$ref: '#/components/schemas/A'}}}}}}}}\ncomponents: {schemas: {A: {type: object, required: [id], properties: {id: {type: string, readOnly: true}}, example: {}}}}\n", nil},
		"an example of a parameter":        {v30, "paths: {/a: {get: {parameters: [{name: q, in: query, schema: {type: integer}, example: a}], responses: {'200': {description: O}}}}}\n", []string{"warning SP401 3:88 #/paths/~1a/get/parameters/0/example"}},
		"an example of a header":           {v30, "paths: {/a: {get: {responses: {'200': {description: O, headers: {X-A: {schema: {type: integer}, example: a}}}}}}}\n", []string{"warning SP401 3:106 #/paths/~1a/get/responses/200/headers/X-A/example"}},
		"a named example":                  {v30, "paths: {/a: {get: {responses: {'200': {description: O, content: {application/json: {schema: {type: integer}, examples: {b: {value: a}}}}}}}}}\n", []string{"warning SP401 3:132 #/paths/~1a/get/responses/200/content/application~1json/examples/b/value"}},
		"the text of an XML message":       {v30, "paths: {/a: {get: {responses: {'200': {description: O, content: {a/xml: {schema: {type: object}, example: <a/>}}}}}}}\n", nil},
		"an example of 2.0":                {v20, "paths: {/a: {get: {produces: [application/json], responses: {'200': {description: O, schema: {type: integer}, examples: {application/json: a}}}}}}\n", []string{"warning SP401 3:140 #/paths/~1a/get/responses/200/examples/application~1json"}},
		"an example that cannot be judged": {v30, schema("$ref: '#/components/schemas/A'") + "components: {schemas: {A: {type: object, properties: {a: {$ref: '#/no'}}, example: {a: 1}}}}\n", []string{"error SP201 10:59 #/components/schemas/A/properties/a/$ref"}},

		// paths and names
		"a path without a slash":           {v30, "paths: {a: {get: {responses: {'200': {description: O}}}}}\n", []string{"error SP501 3:12 #/paths/a"}},
		"a parameter that is not declared": {v30, "paths: {'/a/{b}': {get: {responses: {'200': {description: O}}}}}\n", []string{"warning SP501 3:25 #/paths/~1a~1{b}/get"}},
		"a parameter not in the path":      {v30, "paths: {/a: {get: {parameters: [{name: b, in: path, required: true, schema: {type: string}}], responses: {'200': {description: O}}}}}\n", []string{"warning SP501 3:33 #/paths/~1a/get/parameters/0"}},
		"two paths for the same requests":  {v30, "paths:\n  /a/{b}: {get: {parameters: [{name: b, in: path, required: true, schema: {type: string}}], responses: {'200': {description: O}}}}\n  /a/{c}: {get: {parameters: [{name: c, in: path, required: true, schema: {type: string}}], responses: {'200': {description: O}}}}\n", []string{"error SP502 5:17 #/paths/~1a~1{c}/get"}},
		"two methods of one shape":         {v30, "paths:\n  /a/{b}: {get: {parameters: [{name: b, in: path, required: true, schema: {type: string}}], responses: {'200': {description: O}}}}\n  /a/{c}: {put: {parameters: [{name: c, in: path, required: true, schema: {type: string}}], responses: {'200': {description: O}}}}\n", nil},
		"an operationId twice":             {v30, "paths:\n  /a: {get: {operationId: x, responses: {'200': {description: O}}}}\n  /b: {get: {operationId: x, responses: {'200': {description: O}}}}\n", []string{"warning SP503 5:14 #/paths/~1b/get/operationId"}},
		"a media type that is none":        {v30, "paths: {/a: {get: {responses: {'200': {description: O, content: {json: {}, 'a/b; c=d': {}, '*/*': {}}}}}}}\n", []string{"warning SP504 3:72 #/paths/~1a/get/responses/200/content/json"}},
		"a header that is none":            {v30, "paths: {/a: {get: {responses: {'200': {description: O, headers: {'X A': {schema: {type: string}}}}}}}}\n", []string{"error SP504 3:73 #/paths/~1a/get/responses/200/headers/X A"}},
		"a status that is none":            {v30, "paths: {/a: {get: {responses: {'200': {description: O}, '4xx': {description: O}, '600': {description: O}}}}}\n", []string{"warning SP504 3:89 #/paths/~1a/get/responses/600"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			doc, err := spec.Parse("t.yaml", []byte(test.version+"\ninfo: {title: T, version: '1'}\n"+test.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range doc.Diagnose(context.Background()) {
				got = append(got, said(p))
				if p.In != "document" || p.Position.File != "t.yaml" || p.Say() == "" {
					t.Errorf("got %+v, want a place and a sentence", p)
				}
			}
			if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s\nfrom\n%v", strings.Join(got, "\n"), strings.Join(test.want, "\n"), doc.Diagnose(context.Background()))
			}
		})
	}
}

func TestDiagnoseReadsJSONByteByByte(t *testing.T) {
	doc, err := spec.Parse("t.json", []byte(`{"openapi": "3.0.3", "info": {"title": "T", "version": "1"},
 "paths": {"/a": {"get": {"responses": {"200": {"description": "O"}}}}},
 "x-a": {"b": 1,
  "b": 2}}`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range doc.Diagnose(context.Background()) {
		got = append(got, said(p))
	}
	if want := "warning SP103 4:3 #/x-a/b"; strings.Join(got, ", ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, ", "), want)
	}
}

func TestDiagnoseEndsWithItsContext(t *testing.T) {
	doc, err := spec.Builtin("octolens")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got := doc.Diagnose(ctx); len(got) != 0 {
		t.Errorf("got %v, want nothing from a context that has ended", got)
	}
}

func TestTheBuiltinDocumentsAreClean(t *testing.T) {
	for _, name := range spec.Builtins() {
		for _, p := range diagnose(t, string(spec.BuiltinSource(name))) {
			t.Errorf("%s: %s", name, p)
		}
	}
}

func TestAMemberThatIsReadOnlyIsNotAskedOfARequest(t *testing.T) {
	doc, err := spec.Parse("t.yaml", []byte("openapi: 3.0.3\npaths: {}\ncomponents: {schemas: {A: {type: object, required: [id], properties: {id: {type: string, readOnly: true}}}}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	a := doc.Component("A")
	if got := a.Check(map[string]any{}, spec.Request); len(got) > 0 {
		t.Errorf("request: got %v, want nothing", got)
	}
	if got := a.Check(map[string]any{}, spec.Response); len(got) != 1 {
		t.Errorf("response: got %v, want that id is missing", got)
	}
}

// kin-openapi, which shares no code with Diagnose, agrees that documents without errors are valid and that those with structural errors are not.
func TestKinAgrees(t *testing.T) {
	tests := map[string]struct {
		text  string
		valid bool
	}{
		"a good one":           {"paths: {/a: {get: {responses: {'200': {description: O}}}}}\n", true},
		"a dangling reference": {"paths: {/a: {get: {responses: {'200': {$ref: '#/components/responses/No'}}}}}\n", false},
		"identical paths":      {"paths:\n  /a/{b}: {get: {parameters: [{name: b, in: path, required: true, schema: {type: string}}], responses: {'200': {description: O}}}}\n  /a/{c}: {get: {parameters: [{name: c, in: path, required: true, schema: {type: string}}], responses: {'200': {description: O}}}}\n", false},
		"an operationId twice": {"paths:\n  /a: {get: {operationId: x, responses: {'200': {description: O}}}}\n  /b: {get: {operationId: x, responses: {'200': {description: O}}}}\n", false},
		"an unknown type":      {"paths: {/a: {get: {parameters: [{name: q, in: query, schema: {type: int}}], responses: {'200': {description: O}}}}}\n", false},
		"a broken example":     {"paths: {/a: {get: {parameters: [{name: q, in: query, schema: {type: integer}, example: a}], responses: {'200': {description: O}}}}}\n", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text := "openapi: 3.0.3\ninfo: {title: T, version: '1'}\n" + test.text
			loader := openapi3.NewLoader()
			k, err := loader.LoadFromData([]byte(text))
			if err == nil {
				err = k.Validate(loader.Context)
			}
			if got := len(diagnose(t, text)) == 0; got != test.valid || got != (err == nil) {
				t.Errorf("got %v, want %v; kin says %v", got, test.valid, err)
			}
		})
	}
}

// FuzzDiagnose reads documents that are nearly right.
func FuzzDiagnose(f *testing.F) {
	for _, c := range spec.Codes() {
		text := c.Example
		if strings.HasPrefix(text, "paths:") {
			text = "openapi: 3.0.3\ninfo: {title: Pets, version: '1'}\n" + text
		}
		f.Add([]byte(text))
		f.Add([]byte(strings.Replace(text, "openapi: 3.0.3", "openapi: 3.1.0", 1)))
		f.Add([]byte(strings.Replace(text, "openapi: 3.0.3", "swagger: '2.0'", 1)))
	}
	f.Add([]byte(`{"openapi":"3.1.0","info":{},"paths":{"/a":{"get":{"responses":{"2XX":{"content":{"*/*":{"schema":{"$dynamicRef":"#a","$defs":{"x":{"$dynamicAnchor":"a","$id":"b"}}}}}}}}}}}`))
	f.Add([]byte("openapi: 3.1.0\nx: &a [1, *a]\npaths: &p {/a: {get: &g {responses: {default: {$ref: '#/paths/~1a/get/responses/default'}}}, put: *g}, <<: *p}\n"))
	f.Add([]byte("swagger: '2.0'\npaths: {/a: {post: {consumes: [a], parameters: [{in: formData, name: f, type: file}, {in: body, name: b, schema: {$ref: '#/definitions/A'}}], responses: {200: {schema: {$ref: '#/definitions/A'}}}}}}\ndefinitions: {A: {discriminator: k, properties: {k: {type: string}}, example: {k: B}}, B: {allOf: [{$ref: '#/definitions/A'}, {pattern: '('}]}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4<<10 {
			return
		}
		start := time.Now()
		doc, err := spec.Parse("f.yaml", data)
		if err != nil {
			return
		}
		ctx := context.Background()
		list := doc.Diagnose(ctx)
		for _, p := range list {
			if p.Code == "" || p.Say() == "" || p.Position.Line == 0 {
				t.Errorf("got %+v, want a code, a sentence and a line", p)
			}
		}
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("it took %s", d)
		}
	})
}

// corpusFiles gives the real documents beside the repository, when there are any.
func corpusFiles(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"*.json", "*/*.json", "*/*/*.json", "*/*.yaml", "*/*/*.yaml", "*/*/*/*.yaml"} {
		found, err := filepath.Glob(filepath.Join("..", "..", "shared", "corpus", pattern))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, found...)
	}
	return out
}

// Every problem of a real document stands where its pointer says.
func TestProblemsOfRealDocumentsPoint(t *testing.T) {
	counts := map[string]int{}
	for _, file := range corpusFiles(t) {
		if info, err := os.Stat(file); err != nil || info.Size() > 2<<20 {
			continue
		}
		doc, err := spec.Load(context.Background(), file)
		if err != nil {
			continue
		}
		text, err := spec.ReadText(file, doc.Source())
		if err != nil {
			continue
		}
		for _, p := range doc.Diagnose(context.Background()) {
			counts[p.Code]++
			pointer, ok := strings.CutPrefix(p.Pointer, "#")
			if !ok || p.Position.Line == 0 || p.Code == "" || p.Say() == "" {
				t.Errorf("%s: got %+v, want a place, a code and a sentence", file, p)
				continue
			}
			at := text.Position(pointer)
			if p.Code != spec.CodeExample && p.Code != spec.CodePath && at.Line != p.Position.Line {
				t.Errorf("%s: %s: its pointer leads to line %d", file, p, at.Line)
			}
		}
	}
	t.Logf("%v", counts)
}
