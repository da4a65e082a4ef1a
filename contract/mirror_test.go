package contract_test

import (
	"strings"
	"testing"

	"github.com/specimen-api/specimen/contract"
	"github.com/specimen-api/specimen/mock"
	"github.com/specimen-api/specimen/spec"
)

// The two halves of the house test each other: what the mock plays of a document, the contract run finds kept.
func TestTheMockKeepsThePromiseOfEachBuiltin(t *testing.T) {
	tokens := map[string]string{"capydb": "capy_live_active", "octolens": "ak_test_paid"}
	for _, name := range spec.Builtins() {
		for _, writes := range []bool{false, true} {
			t.Run(name+map[bool]string{false: " reads", true: " writes"}[writes], func(t *testing.T) {
				doc, err := spec.Builtin(name)
				if err != nil {
					t.Fatal(err)
				}
				server, err := mock.New(doc, mock.Config{})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { server.Close() })
				cfg := contract.Config{Client: contract.Direct(server), Token: tokens[name], AllowWrites: writes, Drift: true}
				r, err := contract.Run(t.Context(), doc, cfg)
				if err != nil {
					t.Fatal(err)
				}
				tested := 0
				for _, op := range doc.Operations() {
					if writes || op.Method == "GET" {
						tested++
					}
				}
				if len(r.Findings) != 0 || r.Exit() != 0 || r.Counts.Kept != tested {
					var b strings.Builder
					r.Write(&b, "text")
					t.Errorf("got exit %d, %d findings and %d operations kept, want 0, none and %d\n%s", r.Exit(), len(r.Findings), r.Counts.Kept, tested, b.String())
				}
				if len(r.Notes) != 0 {
					t.Errorf("got the notes %v, want none", r.Notes)
				}
			})
		}
	}
}
