package spec

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/specimen-api/specimen/internal/value"
)

// folder writes files and gives their directory.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const overlayHead = "overlay: 1.1.0\ninfo: {title: O, version: '1'}\nactions:\n"

func TestAnOverlayChangesTheDocument(t *testing.T) {
	doc := `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{` +
		`"/a":{"get":{"tags":["x","y"],"parameters":[{"name":"p","in":"query"}]},"post":{"x-internal":true}},` +
		`"/b":{"get":{"tags":["z"]}}}}`
	paths := func(inside string) string {
		return `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{` + inside + `}}`
	}
	a, b := `"/a":{"get":{"tags":["x","y"],"parameters":[{"name":"p","in":"query"}]},"post":{"x-internal":true}}`, `"/b":{"get":{"tags":["z"]}}`
	tests := map[string]struct {
		actions, want string
	}{
		"an object is merged": {"- target: $.info\n  update: {title: New, contact: {name: N}}",
			strings.Replace(doc, `{"title":"T","version":"1"}`, `{"title":"New","version":"1","contact":{"name":"N"}}`, 1)},
		"the root is merged, deeply": {"- target: $\n  update: {info: {version: '2'}, x-new: [1]}",
			strings.Replace(strings.TrimSuffix(doc, "}"), `"version":"1"`, `"version":"2"`, 1) + `,"x-new":[1]}`},
		"lists inside an object are joined": {"- target: $.paths['/a'].get\n  update: {tags: [w]}",
			strings.Replace(doc, `["x","y"]`, `["x","y","w"]`, 1)},
		"a list takes an entry": {"- target: $.paths['/a'].get.parameters\n  update: {name: q, in: query}",
			strings.Replace(doc, `"in":"query"}]`, `"in":"query"},{"name":"q","in":"query"}]`, 1)},
		"a value is replaced": {"- target: $.info.title\n  update: Other",
			strings.Replace(doc, `"T"`, `"Other"`, 1)},
		"an operation is removed": {"- target: $.paths['/a'].post\n  remove: true",
			strings.Replace(doc, `,"post":{"x-internal":true}`, ``, 1)},
		"what a filter finds is removed":      {"- target: $.paths.*[?@['x-internal'] == true]\n  remove: true", strings.Replace(doc, `,"post":{"x-internal":true}`, ``, 1)},
		"items are removed":                   {"- target: $..tags[?@ == 'x' || @ == 'z']\n  remove: true", strings.Replace(strings.Replace(doc, `["x","y"]`, `["y"]`, 1), `["z"]`, `[]`, 1)},
		"the last item is removed":            {"- target: $.paths['/a'].get.tags[-1]\n  remove: true", strings.Replace(doc, `["x","y"]`, `["x"]`, 1)},
		"a slice of a list is removed":        {"- target: $.paths['/a'].get.tags[::-1]\n  remove: true", strings.Replace(doc, `["x","y"]`, `[]`, 1)},
		"every operation is changed":          {"- target: $.paths.*.get\n  update: {deprecated: true}", paths(strings.Replace(strings.Replace(a, `"in":"query"}]`, `"in":"query"}],"deprecated":true`, 1)+","+b, `["z"]`, `["z"],"deprecated":true`, 1))},
		"a filter that asks the root":         {"- target: $.paths[?@.get.tags[0] == $.paths['/b'].get.tags[0]]\n  remove: true", paths(a)},
		"a filter that calls functions":       {"- target: $.paths.*.get[?length(@) == 2 && match(@[0], '[a-x]')]\n  remove: true", strings.Replace(doc, `"tags":["x","y"],`, ``, 1)},
		"a path item is copied":               {"- target: $.paths\n  update: {/c: {}}\n- target: $.paths['/c']\n  copy: $.paths['/b']", paths(a + "," + b + `,"/c":{"get":{"tags":["z"]}}`)},
		"what was copied changes on its own":  {"- target: $.paths\n  update: {/c: {}}\n- target: $.paths['/c']\n  copy: $.paths['/b']\n- target: $.paths['/c'].get.tags\n  update: w", paths(a + "," + b + `,"/c":{"get":{"tags":["z","w"]}}`)},
		"a change to one place is no other's": {"- target: $.paths.*.get\n  update: {x-o: {l: [1]}}\n- target: $.paths['/b'].get['x-o'].l\n  update: 2", paths(strings.Replace(strings.Replace(a, `"in":"query"}]`, `"in":"query"}],"x-o":{"l":[1]}`, 1)+","+b, `["z"]`, `["z"],"x-o":{"l":[1,2]}`, 1))},
	}
	for name, tt := range tests {
		for form, text := range map[string]string{"JSON": doc, "YAML": "# YAML\n" + strings.Replace(doc, "{", "{ ", 1)} {
			t.Run(name+" in "+form, func(t *testing.T) {
				file := filepath.Join(folder(t, map[string]string{"o.yaml": overlayHead + tt.actions}), "o.yaml")
				d, err := Loader{Overlays: []string{file}}.Parse(context.Background(), "d", []byte(text))
				if err != nil {
					t.Fatal(err)
				}
				v, err := d.file.root.value()
				if err != nil {
					t.Fatal(err)
				}
				if got := string(value.Append(nil, v)); got != tt.want {
					t.Errorf("got  %s\nwant %s", got, tt.want)
				}
				if len(d.Problems()) > 0 {
					t.Errorf("got problems %v, want none", d.Problems())
				}
			})
		}
	}
}

func TestAnOverlayThatCannotBeAppliedIsRefusedAtItsPlace(t *testing.T) {
	tests := map[string]struct{ overlay, want string }{
		"no overlay":              {"openapi: 3.1.0\n", "o.yaml:1:1: this is no overlay: there is no overlay member with a version such as \"1.0.0\""},
		"a version of the future": {"overlay: 2.0.0\nactions: []", "o.yaml:1:10: overlay \"2.0.0\" is not known; Specimen reads 1.0 and 1.1"},
		"no actions":              {"overlay: 1.0.0\nactions: []", "o.yaml:1:1: an overlay without a list of actions changes nothing"},
		"no target":               {overlayHead + "- update: {}", "o.yaml:4:3: action 1: there is no target"},
		"no JSONPath":             {overlayHead + "- target: $.paths\n  update: {}\n- target: $.paths[\n  remove: true", "o.yaml:6:11: action 2: \"$.paths[\" is no JSONPath: "},
		"the root removed":        {overlayHead + "- target: $\n  remove: true", "o.yaml:4:11: action 1: the whole document cannot be removed"},
		"a list into an object":   {overlayHead + "- target: $.info\n  update: [1]", "o.yaml:4:11: action 1: an array cannot be merged into an object; remove that first"},
		"an object into a string": {overlayHead + "- target: $\n  update:\n    info: {title: {a: 1}}", "o.yaml:6:19: action 1: title: an object cannot be merged into a string; remove that first"},
		"copy of many":            {overlayHead + "- target: $.info\n  copy: $.paths.*", "o.yaml:5:9: action 1: copy $.paths.* matches 2 values, want one"},
		"copy and update":         {overlayHead + "- target: $.info\n  copy: $.info\n  update: {}", "o.yaml:5:9: action 1: an action has update or copy, not both"},
		"no YAML":                 {"overlay: [", "o.yaml:2:1: did not find expected node content"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Chdir(folder(t, map[string]string{"o.yaml": tt.overlay}))
			_, err := Loader{Overlays: []string{"o.yaml"}}.Parse(context.Background(), "d", []byte(`{"openapi":"3.1.0","info":{"title":"T"},"paths":{"/a":{},"/b":{}}}`))
			if err == nil || !strings.HasPrefix(err.Error(), "load "+tt.want) {
				t.Errorf("got %v\nwant load %s", err, tt.want)
			}
		})
	}
}

func TestValuesOfAnOverlayStandInTheOverlayAndReferFromTheDocument(t *testing.T) {
	t.Chdir(folder(t, map[string]string{
		"api/openapi.json": `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{},
			"components":{"schemas":{"Pet":{"type":"object"}}}}`,
		"api/cat.yaml": "type: string",
		"changes/o.yaml": "overlay: 1.0.0\nextends: ../api/openapi.json\nactions:\n- target: $.paths\n  update:\n    /pets:\n      get:\n        responses:\n" +
			"          '200':\n            description: ok\n            content:\n              application/json:\n                schema:\n                  type: object\n" +
			"                  properties:\n                    pet: {$ref: '#/components/schemas/Pet'}\n                    cat: {$ref: cat.yaml}\n" +
			"- target: $.components.schemas.Pet\n  update: {required: [name]}\n- target: $.nothing\n  remove: true\n",
	}))
	d, err := Loader{Overlays: []string{"changes/o.yaml"}}.Load(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	if d.Location != filepath.Join("api", "openapi.json") {
		t.Errorf("got location %s, want the document that the overlay extends", d.Location)
	}
	op := d.Operation("GET /pets")
	if op == nil {
		t.Fatal("got no operation of the overlay")
	}
	if got := op.Position.String(); got != "changes/o.yaml:8:9" {
		t.Errorf("got the operation at %s, want its place in the overlay", got)
	}
	if len(op.Problems()) > 0 {
		t.Fatal(op.Problems())
	}
	s := op.Response(200).Content[0].Schema
	pet, cat := s.Properties[0].Schema.Deref(), s.Properties[1].Schema.Deref()
	if len(pet.Required) != 1 || pet.Pointer != "#/components/schemas/Pet" || pet != d.Component("Pet") {
		t.Errorf("got %+v, want the document's own component, changed", pet)
	}
	if got := pet.Position.String(); !strings.HasSuffix(got, "openapi.json:2:35") {
		t.Errorf("got the component at %s, want its place in the document", got)
	}
	if cat.Types != String {
		t.Errorf("got %v, want what the file beside the document says", cat.Types)
	}
	if len(d.Problems()) != 1 || d.Problems()[0].String() != "changes/o.yaml:20:11: SP105: target $.nothing matches nothing; the action changes nothing" {
		t.Errorf("got %v, want the action that matches nothing", d.Problems())
	}
}

func TestAnAnchorsOtherPlacesAreNotChanged(t *testing.T) {
	file := filepath.Join(folder(t, map[string]string{"o.yaml": overlayHead + "- target: $.components.schemas.A.properties.x\n  update: {minLength: 3}\n- target: $.components.schemas.C\n  copy: $.components.schemas.A\n- target: $.components.schemas.C.properties.x\n  update: {minLength: 5}"}), "o.yaml")
	d, err := Loader{Overlays: []string{file}}.Parse(context.Background(), "d",
		[]byte("openapi: 3.1.0\ncomponents:\n  schemas:\n    A: &a {properties: {x: {type: string}}}\n    B: *a\n    C: {}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"A": 3, "B": 0, "C": 5} {
		got := 0
		if x := d.Component(name).Properties[0].Schema; x.MinLength != nil {
			got = *x.MinLength
		}
		if got != want {
			t.Errorf("%s: got minLength %d, want %d", name, got, want)
		}
	}
}
