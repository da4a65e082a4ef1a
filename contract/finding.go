package contract

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/specimen-api/specimen/spec"
)

// Finding is one thing that is wrong, however often it was seen: the same check, the same promise, the same keyword.
type Finding struct {
	ID        string   `json:"id"`    // the same in every run, so that a known one can be told from a new one
	Check     string   `json:"check"` // the name of the check
	Level     string   `json:"level"` // error or warning
	Operation string   `json:"operation"`
	Method    string   `json:"method"`
	Path      string   `json:"path"` // the template
	Case      string   `json:"case"`
	Status    int      `json:"status"` // of the response; 0 when none came
	In        string   `json:"in"`     // the place in the response: body, status, header X-Total, media type
	At        string   `json:"at"`     // JSON pointer in that place; "" is the whole
	Keyword   string   `json:"keyword"`
	Got       string   `json:"got"`
	Want      string   `json:"want"`
	Message   string   `json:"message"` // one sentence
	Hint      string   `json:"hint,omitempty"`
	Promise   Promise  `json:"promise"`
	Count     int      `json:"count"`   // how often it was seen, without the repetition
	Members   []Member `json:"members"` // where, in the order of the plan; at most 100
	Sent      int      `json:"sent"`    // how often the first request was sent: 2, or 1 where repeating could do harm
	Seen      int      `json:"seen"`    // how often the finding was seen then; fewer than Sent is flaky
	Shrunk    int      `json:"shrunk"`  // how many optional parts of the request could be left out, and are in Curl
	Curl      string   `json:"curl"`    // a line for a shell that sends the request again, without secrets
}

// Promise is the place in the document that says what was to come.
type Promise struct {
	File    string `json:"file"`
	Line    int    `json:"line"`   // 0 when it is not known
	Column  int    `json:"column"` // 0 when it is not known
	Pointer string `json:"pointer"`
}

func (p Promise) String() string {
	return spec.Position{File: p.File, Line: p.Line, Column: p.Column}.String()
}

// Member is one place where a finding was seen.
type Member struct {
	Operation string `json:"operation"`
	Case      string `json:"case"`
	At        string `json:"at"`
}

// Flaky says that the finding was not seen again when the request was repeated.
func (f Finding) Flaky() bool { return f.Seen < f.Sent }

const (
	maxMembers = 100
	// maxConfirmed is how many requests are repeated to see whether their findings come again.
	maxConfirmed = 100
)

// group is a finding in the making.
type group struct {
	key     string
	finding Finding
	first   outcome
	flaw    Flaw
	ops     map[int]bool // by the operation's index
}

// findings groups what the checks saw, and sends the first request of each group again.
func (r *runner) findings(ctx context.Context, outcomes []outcome) []*group {
	var groups []*group
	byKey := map[string]*group{}
	for _, o := range outcomes {
		for _, f := range o.flaws {
			key := rootCause(o.exchange, f)
			g := byKey[key]
			if g == nil {
				g = &group{key: key, first: o, flaw: f, finding: r.finding(o.exchange, f, key), ops: map[int]bool{}}
				byKey[key] = g
				groups = append(groups, g)
			} else if f.Level == Error && g.flaw.Level != Error {
				// the clearer case of the two stands for both
				count, members := g.finding.Count, g.finding.Members
				g.first, g.flaw, g.finding = o, f, r.finding(o.exchange, f, key)
				g.finding.Count, g.finding.Members = count, members
			}
			op := o.exchange.Case.Operation
			g.ops[op.Index] = true
			g.finding.Count++
			if len(g.finding.Members) < maxMembers {
				g.finding.Members = append(g.finding.Members, Member{op.ID, o.exchange.Case.ID, r.secrets.text(f.Problem.At)})
			}
		}
	}
	repeated := map[int]outcome{} // by the case's place in the plan
	for _, g := range groups {
		g.finding.Sent, g.finding.Seen = 1, 1
		first := g.first.exchange
		if !first.Case.Safe() {
			continue
		}
		again, ok := repeated[first.Case.index]
		if !ok {
			if len(repeated) == maxConfirmed || ctx.Err() != nil || r.spent(1) {
				continue
			}
			again = r.ask(ctx, first.Case, first.Input)
			repeated[first.Case.index] = again
		}
		g.confirm(again)
	}
	for _, g := range groups {
		r.shrink(ctx, g)
	}
	slices.SortStableFunc(groups, func(a, b *group) int { return int(a.flaw.Level) - int(b.flaw.Level) })
	return groups
}

// confirm looks for the finding in the repetition of its request. A gateway that failed once and not again is a warning.
func (g *group) confirm(again outcome) {
	if !again.exchange.sent() || again.exchange.unreachable {
		return
	}
	g.finding.Sent++
	for _, f := range again.flaws {
		if rootCause(again.exchange, f) == g.key {
			g.finding.Seen++
			return
		}
	}
	switch g.first.exchange.Status() {
	case 502, 503, 504:
		g.flaw.Level = Warning
		g.finding.Level = Warning.String()
	}
}

// rootCause is equal for problems that have one reason: the same promise, broken in the same way.
func rootCause(x Exchange, f Flaw) string {
	p := f.Problem
	last := p.At[strings.LastIndexByte(p.At, '/')+1:]
	if strings.Trim(last, "0123456789") == "" {
		last = "*"
	}
	level := f.Level.String()
	if f.Check == InvalidAccepted.Name {
		level = "" // of one place and keyword some values are clearer than others
	}
	parts := []string{f.Check, level, p.In, p.Position.File, p.Pointer, p.Keyword, p.Want, last}
	if p.In == "status" || p.In == "media type" {
		parts = append(parts, itoa(x.Status()))
	}
	if p.Pointer == "" || strings.HasPrefix(p.In, "status") || p.In == "response" {
		parts = append(parts, x.Case.Operation.Method, x.Case.Operation.Path)
	}
	return strings.Join(parts, "\x00")
}

func (r *runner) finding(x Exchange, f Flaw, key string) Finding {
	theirs := found(x)
	hide := r.secrets.with(theirs...)
	p := clean(f.Problem, r.secrets, hide)
	sum := sha256.Sum256([]byte(r.secrets.text(key)))
	return Finding{
		ID: hex.EncodeToString(sum[:6]), Check: f.Check, Level: f.Level.String(),
		Operation: x.Case.Operation.ID, Method: x.Case.Operation.Method, Path: x.Case.Operation.Path, Case: x.Case.ID, Status: x.Status(),
		In: p.In, At: p.At, Keyword: p.Keyword, Got: p.Got, Want: p.Want, Message: p.Say(), Hint: p.Hint,
		Promise: Promise{p.Position.File, p.Position.Line, p.Position.Column, p.Pointer},
		Curl:    r.curl(x, hide),
	}
}
