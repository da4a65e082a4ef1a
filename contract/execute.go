package contract

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// Result is what became of one case.
type Result struct {
	Case     Case
	Status   int    // of the response; 0 when none came
	Skipped  string // why it was not sent; "" when it was
	Err      string // why no whole response came; "" when one did
	Tries    int
	Problems []Flaw // what the checks saw, without secrets
}

// Flaw is one problem that a check saw.
type Flaw struct {
	Check   string
	Level   Level
	Problem spec.Problem
}

// outcome is an exchange with what the checks saw of it.
type outcome struct {
	exchange Exchange
	flaws    []Flaw
}

// execute sends the plan: the examples that are safe first, then what varies them, then what is held against one of
// them, then the writes one by one.
func (r *runner) execute(ctx context.Context, plan *Plan) []outcome {
	out := make([]outcome, len(plan.Cases))
	done := make([]bool, len(plan.Cases))
	var mu sync.Mutex
	told := 0
	finish := func(i int, o outcome) {
		mu.Lock()
		defer mu.Unlock()
		out[i], done[i] = o, true
		for told < len(done) && done[told] {
			if r.cfg.Observe != nil {
				r.cfg.Observe(r.result(out[told]))
			}
			told++
		}
	}

	var first, reads, after, writes []Case
	examples := map[*spec.Operation][]int{} // the valid cases that tell whether an operation can be reached
	for _, c := range plan.Cases {
		switch {
		case c.after >= 0:
			after = append(after, c)
		case !c.Safe():
			writes = append(writes, c)
		case c.Phase == Examples:
			first = append(first, c)
		default:
			reads = append(reads, c)
		}
		if c.Phase == Examples && c.Kind == Good {
			examples[c.Operation] = append(examples[c.Operation], c.index)
		}
	}
	// what nobody can reach is not asked hundreds of times
	hopeless := func(c Case) bool {
		known := examples[c.Operation]
		if c.Phase == Examples || len(known) == 0 {
			return false
		}
		return !slices.ContainsFunc(known, func(i int) bool {
			switch out[i].exchange.Status() {
			case 0, 401, 403, 404, 410, 429:
				return false
			}
			return true
		})
	}
	skip := func(c Case, why string) { finish(c.index, outcome{exchange: Exchange{Case: c, skipped: why}}) }
	const unreached = "no valid request of the operation was served"
	r.each(r.cfg.Workers, first, func(c Case) { finish(c.index, r.ask(ctx, c, c.Input)) })
	r.each(r.cfg.Workers, reads, func(c Case) {
		if !safe(c.Operation.Method) || !hopeless(c) {
			finish(c.index, r.ask(ctx, c, c.Input))
			return
		}
		skip(c, unreached)
	})
	r.each(r.cfg.Workers, after, func(c Case) {
		if c.reference = out[c.after].exchange.Status(); c.reference/100 != 2 {
			why := "the request with credentials was not answered with 2xx"
			if c.Kind != Bare {
				why = "the request that it is held against was not answered with 2xx"
			}
			skip(c, why)
			return
		}
		finish(c.index, r.ask(ctx, c, c.Input))
	})
	r.each(1, writes, func(c Case) {
		if hopeless(c) {
			skip(c, unreached)
			return
		}
		input, ok := r.prepare(ctx, &c, out)
		if !ok {
			skip(c, "it replaces what is there, and nothing was read that could be put back")
			return
		}
		finish(c.index, r.ask(ctx, c, input))
	})
	return out
}

func (r *runner) each(workers int, cases []Case, do func(Case)) {
	queue := make(chan Case)
	var wg sync.WaitGroup
	for range min(workers, len(cases)) {
		wg.Go(func() {
			for c := range queue {
				do(c)
			}
		})
	}
	for _, c := range cases {
		queue <- c
	}
	close(queue)
	wg.Wait()
}

// prepare puts what was read into the body of a write.
func (r *runner) prepare(ctx context.Context, c *Case, out []outcome) (spec.Input, bool) {
	input := c.Input
	if c.Echo == nil {
		return input, true
	}
	for _, o := range out {
		read := o.exchange
		if read.Case.Operation != c.Echo || read.Case.Kind != Good || read.Case.Operation.Method != read.Case.method() || !same(spec.Input{Path: read.Input.Path}, spec.Input{Path: input.Path}) {
			continue
		}
		body, ok := echo(*c, read)
		if !ok {
			continue
		}
		filled := *c
		filled.Input.Body, filled.Input.HasBody = body, true
		if filled.Kind == Bad {
			if _, ok := r.spoiled(ctx, filled, filled.Fault.In, filled.Fault.At, filled.Fault.Keyword); !ok {
				continue
			}
		} else if r.judge(ctx, filled) != nil {
			continue
		}
		c.Values = slices.Clone(c.Values)
		for i := range c.Values {
			if c.Values[i].In == "body" {
				c.Values[i].Source = FromAnswer
			}
		}
		return filled.Input, true
	}
	return input, !c.EchoOnly
}

// ask sends a case and shows the exchange to every check.
func (r *runner) ask(ctx context.Context, c Case, input spec.Input) outcome {
	x := r.send(ctx, c, input)
	return outcome{x, r.flaws(x)}
}

func (r *runner) flaws(x Exchange) []Flaw {
	if !x.sent() || x.unreachable {
		return nil
	}
	var out []Flaw
	for _, check := range r.checks {
		for _, p := range check.Run(x) {
			level := check.Level
			if p.Severity == spec.Warning {
				level = Warning
			}
			if p.Position.Line == 0 && p.Position.File == "" {
				p.Position, p.Pointer = x.Case.Operation.Position, x.Case.Operation.Pointer
			}
			p.Got = quoted(x, p)
			out = append(out, Flaw{check.Name, level, p})
		}
	}
	return out
}

// quoted adds the value to what came where only its type is told: a reader looks for the value in a log.
func quoted(x Exchange, p spec.Problem) string {
	if p.Keyword != "type" || strings.Contains(p.Got, " ") || p.Message != "" {
		return p.Got
	}
	var text string
	if name, ok := strings.CutPrefix(p.In, "header "); ok && p.At == "" && !sensitive.MatchString(name) {
		text = string(value.AppendString(nil, x.Response.Header.Get(name)))
	} else if p.In == "body" && isJSON(x.Response.Header.Get("Content-Type")) {
		body, err := value.Parse(x.Body)
		if err != nil {
			return p.Got
		}
		v, ok := value.Pointer(body, p.At)
		switch v.(type) {
		case string, json.Number, bool:
			text = string(value.Append(nil, v))
		}
		if !ok {
			return p.Got
		}
	}
	if text == "" {
		return p.Got
	}
	return p.Got + " " + shorten(text)
}

const maxShown = 60 // code points of a value

func shorten(text string) string {
	runes := []rune(text)
	if len(runes) <= maxShown {
		return text
	}
	return string(runes[:maxShown]) + "…"
}

func (r *runner) result(o outcome) Result {
	x := o.exchange
	res := Result{Case: x.Case, Status: x.Status(), Skipped: x.skipped, Tries: x.Tries}
	if x.Err != nil {
		res.Err = x.Err.Error()
	}
	hide := r.secrets.with(found(x)...)
	for _, f := range o.flaws {
		res.Problems = append(res.Problems, Flaw{f.Check, f.Level, clean(f.Problem, r.secrets, hide)})
	}
	return res
}

// clean takes secrets out of a problem: ours everywhere, and those that the answer brought where it is quoted.
func clean(p spec.Problem, ours, theirs secrets) spec.Problem {
	p.In, p.At = ours.text(p.In), ours.text(p.At)
	p.Want, p.Hint = ours.text(p.Want), ours.text(p.Hint)
	p.Got, p.Message = theirs.text(p.Got), theirs.text(p.Message)
	return p
}
