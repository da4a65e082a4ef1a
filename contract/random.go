package contract

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"

	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// idle is how many attempts in a row may bring nothing new before an operation has no more random cases.
const idle = 24

// random makes requests from the run's seed: two valid ones for each that is broken in one place. It ends where the
// operation has nothing new to offer.
func (r *runner) random(ctx context.Context, s *source) iter.Seq[Case] {
	return func(yield func(Case) bool) {
		seen := map[string]bool{}
		for n, failed := uint64(0), 0; failed < idle; n++ {
			rng := rand.New(rand.NewPCG(r.cfg.Fixtures.Seed, n))
			c, ok := r.anyValid(ctx, s, rng, n)
			if ok && n%3 == 2 {
				c, ok = r.anyInvalid(ctx, c, rng, n)
			}
			if ok {
				c.Phase = Random
				id := r.caseID(c)
				ok, seen[id] = !seen[id], true
			}
			if !ok {
				failed++
				continue
			}
			failed = 0
			if !yield(c) {
				return
			}
		}
	}
}

// anyValid draws each parameter, and the body where nothing is overwritten by it. Path parameters stay: they name what
// is there.
func (r *runner) anyValid(ctx context.Context, s *source, rng *rand.Rand, n uint64) (Case, bool) {
	base := s.good[int(n)%len(s.good)]
	base.Phase = Random
	c := varied(base, "", "random %d", n+1)
	c.freely = true
	seed := rng.Uint64()
	profile := []fixtures.Profile{fixtures.Random, fixtures.Typical, fixtures.Boundary}[rng.IntN(3)]
	ask := fixtures.Ask{Seed: &seed, Profile: &profile, Dynamic: true}
	for _, p := range s.op.Parameters() {
		roll := rng.IntN(3)
		if r.fixed(p) || p.In == "path" {
			continue
		}
		if !p.Required && roll == 0 {
			c.drop(p)
			continue
		}
		v, err := r.book.Parameter(s.op, p, ask)
		if err != nil {
			if p.Required {
				return c, false
			}
			continue
		}
		c.put(p, v, FromGenerator)
	}
	if body := s.op.Body(); body != nil && c.Input.HasBody && !rewrites(s.op) && len(body.Content) > 0 {
		m := body.Content[rng.IntN(len(body.Content))]
		if m.Schema != nil {
			v, err := r.book.Value(m.Schema, spec.Request, fmt.Sprintf("%s %s body", s.op.Method, s.op.Path), ask)
			if err != nil || len(m.Schema.Strict(v, spec.Request)) > 0 {
				return c, false
			}
			c.putBody(value.Clone(v), m, FromGenerator)
		}
	}
	return c, r.judge(ctx, c) == nil
}

// anyInvalid breaks one place of a valid case.
func (r *runner) anyInvalid(ctx context.Context, c Case, rng *rand.Rand, n uint64) (Case, bool) {
	salt := fmt.Sprintf(" random %d", n)
	var ways []iter.Seq[Case]
	for _, p := range c.Operation.Parameters() {
		if !r.fixed(p) {
			ways = append(ways, r.invalidParameter(ctx, c, p, salt))
		}
	}
	if body := c.Operation.Body(); body != nil && c.Input.HasBody {
		for _, m := range body.Content {
			ways = append(ways, r.invalidBody(ctx, c, m, salt))
		}
	}
	if len(ways) == 0 {
		return c, false
	}
	skip := rng.IntN(6)
	found := false
	for other := range ways[rng.IntN(len(ways))] {
		c, found = other, true
		if skip--; skip < 0 {
			break
		}
	}
	return c, found
}
