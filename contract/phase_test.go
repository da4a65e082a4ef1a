package contract_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/specimen-api/specimen/contract"
	"github.com/specimen-api/specimen/mock"
	"github.com/specimen-api/specimen/spec"
)

// corpus is a folder of real documents beside the repository, when there is one: the files of its manifest, by set.
func corpus(t testing.TB) map[string][]string {
	t.Helper()
	dir := filepath.Join("..", "..", "shared", "corpus")
	data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return nil
	}
	var list []struct{ Set, File string }
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, e := range list {
		out[e.Set] = append(out[e.Set], filepath.Join(dir, e.File))
	}
	return out
}

// everything runs all phases against the mock of a document.
func everything(t testing.TB, doc *spec.Document, token string, seed uint64, most int) *contract.Report {
	t.Helper()
	server, err := mock.New(doc, mock.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	cfg := contract.Config{Client: contract.Direct(server), Token: token, AllowWrites: true, Phases: contract.AllPhases(), MaxRequests: most, Workers: 2}
	cfg.Fixtures.Seed = seed
	cfg.Header = apart(doc)
	r, err := contract.Run(t.Context(), doc, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// anyToken is one that the mock takes for every scheme.
const anyToken = "me_test:word_test"

// apart gives the headers of schemes that are needed together with another one, which the token alone does not satisfy.
func apart(doc *spec.Document) http.Header {
	out := http.Header{}
	for _, op := range doc.Operations() {
		for _, need := range op.Security() {
			for _, n := range need {
				if len(need) > 1 && n.Scheme != nil && n.Scheme.Type == "apiKey" && n.Scheme.In == "header" && len(out) < len(need)-1 {
					out.Set(n.Scheme.Parameter, anyToken)
				}
			}
		}
	}
	return out
}

// No false alarm: what the mock plays is what the document says, whatever is sent.
func TestNothingIsFoundInTheMockOfRealDocuments(t *testing.T) {
	files := corpus(t)
	all := append(append([]string{}, files["oai"]...), files["atlas"]...)
	for i, f := range files["apis-guru"] {
		if strings.Contains(f, "/v3/") || i%3 == 0 || os.Getenv("ALL") != "" {
			all = append(all, f)
		}
	}
	for _, file := range all {
		for seed := uint64(0); seed < 2; seed++ {
			t.Run(fmt.Sprintf("%s %d", filepath.Base(file), seed), func(t *testing.T) {
				doc, err := spec.Load(t.Context(), file)
				if err != nil {
					t.Fatal(err)
				}
				r := everything(t, doc, anyToken, seed, 150)
				if len(r.Findings) != 0 {
					var b strings.Builder
					r.Write(&b, "text")
					t.Errorf("got %d findings, want none\n%s", len(r.Findings), b.String())
				}
				t.Logf("%d requests, %d of %d operations kept, %.0f%% covered", r.Counts.Requests, r.Counts.Kept, r.Counts.Operations, r.Coverage)
			})
		}
	}
}

func TestNothingIsFoundInTheMockOfTheBuiltins(t *testing.T) {
	tokens := map[string]string{"capydb": "capy_live_active", "octolens": "ak_test_paid"}
	for _, name := range spec.Builtins() {
		for seed := uint64(0); seed < 2; seed++ {
			t.Run(fmt.Sprint(name, seed), func(t *testing.T) {
				doc, err := spec.Builtin(name)
				if err != nil {
					t.Fatal(err)
				}
				r := everything(t, doc, tokens[name], seed, 0)
				if len(r.Findings) != 0 || r.Exit() != 0 {
					var b strings.Builder
					r.Write(&b, "text")
					t.Errorf("got exit %d and %d findings, want 0 and none\n%s", r.Exit(), len(r.Findings), b.String())
				}
				t.Logf("%d requests, %.0f%% covered", r.Counts.Requests, r.Coverage)
			})
		}
	}
}
