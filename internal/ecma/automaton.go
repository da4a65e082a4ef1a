package ecma

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"sync"
)

const (
	fewStates  = 2000    // explored before a search is tried
	maxStates  = 20000   // explored at most
	maxParts   = 20000   // of the patterns together
	fewWork    = 1 << 17 // terms and their members, built while exploring fewStates
	maxWork    = 1 << 19 // and maxStates
	maxSearch  = 4000    // steps of one search
	maxRows    = 1 << 28 // bits of the table of lengths
	searchRuns = 10
)

// An automaton accepts the strings that all of some patterns match and none of others.
// Its states come into being as they are asked for.
type automaton struct {
	mu        sync.Mutex
	all, none []*node
	seeker    *automaton // explored by searches alone
	big       *automaton // explored up to maxStates

	t       *terms
	root    termID
	inexact bool
	usable  bool

	states   []state
	byKey    map[string]int32
	explored int  // states whose edges are known, from the first on
	complete bool // all are
	bound    int  // up to which exploring was tried

	rows [][]uint64 // rows[n]: the states from which a string of n letters is accepted
}

type state struct {
	term    termID
	at      place
	behinds []termID // of the look-behinds that matter, by number; noTerm for the others
	accepts bool
	edges   []edge
	known   bool
}

type edge struct {
	to      int32
	letters []int32
}

func newAutomaton(all, none []*node) *automaton {
	a := &automaton{all: all, none: none, byKey: map[string]int32{}}
	a.t = newTerms()
	any := a.t.repeatPart(a.t.classPart(anyLetter), 0, many)
	find := func(n *node) termID { return a.t.seq(any, a.t.seq(a.t.part(n), allTerm)) }
	var subs []termID
	for _, n := range all {
		subs = append(subs, find(n))
	}
	for _, n := range none {
		subs = append(subs, a.t.not(find(n)))
	}
	if len(a.t.parts) > maxParts {
		return a
	}
	a.usable = true
	a.root = a.t.and(subs...)
	a.inexact = a.t.inexact
	a.t.spell(anyLetter)
	st := state{term: a.root, at: place{start: true}, behinds: slices.Clone(a.t.behinds)}
	a.add(st, true, false)
	return a
}

// add finds or keeps a state; its behinds are those of the string so far.
func (a *automaton) add(st state, start, word bool) int32 {
	t := a.t
	st.at = place{start: start, word: word}
	for i, b := range st.behinds {
		if t.ends(b, st.at) {
			st.at.behind |= 1 << i
		}
	}
	asks := t.terms[st.term].needs
	for changed := true; changed; {
		before := asks
		for i, b := range st.behinds {
			if asks.behind>>i&1 == 1 {
				asks = asks.or(t.terms[b].needs)
			}
		}
		changed = asks != before
	}
	key := binary.AppendVarint(nil, int64(st.term))
	for i := range st.behinds {
		if asks.behind>>i&1 == 0 {
			st.behinds[i] = noTerm
			st.at.behind &^= 1 << i
		}
		key = binary.AppendVarint(key, int64(st.behinds[i]))
	}
	st.at.word = st.at.word && asks.word
	flag := byte(0)
	if st.at.start {
		flag |= 1
	}
	if st.at.word {
		flag |= 2
	}
	key = append(key, flag)
	if id, ok := a.byKey[string(key)]; ok {
		return id
	}
	st.accepts = t.ends(st.term, st.at)
	id := int32(len(a.states))
	a.states = append(a.states, st)
	a.byKey[string(key)] = id
	return id
}

// edgesOf finds where the letters lead from a state.
func (a *automaton) edgesOf(id int32) []edge {
	if a.states[id].known {
		return a.states[id].edges
	}
	t := a.t
	st := a.states[id]
	var edges []edge
	for _, g := range a.alike(st) {
		l := g[0]
		next := state{term: t.derive(st.term, l, st.at)}
		if next.term == noTerm {
			continue
		}
		if len(st.behinds) > 0 {
			next.behinds = make([]termID, len(st.behinds))
			for i, b := range st.behinds {
				next.behinds[i] = t.derive(b, l, st.at)
			}
		}
		to := a.add(next, false, t.letters[l].word)
		if i := slices.IndexFunc(edges, func(e edge) bool { return e.to == to }); i >= 0 {
			edges[i].letters = append(edges[i].letters, g...)
			continue
		}
		edges = append(edges, edge{to, g})
	}
	a.states[id].edges, a.states[id].known = edges, true
	return edges
}

// alike groups the letters that a state cannot tell apart.
func (a *automaton) alike(st state) [][]int32 {
	t := a.t
	asked := slices.Clone(t.firsts(st.term))
	needs := t.terms[st.term].needs
	for _, b := range st.behinds {
		if b == noTerm {
			continue
		}
		needs = needs.or(t.terms[b].needs)
		for i, w := range t.firsts(b) {
			asked[i] |= w
		}
	}
	if needs.word {
		asked[t.word/64] |= 1 << (t.word % 64)
	}
	var classes []int
	for c := range t.classes {
		if asked[c/64]>>(c%64)&1 == 1 {
			classes = append(classes, c)
		}
	}
	var groups [][]int32
	if len(classes) > 64 {
		for l := range t.letters {
			groups = append(groups, []int32{int32(l)})
		}
		return groups
	}
	bySign := map[uint64]int{}
	for l := range t.letters {
		sign := uint64(0)
		for i, c := range classes {
			sign |= t.inClass[c][l/64] >> (l % 64) & 1 << i
		}
		g, ok := bySign[sign]
		if !ok {
			g = len(groups)
			bySign[sign] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], int32(l))
	}
	return groups
}

// explore finds all states, if they are no more than bound.
func (a *automaton) explore(bound, work int) bool {
	if !a.usable || a.complete || bound <= a.bound {
		return a.complete
	}
	a.bound = bound
	for a.explored < len(a.states) {
		if len(a.states) > bound || a.t.work > work {
			return false
		}
		a.edgesOf(int32(a.explored))
		a.explored++
	}
	a.complete = true
	return true
}

// row gives the states from which a string of n letters is accepted; the automaton is complete.
func (a *automaton) row(n int) []uint64 {
	wide := (len(a.states) + 63) / 64
	for len(a.rows) <= n {
		row := make([]uint64, wide)
		for id := range a.states {
			st := &a.states[id]
			ok := st.accepts
			if len(a.rows) > 0 {
				last := a.rows[len(a.rows)-1]
				ok = slices.ContainsFunc(st.edges, func(e edge) bool { return last[e.to>>6]>>(e.to&63)&1 == 1 })
			}
			if ok {
				row[id>>6] |= 1 << (id & 63)
			}
		}
		a.rows = append(a.rows, row)
	}
	return a.rows[n]
}

// lengths lists up to count lengths, from least to most (-1: no limit), that a complete
// automaton has strings of.
func (a *automaton) lengths(least, most, count int) []int {
	// A longer string than that has a loop, which a shorter one leaves out.
	last := least + len(a.states)
	if most >= 0 {
		last = min(last, most)
	}
	last = min(last, maxRows/(len(a.states)+64))
	var out []int
	for n := least; n <= last && len(out) < count; n++ {
		if a.row(n)[0]&1 == 1 {
			out = append(out, n)
		}
	}
	return out
}

// walk makes a string of n letters, for n out of lengths.
func (a *automaton) walk(r *rand.Rand, n int, typical bool) string {
	out := make([]rune, 0, n)
	at := int32(0)
	for ; n > 0; n-- {
		good := a.row(n - 1)
		edges := a.states[at].edges
		total := 0
		for _, e := range edges {
			if good[e.to>>6]>>(e.to&63)&1 == 1 {
				total += a.weigh(e, typical)
			}
		}
		pick := r.IntN(total)
		for _, e := range edges {
			if good[e.to>>6]>>(e.to&63)&1 == 0 {
				continue
			}
			if w := a.weigh(e, typical); pick >= w {
				pick -= w
				continue
			}
			out = append(out, a.letter(r, e, typical))
			at = e.to
			break
		}
	}
	return string(out)
}

func (a *automaton) weigh(e edge, typical bool) int {
	if !typical {
		return len(e.letters)
	}
	w := 0
	for _, l := range e.letters {
		w += a.t.letters[l].liking()
	}
	return w
}

// liking is how much a class is preferred to others in believable text.
func (c *class) liking() int {
	w := 1
	each := [4]int{80, 40, 20, 2}
	if c.count == 1 {
		if r := c.set[0].lo; ' ' <= r && r <= '~' {
			return each[kindOf(r)]
		}
		return w
	}
	for k, members := range c.kinds {
		w += each[k] * len(members)
	}
	return w
}

func (a *automaton) letter(r *rand.Rand, e edge, typical bool) rune {
	pick := 0
	if len(e.letters) > 1 {
		pick = r.IntN(a.weigh(e, typical))
	}
	for _, l := range e.letters {
		w := 1
		if typical {
			w = a.t.letters[l].liking()
		}
		if pick < w {
			return a.t.letters[l].draw(r, typical)
		}
		pick -= w
	}
	return a.t.letters[e.letters[0]].draw(r, typical)
}

// search looks for a string of n letters in an automaton that is too big to explore: depth
// first, led by the bounds of the terms, within maxSearch steps.
func (a *automaton) search(r *rand.Rand, n int, typical bool) (string, bool) {
	steps := maxSearch + 4*n
	dead := map[[2]int32]bool{}
	out := make([]rune, 0, n)
	var from func(id int32, rest int) bool
	from = func(id int32, rest int) bool {
		st := a.states[id]
		if rest == 0 {
			return st.accepts
		}
		if steps < 0 {
			return false
		}
		if x := &a.t.terms[st.term]; rest < x.lo || rest > x.hi && x.hi < many || dead[[2]int32{id, int32(rest)}] {
			return false
		}
		// The cost is that of the term, not of the work done: what is known from before must not
		// make the search go further.
		steps -= len(a.t.terms[st.term].subs) / 4
		edges := slices.Clone(a.edgesOf(id))
		for len(edges) > 0 {
			if steps--; steps < 0 {
				return false
			}
			total := 0
			for _, e := range edges {
				total += a.weigh(e, typical)
			}
			pick, i := r.IntN(total), 0
			for ; pick >= a.weigh(edges[i], typical); i++ {
				pick -= a.weigh(edges[i], typical)
			}
			out = append(out, a.letter(r, edges[i], typical))
			if from(edges[i].to, rest-1) {
				return true
			}
			out = out[:len(out)-1]
			edges = slices.Delete(edges, i, i+1)
		}
		dead[[2]int32{id, int32(rest)}] = true
		return false
	}
	ok := from(0, n)
	return string(out), ok
}

// whole gives a complete automaton of the same strings, nil if it would be too big. It is another one
// than that of the searches: what was asked before must not decide what is found.
func (a *automaton) whole() *automaton {
	if a.explore(fewStates, fewWork) {
		return a
	}
	if a.big == nil {
		a.big = newAutomaton(a.all, a.none)
		a.big.explore(maxStates, maxWork)
	}
	if a.big.complete {
		return a.big
	}
	return nil
}

// forSearch gives the automaton that searches go through, under lock; it is begun anew when it has grown too big.
func (a *automaton) forSearch() *automaton {
	if a.seeker == nil || a.seeker.t.work > maxWork {
		a.seeker = newAutomaton(a.all, a.none)
	}
	return a.seeker
}

// accepts says whether s is accepted, in time that grows with its length; known is false when it would
// take too much work, or the automaton says something else than the pattern.
func (a *automaton) accepts(s string) (ok, known bool) {
	if !a.usable || a.inexact {
		return false, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.forSearch()
	at, steps := int32(0), 1<<20
	for _, r := range s {
		if steps -= 1 + len(b.t.terms[b.states[at].term].subs); steps < 0 {
			return false, false
		}
		l := slices.IndexFunc(b.t.letters, func(l letter) bool { return l.has(r) })
		edges := b.edgesOf(at)
		i := slices.IndexFunc(edges, func(e edge) bool { return slices.Contains(e.letters, int32(l)) })
		if i < 0 {
			return false, true
		}
		at = edges[i].to
	}
	return b.states[at].accepts, true
}

// generate makes a string, if it finds one; final says that there is none.
func (a *automaton) generate(r *rand.Rand, least, most int, typical bool) (s string, ok, final bool) {
	if !a.usable {
		return "", false, true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.explore(fewStates, fewWork) {
		seeker := a.forSearch()
		root := a.t.terms[a.root]
		lo, hi := max(least, root.lo), root.hi
		if most >= 0 {
			hi = min(hi, most)
		}
		for i := 0; i < searchRuns && lo <= hi && lo < 1<<14; i++ {
			n := min(hi, lo+r.IntN(1+4*i))
			if s, ok := seeker.search(r, n, typical); ok {
				return s, true, false
			}
		}
	}
	whole := a.whole()
	if whole == nil {
		return "", false, true
	}
	count := 32
	if typical {
		count = 4
	}
	fit := whole.lengths(least, most, count)
	if len(fit) == 0 {
		return "", false, true
	}
	return whole.walk(r, fit[r.IntN(len(fit))], typical), true, false
}

// bounds gives the least and the greatest length of the strings that are accepted, -1 for no limit,
// or false when too big to explore. Without any string, least is above most.
func (a *automaton) bounds() (least, most int, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.usable {
		return 0, 0, false
	}
	if whole := a.whole(); whole == nil {
		return 0, 0, false
	} else if whole != a {
		return whole.bounds()
	}
	// How far each state is from one that accepts, backwards, level by level.
	into := make([][]int32, len(a.states))
	var level []int32
	far := make([]int, len(a.states))
	for id := range a.states {
		far[id] = -1
		for _, e := range a.states[id].edges {
			into[e.to] = append(into[e.to], int32(id))
		}
		if a.states[id].accepts {
			far[id] = 0
			level = append(level, int32(id))
		}
	}
	for d := 1; len(level) > 0; d++ {
		var next []int32
		for _, id := range level {
			for _, from := range into[id] {
				if far[from] < 0 {
					far[from] = d
					next = append(next, from)
				}
			}
		}
		level = next
	}
	if far[0] < 0 {
		return 1, 0, true
	}
	return far[0], a.longest(far), true
}

// longest is the length of the longest string, -1 where a loop leads to acceptance; far is negative
// for the states that lead nowhere.
func (a *automaton) longest(far []int) int {
	const under = -2
	long := make([]int, len(a.states)) // 0 not seen, under when on the way, else one more than the length
	var visit func(id int32) bool
	visit = func(id int32) bool {
		long[id] = under
		best := 0
		for _, e := range a.states[id].edges {
			if far[e.to] < 0 {
				continue
			}
			if long[e.to] == under || long[e.to] == 0 && !visit(e.to) {
				return false
			}
			best = max(best, long[e.to])
		}
		long[id] = best + 1
		return true
	}
	if !visit(0) {
		return -1
	}
	return long[0] - 1
}
