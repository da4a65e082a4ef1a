package spec

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// corpus is a folder of real documents beside the repository, when there is one.
func corpus(t testing.TB) map[string]string {
	t.Helper()
	dir := filepath.Join("..", "..", "shared", "corpus")
	data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return nil
	}
	var list []struct {
		ID, File string
	}
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range list {
		out[e.ID] = filepath.Join(dir, e.File)
	}
	return out
}

func TestEveryDocumentOfTheCorpusLoads(t *testing.T) {
	for name, file := range corpus(t) {
		d, err := Load(context.Background(), file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, p := range d.Problems() {
			t.Logf("%s: %s", name, p)
		}
		if len(d.Operations()) == 0 {
			t.Errorf("%s: got no operations", name)
		}
		for _, op := range d.Operations() {
			for _, p := range op.Problems() {
				t.Logf("%s %s: %s %s", name, op.ID, p.Severity, p)
			}
		}
	}
}
