package sarif

import (
	"bytes"
	"encoding/json"
	"testing"

	oasis "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// The library brings the schema of SARIF 2.1.0 along and holds the report to it.
func TestReportsObeyTheSchemaOfSARIF(t *testing.T) {
	tests := map[string]Report{
		"empty": {Tool: "Specimen"},
		"full": {Tool: "Specimen", Version: "v1.2.3",
			Rules: []Rule{{ID: "SP201", Short: "a", Full: "b", Help: "c"}, {ID: "SP401", Short: "a", Full: "b", Help: "c"}},
			Results: []Result{
				{Rule: "SP401", Level: "warning", Message: "an <example>", File: "dir name/pets.yaml", Line: 3, Column: 7, Logical: "#/paths/~1pets"},
				{Rule: "SP201", Level: "error", Message: "m", File: "/tmp/pets.yaml"},
				{Rule: "SP999", Level: "note", Message: "m"},
			}},
	}
	for name, report := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := Write(&out, report); err != nil {
				t.Fatal(err)
			}
			in := json.NewDecoder(bytes.NewReader(out.Bytes()))
			in.DisallowUnknownFields()
			if err := in.Decode(&oasis.Report{}); err != nil {
				t.Errorf("%v\n%s", err, out.Bytes())
			}
			read, err := oasis.FromBytes(out.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			// the library judges its own model, in which these three are empty and not absent; their defaults are valid
			run := read.Runs[0]
			run.Language, run.Tool.Driver.Language, run.NewlineSequences = "en-US", "en-US", []string{"\r\n", "\n"}
			if err := read.Validate(); err != nil {
				t.Error(err)
			}
			if got := len(read.Runs[0].Results); got != len(report.Results) {
				t.Errorf("got %d results, want %d", got, len(report.Results))
			}
		})
	}
}

func TestPlacesAreURIs(t *testing.T) {
	for file, want := range map[string]string{
		"pets.yaml":            "pets.yaml",
		"a b/pets.yaml":        "a%20b/pets.yaml",
		"a:b.yaml":             "./a:b.yaml",
		"/a/b c.yaml":          "file:///a/b%20c.yaml",
		"https://example.com/": "https://example.com/",
	} {
		if got := uri(file); got != want {
			t.Errorf("%q: got %q, want %q", file, got, want)
		}
	}
}

func TestRulesAreFoundByTheirIndex(t *testing.T) {
	var out bytes.Buffer
	if err := Write(&out, Report{Tool: "T", Rules: []Rule{{ID: "A"}, {ID: "B"}}, Results: []Result{{Rule: "B", Level: "error", Message: "m"}}}); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Runs []struct{ Results []struct{ RuleIndex int } }
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if index := got.Runs[0].Results[0].RuleIndex; index != 1 {
		t.Errorf("got rule %d, want 1", index)
	}
}
