package contract

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/specimen-api/specimen/spec"
)

// Verdict is what a run can say of an operation.
type Verdict string

const (
	Kept      Verdict = "kept"       // it was tested and nothing that breaks the promise was found
	Broken    Verdict = "broken"     // a finding of level error is about it
	NotTested Verdict = "not tested" // nothing was sent, or nothing that came back says anything
)

// Report is what a run found out. It holds no secret.
type Report struct {
	Form       int               `json:"form"`     // of this structure; 1
	Tool       string            `json:"tool"`     // specimen/VERSION
	RunID      string            `json:"run"`      // sent with every request as Specimen-Run
	Document   DocumentReport    `json:"document"` // what was promised
	Target     string            `json:"target"`   // the base URL
	Seed       uint64            `json:"seed"`     // the same seed makes the same cases
	Started    time.Time         `json:"started"`  // UTC
	Duration   time.Duration     `json:"nanoseconds"`
	Status     int               `json:"exit"`       // what Exit gives
	Conclusion string            `json:"conclusion"` // one sentence
	Counts     Counts            `json:"counts"`
	Operations []OperationReport `json:"operations"` // in the order of the document
	Findings   []Finding         `json:"findings"`   // errors first, each in the order of the plan
	Notes      []Note            `json:"notes"`
	Phases     []Phase           `json:"phases"`
	Budget     int               `json:"maxRequests"`
	Cut        []CutReport       `json:"cut"`      // operations that would have had more cases
	Ledger     []LedgerEntry     `json:"ledger"`   // in the order of the document
	Coverage   float64           `json:"coverage"` // of the ledger, in percent
	Lacking    []string          `json:"lacking"`  // what MinCoverage and RequireStatus ask for and the run did not see
}

// CutReport is an operation that the budget did not do for.
type CutReport struct {
	Operation string `json:"operation"`
	Planned   int    `json:"planned"` // its cases in the plan
	Phase     Phase  `json:"phase"`   // the first that is not complete
}

// DocumentReport names the document.
type DocumentReport struct {
	Location string `json:"location"`
	Title    string `json:"title"`
	Release  string `json:"version"`
}

// Counts are the sums of a report.
type Counts struct {
	Operations int `json:"operations"`
	Kept       int `json:"kept"`
	Broken     int `json:"broken"`
	NotTested  int `json:"notTested"`
	Cases      int `json:"cases"`    // planned
	Sent       int `json:"sent"`     // cases that were sent
	Requests   int `json:"requests"` // with repetitions
	Errors     int `json:"errors"`   // findings that break the promise
	Warnings   int `json:"warnings"`
}

// OperationReport is one operation's line.
type OperationReport struct {
	Operation string       `json:"operation"` // operationId, or method and path
	Method    string       `json:"method"`
	Path      string       `json:"path"`
	Verdict   Verdict      `json:"verdict"`
	Why       string       `json:"why,omitempty"` // of an operation that was not tested
	Cases     []CaseReport `json:"cases"`
	Findings  []string     `json:"findings"` // their ids
}

// Statuses gives the statuses that were seen, sorted.
func (o OperationReport) Statuses() []int {
	var out []int
	for _, c := range o.Cases {
		if c.Status != 0 && !slices.Contains(out, c.Status) {
			out = append(out, c.Status)
		}
	}
	slices.Sort(out)
	return out
}

// CaseReport is one case's line.
type CaseReport struct {
	Case   string `json:"case"`
	Name   string `json:"name"`
	Kind   Kind   `json:"kind"`
	Phase  Phase  `json:"phase"`
	Status int    `json:"status"`        // 0 when there was no answer
	Why    string `json:"why,omitempty"` // it was not sent, or not answered
}

// OK says that something was tested and nothing breaks the promise.
func (r *Report) OK() bool { return r.Exit() == 0 }

// Exit gives the exit status: 0 the promise is kept, 1 it is broken, 3 it could not be tested, 4 it is kept
// and less was seen than MinCoverage and RequireStatus ask for. 2 is for usage, which makes no report.
func (r *Report) Exit() int { return r.Status }

// Write writes the report in a format, as the function Write does.
func (r *Report) Write(w io.Writer, format string) error { return Write(w, format, r) }

func (r *runner) report(ctx context.Context, plan *Plan, outcomes []outcome) *Report {
	groups := r.findings(ctx, outcomes)
	rep := &Report{
		Form: 1, Tool: r.agent, RunID: r.cfg.RunID, Target: r.secrets.text(r.target.String()), Seed: r.cfg.Fixtures.Seed,
		Document: DocumentReport{r.doc.Location, r.doc.Title, r.doc.Release},
		Notes:    slices.Clone(plan.Notes), Findings: []Finding{}, Operations: []OperationReport{},
	}
	for _, g := range groups {
		rep.Findings = append(rep.Findings, g.finding)
		if g.flaw.Level == Error {
			rep.Counts.Errors++
		} else {
			rep.Counts.Warnings++
		}
	}
	lines := map[*spec.Operation]*line{}
	var order []*line
	get := func(op *spec.Operation) *line {
		if lines[op] == nil {
			lines[op] = &line{op: op}
			order = append(order, lines[op])
		}
		return lines[op]
	}
	for _, s := range plan.Skipped {
		get(s.Operation).skipped = s.Why
	}
	for _, o := range outcomes {
		l := get(o.exchange.Case.Operation)
		l.outcomes = append(l.outcomes, o)
	}
	slices.SortStableFunc(order, func(a, b *line) int { return a.op.Index - b.op.Index })

	var refused, missing, answered, tested int
	for _, l := range order {
		for _, g := range groups {
			if g.ops[l.op.Index] {
				l.findings = append(l.findings, g)
			}
		}
		out, reached := r.verdict(l)
		rep.Operations = append(rep.Operations, out)
		rep.Counts.Operations++
		switch out.Verdict {
		case Kept:
			rep.Counts.Kept++
		case Broken:
			rep.Counts.Broken++
		default:
			rep.Counts.NotTested++
		}
		if reached {
			tested++
		}
		statuses := OperationReport{Cases: slices.DeleteFunc(slices.Clone(out.Cases), func(c CaseReport) bool { return c.Kind != Good && c.Kind != Bare })}.Statuses()
		if len(statuses) > 0 {
			answered++
			all := func(these ...int) bool {
				return !slices.ContainsFunc(statuses, func(s int) bool { return !slices.Contains(these, s) })
			}
			if all(401, 403) {
				refused++
			}
			if all(404) {
				missing++
			}
		}
		for _, c := range out.Cases {
			rep.Counts.Cases++
			if c.Status != 0 || c.Why == "" {
				rep.Counts.Sent++
			}
		}
	}
	rep.Counts.Requests = r.state.requests
	rep.Phases, rep.Budget, rep.Cut = r.phases, r.cfg.MaxRequests, []CutReport{}
	for _, c := range plan.Cut {
		rep.Cut = append(rep.Cut, CutReport{c.Operation.ID, c.Planned, c.Phase})
	}
	rep.Ledger = r.ledger(plan, order)
	rep.Coverage = covered(rep.Ledger)
	rep.Lacking = append([]string{}, r.lacking(rep, order)...)
	r.conclude(rep, outcomes, answered, refused, missing, tested)
	rep.Conclusion = r.secrets.text(rep.Conclusion)
	for i := range rep.Notes {
		rep.Notes[i].Text = r.secrets.text(rep.Notes[i].Text)
	}
	return rep
}

// conclude decides what the run as a whole says.
func (r *runner) conclude(rep *Report, outcomes []outcome, answered, refused, missing, tested int) {
	untested := func(format string, args ...any) { rep.Status, rep.Conclusion = 3, fmt.Sprintf(format, args...) }
	var first error
	for _, o := range outcomes {
		if o.exchange.Err != nil && first == nil {
			first = o.exchange.Err
		}
	}
	switch {
	case answered == 0 && first != nil:
		untested("could not test: %v", first)
	case answered > 0 && refused == answered && r.cfg.Token == "" && len(r.cfg.Header) == 0:
		untested("could not test: every operation answered 401 or 403, and no credentials were given")
	case answered > 0 && refused == answered:
		untested("could not test: the credentials were refused, every operation answered 401 or 403")
	case answered > 1 && missing == answered:
		untested("could not test: every operation answered 404; %s", r.baseHint())
	case tested == 0 && len(rep.Operations) == 0:
		untested("could not test: the document has no operations")
	case tested == 0:
		untested("could not test: no operation was reached%s", r.whyStopped())
	case rep.Counts.Errors > 0:
		rep.Status, rep.Conclusion = 1, "the promise is broken"
	default:
		rep.Status, rep.Conclusion = 0, "the promise is kept"
		if rep.Counts.NotTested > 0 {
			rep.Conclusion += fmt.Sprintf(" by the %s that could be tested", plural(rep.Counts.Kept, "operation"))
		}
		rep.Conclusion += r.whyStopped()
		if len(rep.Lacking) > 0 {
			rep.Status = 4
			rep.Conclusion += ", and less was seen than was asked for: " + strings.Join(rep.Lacking, "; ")
		}
	}
}

func (r *runner) whyStopped() string {
	if why := r.state.stop(); why != "" {
		return ": " + why
	}
	return ""
}

// baseHint names the base paths of the document, for a target with another one.
func (r *runner) baseHint() string {
	var paths []string
	for _, s := range r.doc.Servers() {
		if s.Path != "" && s.Path != r.target.Path && !slices.Contains(paths, s.Path) {
			paths = append(paths, s.Path)
		}
	}
	if len(paths) == 0 {
		return "is the target's path the right one?"
	}
	return "is the target's path the right one? The document's servers have " + strings.Join(paths, ", ")
}

// line is what is known of one operation.
type line struct {
	op       *spec.Operation
	skipped  string
	outcomes []outcome
	findings []*group
}

// verdict says what the exchanges of an operation prove, and whether the operation itself was reached: an answer of
// 4xx tells how the deployment refuses, not what the operation does.
func (r *runner) verdict(l *line) (OperationReport, bool) {
	out := OperationReport{Operation: l.op.ID, Method: l.op.Method, Path: l.op.Path, Cases: []CaseReport{}, Findings: []string{}}
	broken, reached := false, false
	for _, g := range l.findings {
		out.Findings = append(out.Findings, g.finding.ID)
		if g.flaw.Level == Error {
			broken = true
			reached = reached || slices.Contains([]string{"status", "server-error", "answer", "auth", "credentials", "invalid-accepted"}, g.flaw.Check)
		}
	}
	for _, o := range l.outcomes {
		x := o.exchange
		c := CaseReport{Case: x.Case.ID, Name: x.Case.Name, Kind: x.Case.Kind, Phase: x.Case.Phase, Status: x.Status(), Why: x.skipped}
		if x.Err != nil {
			c.Why = x.Err.Error()
		}
		out.Cases = append(out.Cases, c)
		if x.Response != nil && x.Err == nil && x.Case.Kind == Good && x.Status()/100 != 4 {
			reached = true
		}
	}
	switch {
	case broken:
		out.Verdict = Broken
	case reached:
		out.Verdict = Kept
	default:
		out.Verdict = NotTested
		out.Why = r.secrets.text(r.notReached(l))
	}
	return out, reached
}

// notReached says why none of an operation's answers counts, and what to do about it.
func (r *runner) notReached(l *line) string {
	if l.skipped != "" {
		return l.skipped
	}
	var worst Exchange
	for _, o := range l.outcomes {
		if x := o.exchange; x.Case.Kind == Good && (worst.Case.Operation == nil || x.Status() != 0 && worst.Status() == 0) {
			worst = x
		}
	}
	switch status := worst.Status(); {
	case worst.Err != nil:
		return worst.Err.Error()
	case worst.skipped != "":
		return worst.skipped
	case status == 401 || status == 403:
		if !r.credential(l.op).has {
			return fmt.Sprintf("not reached: answered %d, and no credentials were given", status)
		}
		return fmt.Sprintf("not reached: the credentials were refused with %d", status)
	case status == 429:
		return "not reached: the target limits the rate"
	case status == 404 || status == 410:
		if names := worst.Case.guessed(); len(names) > 0 {
			return fmt.Sprintf("not reached: no id; use --set %s=...", strings.Join(names, "=... --set "))
		}
		return fmt.Sprintf("not reached: answered %d", status)
	default:
		if names := unsure(worst.Case); names != "" {
			return fmt.Sprintf("not reached: answered %d; better values may help: --set NAME=... (%s)", status, names)
		}
		return fmt.Sprintf("not reached: answered %d", status)
	}
}
