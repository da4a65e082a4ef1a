package contract

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// maxShrink is how many requests are sent to make the request of one finding smaller.
const maxShrink = 8

// shrink looks for a smaller request that shows the finding too: first without anything that is optional, then
// without one part after the other.
func (r *runner) shrink(ctx context.Context, g *group) {
	first := g.first.exchange
	if first.Case.Kind != Good && first.Case.Kind != Bad || first.Case.Echo != nil || !first.Case.Safe() && !r.cfg.AllowWrites || g.finding.Flaky() {
		return
	}
	parts := optionalParts(first.Case)
	if len(parts) == 0 {
		return
	}
	best, sent, dropped := first.Case, 0, 0
	var shown outcome
	// try says whether the finding shows without the parts too.
	try := func(these []part) bool {
		if sent == maxShrink || ctx.Err() != nil || r.spent(1) {
			return false
		}
		c := best
		for _, p := range these {
			c = p.without(c)
		}
		if c.Kind == Bad {
			var ok bool
			if c, ok = r.spoiled(ctx, c, first.Case.Fault.In, first.Case.Fault.At, first.Case.Fault.Keyword); !ok {
				return false
			}
		} else if r.judge(ctx, c) != nil {
			return false
		}
		sent++
		o := r.ask(ctx, c, c.Input)
		if !slices.ContainsFunc(o.flaws, func(f Flaw) bool { return rootCause(o.exchange, f) == g.key }) {
			return false
		}
		best, shown, dropped = c, o, dropped+len(these)
		return true
	}
	if !try(parts) && len(parts) > 1 {
		for _, p := range parts {
			try([]part{p})
		}
	}
	if dropped == 0 {
		return
	}
	g.finding.Shrunk = dropped
	i := slices.IndexFunc(shown.flaws, func(f Flaw) bool { return rootCause(shown.exchange, f) == g.key })
	now := r.finding(shown.exchange, shown.flaws[i], g.key)
	g.finding.Curl, g.finding.Got, g.finding.Message, g.finding.Status, g.finding.At = now.Curl, now.Got, now.Message, now.Status, now.At
}

// part is one optional part of a request.
type part struct {
	parameter *spec.Parameter
	member    string // of the body, when parameter is nil
}

// optionalParts names what a case could do without, but for the place that it varies.
func optionalParts(c Case) []part {
	var out []part
	for _, p := range c.Operation.Parameters() {
		if _, given := c.Input.Value(p); given && !p.Required && (c.Fault == nil || c.Fault.In != placeOf(p)) {
			out = append(out, part{parameter: p})
		}
	}
	o, ok := c.Input.Body.(*value.Object)
	body := c.Operation.Body()
	if !ok || body == nil || !isJSON(c.Input.MediaType) {
		return out
	}
	m := spec.MatchMedia(body.Content, c.Input.MediaType)
	if m == nil || m.Schema == nil {
		return out
	}
	needed := map[string]bool{}
	var walk func(s *spec.Schema, depth int)
	walk = func(s *spec.Schema, depth int) {
		if s == nil || depth > 20 {
			return
		}
		for _, name := range s.Required {
			needed[name] = true
		}
		if s.Ref != nil {
			walk(s.Ref.Schema(), depth+1)
		}
		for _, b := range s.AllOf {
			walk(b, depth+1)
		}
	}
	walk(m.Schema, 0)
	for name := range o.All() {
		if at := "/" + value.Escape(name); !needed[name] && (c.Fault == nil || c.Fault.At != at && !strings.HasPrefix(c.Fault.At, at+"/")) {
			out = append(out, part{member: name})
		}
	}
	return out
}

func (p part) without(c Case) Case {
	c.Values = slices.Clone(c.Values)
	if p.parameter != nil {
		c.Input.Query, c.Input.Header, c.Input.Cookie = maps.Clone(c.Input.Query), maps.Clone(c.Input.Header), maps.Clone(c.Input.Cookie)
		c.drop(p.parameter)
		return c
	}
	o := value.Clone(c.Input.Body).(*value.Object)
	o.Delete(p.member)
	c.Input.Body = o
	return c
}
