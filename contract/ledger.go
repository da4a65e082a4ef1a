package contract

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/specimen-api/specimen/spec"
)

// LedgerEntry is one thing that the document says of an operation, and whether the run saw it.
type LedgerEntry struct {
	Operation string `json:"operation"`
	// Kind is status, media type (of a response: "200 application/json"), parameter ("query limit"), body (a media type
	// of the request), invalid ("query limit", sent as the document does not allow it).
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Covered bool   `json:"covered"`
	Count   int    `json:"count"` // how often it was sent or seen
	// Counts says that the entry counts for the coverage: 429 and 5xx do not, since nobody can ask for them, and
	// neither does what is invalid.
	Counts bool   `json:"counts"`
	Why    string `json:"why,omitempty"` // it is not covered
}

// ledger compares what the document has with what was sent and what came back.
func (r *runner) ledger(plan *Plan, lines []*line) []LedgerEntry {
	cut := map[*spec.Operation]bool{}
	for _, c := range plan.Cut {
		cut[c.Operation] = c.Phase != Random
	}
	out := []LedgerEntry{}
	for _, l := range lines {
		seen := map[string]int{}
		var last Exchange
		for _, o := range l.outcomes {
			x := o.exchange
			if !x.sent() {
				if x.skipped != "" && last.Case.Operation == nil {
					last = x
				}
				continue
			}
			if x.Case.Kind != OtherMethod {
				if x.Case.Kind == Bad {
					place, _, _ := strings.Cut(x.Case.Fault.In, " /")
					seen["invalid "+place]++
				}
				if x.Case.Kind == Good {
					for _, v := range x.Case.Values {
						seen["parameter "+v.In+" "+v.Name]++
					}
					if x.Input.HasBody {
						seen["body "+x.Input.MediaType]++
					}
				}
				if res := l.op.Response(x.Status()); res != nil {
					seen["status "+res.Status]++
					if m := spec.MatchMedia(res.Content, x.Response.Header.Get("Content-Type")); m != nil {
						seen["media type "+res.Status+" "+m.Name]++
					}
				}
			}
		}
		put := func(kind, name string, counts bool, why string) {
			n := seen[kind+" "+name]
			e := LedgerEntry{Operation: l.op.ID, Kind: kind, Name: name, Covered: n > 0, Count: n, Counts: counts}
			if n == 0 {
				switch {
				case l.skipped != "":
					why = l.skipped
				case last.skipped != "":
					why = last.skipped
				case cut[l.op]:
					why = "the budget did not do for all cases"
				}
				e.Why = r.secrets.text(why)
			}
			out = append(out, e)
		}
		for _, res := range l.op.Responses() {
			asked := res.Status != "429" && res.Status[0] != '5' && res.Status != "default"
			why := "no request was answered so"
			if !asked {
				why = "nobody can ask for it"
			}
			put("status", res.Status, asked, why)
			for _, m := range res.Content {
				put("media type", res.Status+" "+m.Name, asked && len(res.Content) > 1, "no answer had it")
			}
		}
		for _, p := range l.op.Parameters() {
			why := "no valid request had it"
			if p.Deprecated {
				why = "it is deprecated"
			}
			put("parameter", placeOf(p), true, why)
			put("invalid", placeOf(p), false, "nothing can be sent in it that is surely invalid")
		}
		if body := l.op.Body(); body != nil {
			for _, m := range body.Content {
				put("body", m.Name, true, "no valid request had it")
			}
			put("invalid", "body", false, "nothing can be sent in it that is surely invalid")
		}
	}
	return out
}

// covered gives how much of a ledger is covered, in percent; 100 where nothing counts.
func covered(entries []LedgerEntry) float64 {
	all, seen := 0, 0
	for _, e := range entries {
		if e.Counts {
			all++
			if e.Covered {
				seen++
			}
		}
	}
	if all == 0 {
		return 100
	}
	return 100 * float64(seen) / float64(all)
}

// lacking says which of the demands on the ledger are not met.
func (r *runner) lacking(rep *Report, lines []*line) []string {
	var out []string
	if r.cfg.MinCoverage > 0 && rep.Coverage < r.cfg.MinCoverage {
		out = append(out, fmt.Sprintf("the ledger is covered by %.1f%%, want %g%%", rep.Coverage, r.cfg.MinCoverage))
	}
	for _, name := range sortedKeys(r.cfg.RequireStatus) {
		var seen []int
		for _, l := range lines {
			if l.op == r.doc.Operation(name) {
				for _, o := range l.outcomes {
					if o.exchange.Case.Kind != OtherMethod {
						seen = append(seen, o.exchange.Status())
					}
				}
			}
		}
		for _, status := range r.cfg.RequireStatus[name] {
			if !slices.Contains(seen, status) {
				out = append(out, fmt.Sprintf("%s was never answered with %d", name, status))
			}
		}
	}
	return out
}

// WriteLedger writes the ledgers of reports as a table: a line for each operation, and one for each thing that counts
// and was not covered.
func WriteLedger(w io.Writer, reports ...*Report) error {
	var b strings.Builder
	for i, rep := range reports {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s: %.1f%% covered\n", oneLine(rep.Document.Location), rep.Coverage)
		width := 0
		for _, o := range rep.Operations {
			width = max(width, len(o.Operation))
		}
		for _, o := range rep.Operations {
			var parts []string
			var open []LedgerEntry
			for _, kind := range []string{"status", "media type", "parameter", "body", "invalid"} {
				all, seen := 0, 0
				for _, e := range rep.Ledger {
					if e.Operation != o.Operation || e.Kind != kind {
						continue
					}
					all++
					if e.Covered {
						seen++
					} else if e.Counts {
						open = append(open, e)
					}
				}
				if all > 0 {
					parts = append(parts, fmt.Sprintf("%s %d/%d", kind, seen, all))
				}
			}
			fmt.Fprintf(&b, "%-*s  %s\n", width, oneLine(o.Operation), strings.Join(parts, ", "))
			for _, e := range open {
				fmt.Fprintf(&b, "%-*s    not covered: %s %s: %s\n", width, "", e.Kind, oneLine(e.Name), oneLine(e.Why))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
