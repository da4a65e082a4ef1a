package ecma

import (
	"math/rand/v2"
	"slices"
	"unicode/utf8"
)

// Limits says which strings are wanted. Its zero value wants the empty string alone: set Max to -1 for
// no limit.
type Limits struct {
	Min, Max int               // length in code points, as JSON Schema's minLength and maxLength; Max below 0: no limit
	Accept   func(string) bool // what else the string must satisfy; nil: nothing
	Typical  bool              // prefer believable characters and small counts
}

// maxCandidates bounds the strings that are made and thrown away for one that is wanted.
const maxCandidates = 2000

// maxSlow is how many matches may run out of time before a generation gives up.
const maxSlow = 3

// Generate makes a string that matches, within limits. The same state of r gives the same string.
// ok is false when none was found within a bound of work; see the function Generate.
func (p *Pattern) Generate(r *rand.Rand, l Limits) (s string, ok bool) {
	return Generate(r, []*Pattern{p}, nil, l)
}

// Generate makes one string that every pattern of all and none of none matches, within limits.
// The same state of r gives the same string. ok is false when none was found within a bound of
// work. The bound counts candidates and steps, not time; only where a match of a pattern with
// references or atomic groups runs out of its 100 ms does the clock have a say.
func Generate(r *rand.Rand, all, none []*Pattern, l Limits) (s string, ok bool) {
	if l.Max >= 0 && l.Min > l.Max {
		return "", false
	}
	g := generation{all: all, none: none, l: l, d: drawer{r: r, typical: l.Typical}}
	for _, p := range all {
		if o := outer(p.shapes()); o.max >= 0 && o.max < l.Min || l.Max >= 0 && o.min > l.Max || o.min > maxDrawn {
			return "", false
		}
	}
	if s, ok = g.draw(); ok {
		return s, true
	}
	if slices.ContainsFunc(all, (*Pattern).refers) {
		return g.bindReferences()
	}
	return g.walk(jointAutomaton(all, none), maxCandidates-g.made)
}

func (p *Pattern) refers() bool { return len(p.refs) > 0 }

// A generation is the search for one string.
type generation struct {
	all, none []*Pattern
	l         Limits
	d         drawer
	made      int // candidates so far
	slow      int // matches for which the time ran out
}

// fits says whether a candidate is what is wanted.
func (g *generation) fits(s string) bool {
	g.made++
	n := utf8.RuneCountInString(s)
	if n < g.l.Min || g.l.Max >= 0 && n > g.l.Max {
		return false
	}
	if g.slow == maxSlow {
		return false
	}
	for _, p := range g.all {
		if !g.matches(p, s) {
			return false
		}
	}
	for _, p := range g.none {
		// What could not be found in time may be there all the same.
		if before := g.slow; g.matches(p, s) || g.slow > before {
			return false
		}
	}
	return g.l.Accept == nil || g.l.Accept(s)
}

func (g *generation) matches(p *Pattern, s string) bool {
	ok, slow := p.match(s)
	if slow {
		g.slow++
	}
	return ok
}

// freeText is what stands for no pattern at all.
var freeText = []shape{{found: emptyNode, freeBefore: true, freeBack: true, before: lowerClass, back: lowerClass}}

// draw tries strings of the shapes. For one pattern of plain parts, the first is good but where lengths
// have gaps; for others it is worth a few tries, because its strings are the more believable ones.
func (g *generation) draw() (string, bool) {
	tries := 16
	if g.l.Accept != nil {
		tries = maxCandidates / 4
	}
	long := 0
	for _, p := range g.all {
		long = max(long, p.text.lo)
		if p.loose && !p.refers() && g.l.Accept == nil {
			tries = 6
		}
	}
	// To look through a long string costs its square, at worst.
	tries = max(2, tries*256/(256+long))
	for i := range tries {
		shapes := freeText
		if len(g.all) > 0 {
			p := g.all[i%len(g.all)]
			shapes = p.shapes()
			g.d.groups = nil
			if p.refers() {
				g.d.groups = map[int][]rune{}
			}
		}
		if g.drawn(shapes, i) {
			if s := string(g.d.out); g.fits(s) {
				return s, true
			}
		}
	}
	return "", false
}

// drawn draws from one of the shapes that the limits leave room for.
func (g *generation) drawn(all []shape, attempt int) bool {
	var chosen shape
	fit := 0
	for _, s := range all {
		lo, hi := s.bounds()
		if hi < g.l.Min || g.l.Max >= 0 && lo > g.l.Max {
			continue
		}
		if fit++; fit == 1 || g.d.r.IntN(fit) == 0 {
			chosen = s
		}
	}
	if fit == 0 {
		return false
	}
	lo, hi := chosen.bounds()
	if g.l.Max >= 0 {
		hi = min(hi, g.l.Max)
	}
	free := attempt%4 == 0 || g.d.groups != nil
	if chosen.found.kind == kEmpty && !g.l.Typical {
		free = false
	}
	if free && g.l.Min <= plus(chosen.found.lo, 24) {
		if !g.d.shape(chosen, -1) {
			return false
		}
		if n := len(g.d.out); n >= g.l.Min && n <= hi || g.d.groups != nil {
			return true
		}
	}
	lo = max(lo, g.l.Min)
	window := 4 + 2*attempt
	if !g.l.Typical {
		window = 16 + 4*attempt
	}
	return g.d.shape(chosen, lo+g.d.r.IntN(min(hi-lo, window)+1))
}

// walk takes strings out of an automaton.
func (g *generation) walk(a *automaton, tries int) (string, bool) {
	if g.l.Accept == nil {
		tries = min(tries, 100)
	}
	for range tries {
		if g.slow == maxSlow {
			break
		}
		s, ok, final := a.generate(g.d.r, g.l.Min, g.l.Max, g.l.Typical)
		if final {
			return "", false
		}
		if ok && g.fits(s) {
			return s, true
		}
	}
	return "", false
}

// bindReferences writes a text of its own into each group that is referred to, and into the references,
// until what is left gives a string.
func (g *generation) bindReferences() (string, bool) {
	const tries, automata = 200, 6
	built := 0
	for i := 0; i < tries && g.made < maxCandidates && g.slow < maxSlow; i++ {
		nodes := make([]*node, len(g.all))
		for j, p := range g.all {
			nodes[j] = p.text
			if p.refers() {
				nodes[j] = g.bind(p, i)
			}
		}
		g.d.groups = nil
		for try := range 4 {
			if g.drawn(shapes(nodes[try%len(nodes)]), try) {
				if s := string(g.d.out); g.fits(s) {
					return s, true
				}
			}
		}
		if !slices.ContainsFunc(g.all, func(p *Pattern) bool { return p.loose }) && len(g.all) == 1 {
			continue
		}
		if built < automata && !tooShort(nodes, g.l) {
			built++
			if s, ok := g.walk(newAutomaton(nodes, texts(g.none)), 20); ok {
				return s, true
			}
		}
	}
	return "", false
}

// tooShort says that the bounds of a node alone rule the limits out.
func tooShort(nodes []*node, l Limits) bool {
	for _, n := range nodes {
		o := outer(shapes(n))
		if o.max >= 0 && o.max < l.Min || l.Max >= 0 && o.min > l.Max {
			return true
		}
	}
	return false
}

// bind gives the text of p with its groups and references filled in.
func (g *generation) bind(p *Pattern, attempt int) *node {
	g.d.groups = map[int][]rune{}
	// A group that takes no part leaves its references empty.
	absent := attempt%4 == 3
	var fill func(n *node, back bool) *node
	fill = func(n *node, back bool) *node {
		switch {
		case n.kind == kGroup && p.refs[n.group] && absent:
			return neverNode
		case n.kind == kGroup && p.refs[n.group]:
			g.d.out, g.d.soft = g.d.out[:0], softSize
			length := -1
			if attempt > 3 || g.l.Min > p.text.lo+8 {
				// Half a limit is the most that a group can take, which comes at least twice.
				top := g.l.Min/2 + attempt/8 + 2
				length = n.lo + g.d.r.IntN(min(n.slack(), top)+1)
			}
			if !g.d.node(n, length) {
				g.d.out = g.d.out[:0]
				if !g.d.node(n, -1) {
					return neverNode
				}
			}
			return literal(g.d.groups[n.group])
		case n.kind == kRef:
			return literal(g.d.groups[n.refs[0]])
		case len(n.subs) == 0:
			return n
		}
		// A look-behind is matched from its end to its start (ECMA-262, section 22.2.2.3).
		back = n.kind == kLook && n.behind || back && n.kind != kLook
		subs := make([]*node, len(n.subs))
		for i := range subs {
			if back {
				i = len(subs) - 1 - i
			}
			subs[i] = fill(n.subs[i], back)
		}
		return n.with(subs)
	}
	return fill(p.text, false)
}

func literal(text []rune) *node {
	subs := make([]*node, len(text))
	for i, r := range text {
		subs[i] = classNode(newClass(set{{r, r}}))
	}
	return cat(subs...)
}

// texts leaves out the patterns whose complement an automaton cannot take.
func texts(patterns []*Pattern) []*node {
	var out []*node
	for _, p := range patterns {
		if !p.refers() {
			out = append(out, p.text)
		}
	}
	return out
}

const keptJoints = 8

// jointAutomaton finds or builds the automaton of a question; it is kept with the first pattern.
func jointAutomaton(all, none []*Pattern) *automaton {
	if len(all) == 1 && len(none) == 0 {
		return all[0].own()
	}
	if len(all)+len(none) == 0 {
		return newAutomaton(nil, nil)
	}
	keeper := slices.Concat(all, none)[0]
	keeper.mu.Lock()
	defer keeper.mu.Unlock()
	for _, j := range keeper.joint {
		if slices.Equal(j.all, all) && slices.Equal(j.none, none) {
			return j.a
		}
	}
	if len(keeper.joint) == keptJoints {
		keeper.joint = slices.Delete(keeper.joint, 0, 1)
	}
	j := joint{slices.Clone(all), slices.Clone(none), newAutomaton(texts(all), texts(none))}
	keeper.joint = append(keeper.joint, j)
	return j.a
}
