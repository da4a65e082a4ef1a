package contract

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strings"

	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// coverage varies a valid request, one thing at a time. The places take turns, so that a small budget sees a little of
// each.
func (r *runner) coverage(ctx context.Context, s *source) iter.Seq[Case] {
	base := s.base()
	base.Phase = Coverage
	seqs := []iter.Seq[Case]{r.probes(ctx, s), r.missing(ctx, base)}
	for _, p := range s.op.Parameters() {
		if r.fixed(p) {
			continue
		}
		seqs = append(seqs, r.validParameter(ctx, base, p), r.invalidParameter(ctx, base, p, ""))
	}
	if body := s.op.Body(); body != nil && base.Input.HasBody {
		for _, m := range body.Content {
			seqs = append(seqs, r.validBody(ctx, base, m), r.invalidBody(ctx, base, m, ""))
		}
	}
	return func(yield func(Case) bool) {
		if !slices.Contains(r.phases, Examples) && !yield(base) {
			return
		}
		inTurn(seqs, yield)
	}
}

// fixed says that a parameter is left as it is: the caller gave it, it looks like a credential, or it is HTTP's own and
// changes what an answer means.
func (r *runner) fixed(p *spec.Parameter) bool {
	if _, set := r.cfg.Set[p.Name]; set || sensitive.MatchString(p.Name) {
		return true
	}
	if p.In != "header" {
		return false
	}
	name := strings.ToLower(p.Name)
	return strings.HasPrefix(name, "if-") || strings.HasPrefix(name, "accept") || strings.HasPrefix(name, "content-") ||
		slices.Contains([]string{"range", "host", "expect", "connection", "upgrade", "te", "trailer", "transfer-encoding", "prefer", "origin", "user-agent", "forwarded", "x-http-method-override"}, name)
}

// inTurn gives one of each sequence after the other until all have ended.
func inTurn(seqs []iter.Seq[Case], yield func(Case) bool) {
	var nexts []func() (Case, bool)
	for _, seq := range seqs {
		next, stop := iter.Pull(seq)
		defer stop()
		nexts = append(nexts, next)
	}
	for len(nexts) > 0 {
		nexts = slices.DeleteFunc(nexts, func(next func() (Case, bool)) bool { return next == nil })
		for i, next := range nexts {
			c, ok := next()
			if !ok {
				nexts[i] = nil
				continue
			}
			if !yield(c) {
				return
			}
		}
	}
}

// varied copies a case so that its input can be changed.
func varied(base Case, place, format string, args ...any) Case {
	c := base
	c.Varied = place
	c.Name = strings.TrimSpace(strings.ReplaceAll(place+" "+fmt.Sprintf(format, args...), " :", ":"))
	c.Values = slices.Clone(base.Values)
	in := &c.Input
	in.Path, in.Query, in.Header, in.Cookie = maps.Clone(in.Path), maps.Clone(in.Query), maps.Clone(in.Header), maps.Clone(in.Cookie)
	return c
}

func (c *Case) put(p *spec.Parameter, v any, source Source) {
	c.Input.Set(p, v)
	c.Values = slices.DeleteFunc(c.Values, func(x Value) bool { return x.Name == p.Name && x.In == p.In })
	c.Values = append(c.Values, Value{p.Name, p.In, source})
}

func (c *Case) drop(p *spec.Parameter) {
	switch p.In {
	case "query":
		delete(c.Input.Query, p.Name)
	case "header":
		delete(c.Input.Header, p.Name)
	case "cookie":
		delete(c.Input.Cookie, p.Name)
	case "querystring":
		c.Input.QueryString = nil
	}
	c.Values = slices.DeleteFunc(c.Values, func(x Value) bool { return x.Name == p.Name && x.In == p.In })
}

func (c *Case) putBody(v any, m *spec.MediaType, source Source) {
	c.Input.Body, c.Input.HasBody, c.Input.MediaType = v, true, m.Name
	c.Values = slices.DeleteFunc(c.Values, func(x Value) bool { return x.In == "body" })
	c.Values = append(c.Values, Value{"body", "body", source})
}

func placeOf(p *spec.Parameter) string { return p.In + " " + p.Name }

// missing leaves out what is required, one at a time.
func (r *runner) missing(ctx context.Context, base Case) iter.Seq[Case] {
	return func(yield func(Case) bool) {
		for _, p := range base.Operation.Parameters() {
			if !p.Required || p.In == "path" {
				continue
			}
			c := varied(base, placeOf(p), "left out")
			c.drop(p)
			if c, ok := r.spoiled(ctx, c, placeOf(p), "", "required"); ok && !yield(c) {
				return
			}
		}
		body := base.Operation.Body()
		if body == nil || !base.Input.HasBody {
			return
		}
		if body.Required {
			c := varied(base, "body", "left out")
			c.Input.Body, c.Input.HasBody, c.Input.MediaType = nil, false, ""
			if c, ok := r.spoiled(ctx, c, "body", "", "required"); ok && !yield(c) {
				return
			}
		}
		if isJSON(base.Input.MediaType) {
			c := varied(base, "body", "that is no JSON")
			c.Input.Body = []byte(`{"`)
			if c, ok := r.spoiled(ctx, c, "body", "", "syntax"); ok {
				yield(c)
			}
		}
	}
}

// validParameter gives a parameter each value that is worth trying, and leaves it out where it is optional.
func (r *runner) validParameter(ctx context.Context, base Case, p *spec.Parameter) iter.Seq[Case] {
	return func(yield func(Case) bool) {
		s := p.Schema
		if p.Content != nil {
			s = p.Content.Schema
		}
		try := func(c Case) bool { return r.judge(ctx, c) != nil || yield(c) }
		if _, given := base.Input.Value(p); given && !p.Required {
			c := varied(base, placeOf(p), "left out")
			c.drop(p)
			if !try(c) {
				return
			}
		}
		// the deployment cannot know a made-up id, but for those that the document names
		named := p.In == "path"
		for _, v := range r.valid(s, fmt.Sprintf("%s %s %s", base.Operation.Method, base.Operation.Path, placeOf(p)), r.cfg.Fixtures.Seed) {
			if named && v.source != FromDocument {
				continue
			}
			if p.Encodable(v.value) != nil {
				continue
			}
			c := varied(base, placeOf(p), "%s", v.name)
			c.put(p, v.value, v.source)
			c.freely = v.source == FromGenerator
			if !try(c) {
				return
			}
		}
	}
}

// invalidParameter breaks a parameter in each way that its schema has.
func (r *runner) invalidParameter(ctx context.Context, base Case, p *spec.Parameter, salt string) iter.Seq[Case] {
	return func(yield func(Case) bool) {
		s := p.Schema
		if s == nil {
			return
		}
		for sp := range r.book.Spoil(s, spec.Request, fmt.Sprintf("%s %s %s%s", base.Operation.Method, base.Operation.Path, placeOf(p), salt)) {
			c := varied(base, placeOf(p), "%s: %s", sp.At, sp.Why)
			c.put(p, sp.Value, FromGenerator)
			if c, ok := r.spoiled(ctx, c, placeOf(p), sp.At, sp.Keyword); ok && !yield(c) {
				return
			}
		}
	}
}

// rewrites says that an operation replaces or changes what is there, so that no made-up valid body is sent.
func rewrites(op *spec.Operation) bool {
	return op.Method == http.MethodPut || op.Method == http.MethodPatch
}

// validBody makes whole bodies, then varies one member at a time.
func (r *runner) validBody(ctx context.Context, base Case, m *spec.MediaType) iter.Seq[Case] {
	return func(yield func(Case) bool) {
		if m.Schema == nil || rewrites(base.Operation) {
			return
		}
		address := fmt.Sprintf("%s %s body", base.Operation.Method, base.Operation.Path)
		try := func(v any, place, name string, source Source) bool {
			if len(m.Schema.Strict(v, spec.Request)) > 0 {
				return true
			}
			c := varied(base, place, "%s", name)
			c.putBody(v, m, source)
			c.freely = source == FromGenerator
			return r.judge(ctx, c) != nil || yield(c)
		}
		var whole *value.Object
		for _, p := range []fixtures.Profile{fixtures.Minimal, fixtures.Full, fixtures.Boundary} {
			v, err := r.book.Value(m.Schema, spec.Request, address, fixtures.Ask{Profile: &p, Dynamic: true})
			if err != nil {
				continue
			}
			if p == fixtures.Full {
				whole, _ = v.(*value.Object)
			}
			if !try(v, "body", string(p)+" "+m.Name, FromGenerator) {
				return
			}
		}
		if whole == nil || !isJSON(m.Name) {
			return
		}
		for _, mem := range membersOf(m.Schema) {
			place := "body /" + value.Escape(mem.Name)
			if whole.Has(mem.Name) {
				without := value.Clone(whole).(*value.Object)
				without.Delete(mem.Name)
				if !try(without, place, "left out", FromGenerator) {
					return
				}
			}
			for _, v := range r.valid(mem.Schema, address+"/"+mem.Name, r.cfg.Fixtures.Seed) {
				with := value.Clone(whole).(*value.Object)
				with.Set(mem.Name, v.value)
				if !try(with, place, v.name, v.source) {
					return
				}
			}
		}
	}
}

// invalidBody breaks a body in each place and way that its schema has.
func (r *runner) invalidBody(ctx context.Context, base Case, m *spec.MediaType, salt string) iter.Seq[Case] {
	return func(yield func(Case) bool) {
		if m.Schema == nil {
			return
		}
		address := fmt.Sprintf("%s %s body%s", base.Operation.Method, base.Operation.Path, salt)
		for sp := range r.book.Spoil(m.Schema, spec.Request, address) {
			c := varied(base, strings.TrimSpace("body "+sp.At), ": %s", sp.Why)
			c.putBody(sp.Value, m, FromGenerator)
			if c, ok := r.spoiled(ctx, c, "body", sp.At, sp.Keyword); ok && !yield(c) {
				return
			}
		}
	}
}

// membersOf names the members of a schema, through references and allOf, with their schemas.
func membersOf(s *spec.Schema) []spec.Property {
	var out []spec.Property
	seen := map[*spec.Schema]bool{}
	var walk func(s *spec.Schema)
	walk = func(s *spec.Schema) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		out = append(out, s.Properties...)
		if s.Ref != nil {
			walk(s.Ref.Schema())
		}
		for _, branch := range s.AllOf {
			walk(branch)
		}
	}
	walk(s)
	return out
}

// tried is a valid value that is worth trying.
type tried struct {
	value  any
	name   string
	source Source
}

const (
	longText = 300  // code points
	maxLimit = 4000 // the longest text that is made to reach a limit
)

// valid gives values that obey a schema: what it names, its limits, and what programs often trip over.
func (r *runner) valid(s *spec.Schema, address string, seed uint64) []tried {
	var out []tried
	add := func(v any, name string, source Source) {
		if len(s.Check(v, spec.Request)) > 0 || slices.ContainsFunc(out, func(t tried) bool { return sameValue(t.value, v) }) {
			return
		}
		out = append(out, tried{v, name, source})
	}
	flat := s.Deref()
	if flat == nil {
		return nil
	}
	for _, e := range flat.Enum {
		add(e.Value, "one of the enum", FromDocument)
	}
	types := flat.Types
	if types&spec.Boolean != 0 {
		add(true, "true", FromDocument)
		add(false, "false", FromDocument)
	}
	if types&(spec.Integer|spec.Number) != 0 {
		one := big.NewRat(1, 1)
		limit := func(x *big.Rat, by int64, name string) {
			if x != nil {
				add(number(new(big.Rat).Add(x, new(big.Rat).Mul(one, big.NewRat(by, 1)))), name, FromLimit)
			}
		}
		limit(flat.Minimum, 0, "the minimum")
		limit(flat.Maximum, 0, "the maximum")
		limit(flat.ExclusiveMinimum, 1, "just above the exclusive minimum")
		limit(flat.ExclusiveMaximum, -1, "just below the exclusive maximum")
		limit(flat.Minimum, 1, "one above the minimum")
		limit(flat.Maximum, -1, "one below the maximum")
		add(json.Number("0"), "zero", FromGenerator)
		if types&spec.Number != 0 {
			add(json.Number("0.5"), "a fraction", FromGenerator)
		}
	}
	if types&spec.String != 0 {
		if flat.MinLength != nil {
			add(lengthen("a", *flat.MinLength), "of the least length", FromGenerator)
		}
		if flat.MaxLength != nil {
			add(lengthen("a", min(*flat.MaxLength, maxLimit)), "of the greatest length", FromGenerator)
		} else {
			add(lengthen("a", longText), "long", FromGenerator)
		}
		add("Zoë 漢字 🙂", "of other letters", FromGenerator)
		add(`a b&c=d+e%26f"g'h`, "of characters that mean something elsewhere", FromGenerator)
		add("", "empty", FromGenerator)
	}
	if types&spec.Null != 0 {
		add(nil, "null", FromGenerator)
	}
	if types&spec.Array != 0 {
		add([]any{}, "an empty list", FromGenerator)
	}
	for _, p := range []fixtures.Profile{fixtures.Minimal, fixtures.Full, fixtures.Boundary, fixtures.Typical} {
		name := string(p)
		if p == fixtures.Typical {
			name = "typical"
		}
		if v, err := r.book.Value(s, spec.Request, address, fixtures.Ask{Profile: &p, Dynamic: true, Seed: &seed}); err == nil {
			add(v, name, FromGenerator)
		}
	}
	return out
}

func lengthen(text string, n int) string {
	if n <= 0 || n > maxLimit {
		return text
	}
	return strings.Repeat(text, n)
}

func number(x *big.Rat) json.Number {
	if x.IsInt() {
		return json.Number(x.Num().String())
	}
	places, _ := x.FloatPrec()
	return json.Number(x.FloatString(min(places, 20)))
}
