package spec

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

func TestBothLibrariesAcceptTheBuiltins(t *testing.T) {
	for _, name := range Builtins() {
		data := BuiltinSource(name)
		loader := openapi3.NewLoader()
		doc, err := loader.LoadFromData(data)
		if err != nil {
			t.Fatalf("%s: kin-openapi: %v", name, err)
		}
		if err := doc.Validate(loader.Context, openapi3.EnableSchemaFormatValidation(), openapi3.EnableExamplesValidation()); err != nil {
			t.Errorf("%s: kin-openapi: %v", name, err)
		}
		lib, err := libopenapi.NewDocument(data)
		if err != nil {
			t.Fatalf("%s: libopenapi: %v", name, err)
		}
		v, errs := validator.NewValidator(lib)
		if len(errs) > 0 {
			t.Fatalf("%s: libopenapi-validator: %v", name, errs)
		}
		if ok, problems := v.ValidateDocument(); !ok {
			for _, p := range problems {
				t.Errorf("%s: libopenapi-validator: %s: %s", name, p.Message, p.Reason)
			}
		}
	}
}

func TestEveryStatusOfTheBuiltinsHasANamedExample(t *testing.T) {
	for _, name := range Builtins() {
		d, err := Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range d.Operations() {
			for _, r := range op.Responses() {
				for _, m := range r.Content {
					if len(m.Examples) == 0 || m.Examples[0].Name == "" {
						t.Errorf("%s %s %s: no named example", name, op.ID, r.Status)
					}
				}
			}
		}
	}
}

// The facts that the documents must carry, spelled out once more.
func TestTheBuiltinsHoldTheFacts(t *testing.T) {
	capy, _ := Builtin("capydb")
	octo, _ := Builtin("octolens")
	statuses := func(op *Operation) string {
		var out []string
		for _, r := range op.Responses() {
			out = append(out, r.Status)
		}
		return strings.Join(out, " ")
	}
	for op, want := range map[*Operation]string{
		capy.Operation("GET /v1/organizations/{orgID}"):       "200 401 403 404",
		capy.Operation("PATCH /v1/organizations/{orgID}"):     "200 400 401 403 404",
		capy.Operation("GET /v1/organizations/{orgID}/usage"): "200 401 403 404",
		capy.Operation("GET /v1/me"):                          "200 401",
		octo.Operation("GET /api/v2/org"):                     "200 401 403 429 500",
		octo.Operation("PATCH /api/v2/org"):                   "200 400 401 403 429 500",
		octo.Operation("GET /api/v2/org/usage"):               "200 401 403 429 500",
	} {
		if op == nil {
			t.Errorf("no operation with statuses %s", want)
			continue
		}
		if got := statuses(op); got != want {
			t.Errorf("%s: got statuses %s, want %s", op.ID, got, want)
		}
	}
	org := octo.Operation("getOrg").Response(200)
	required := map[string]bool{}
	for _, h := range org.Headers {
		required[h.Name] = h.Required
	}
	for _, name := range []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} {
		if !required[name] {
			t.Errorf("getOrg 200: %s is not required", name)
		}
	}
	const pattern = `^(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29|\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|(?:02)-(?:0[1-9]|1\d|2[0-8])))T(?:(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z))$`
	found := 0
	for _, p := range org.Content[0].Schema.Deref().Properties {
		s := p.Schema
		for _, branch := range append([]*Schema{s}, s.AnyOf...) {
			if d := branch.Deref(); d.Pattern != nil && *d.Pattern == pattern && d.Format == "date-time" {
				found++
			}
		}
	}
	if found != 2 {
		t.Errorf("got the date-time pattern at %d members of getOrg, want 2", found)
	}
}
