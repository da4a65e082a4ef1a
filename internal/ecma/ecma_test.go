package ecma

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// An expectation is what JavaScript says of a pattern; testdata/expect.mjs writes them.
type expectation struct {
	Pattern string
	Flags   string // u, none, or refused
	Yes, No []string
}

func expectations(t testing.TB) []expectation {
	t.Helper()
	data, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var out []expectation
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	if len(out) < 120 {
		t.Fatalf("got %d patterns, want at least 120", len(out))
	}
	return out
}

func TestMatchesAsJavaScriptDoes(t *testing.T) {
	for _, want := range expectations(t) {
		p, err := Compile(want.Pattern)
		if want.Flags == "refused" {
			if err == nil && p.Dialect() != Other {
				t.Errorf("%q: got it read as %v, want an error", want.Pattern, p.Dialect())
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", want.Pattern, err)
			continue
		}
		if dialect := map[string]Dialect{"u": Unicode, "": AnnexB}[want.Flags]; p.Dialect() != dialect {
			t.Errorf("%q: got it read as %v, want %v", want.Pattern, p.Dialect(), dialect)
		}
		for _, s := range append(want.Yes, want.No...) {
			if got, known := p.own().accepts(s); known && p.Dialect() == Unicode && got != slices.Contains(want.Yes, s) {
				t.Errorf("%q on %q: got %v from the automaton", want.Pattern, s, got)
			}
		}
		for _, s := range want.Yes {
			if !p.MatchString(s) {
				t.Errorf("%q on %q: got no match, want one", want.Pattern, s)
			}
		}
		for _, s := range want.No {
			if p.MatchString(s) {
				t.Errorf("%q on %q: got a match, want none", want.Pattern, s)
			}
		}
	}
}

// A made string, for the cross-check by node.
type made struct {
	Pattern string   `json:"pattern"`
	Strings []string `json:"strings"`
}

// nodeRefuses asks node which strings their patterns do not match.
func nodeRefuses(t *testing.T, all []made) []string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Log("no node on the path: the strings are checked by MatchString alone")
		return nil
	}
	const script = `
		const out = [];
		for (const { pattern, strings } of JSON.parse(require('fs').readFileSync(0, 'utf8'))) {
			let re; try { re = new RegExp(pattern, 'u') } catch { re = new RegExp(pattern) }
			for (const s of strings) if (!re.test(s)) out.push(JSON.stringify(pattern) + ' on ' + JSON.stringify(s));
		}
		console.log(JSON.stringify(out));`
	input, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "-e", script)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), os.Stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	var out []string
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// Pieces that random patterns are put together from.
var pieces = strings.Fields(`a b c A 1 - . \d \w \s \S \W \D [ab] [^a] [a-c] [^] [] [\w-] [b-] ^ $ \b \B \1 \2
	(?=a) (?!a) (?<=a) (?<!a) (?= (?! (?<= (?<! ( ( (?: ) ) ) | | * + ? {2} {1,2} {0,} *? +? é 😀 \u0061 \u{1F600} \- \_ { } ]
	\k<n> (?<n> \p{L} \P{Lu} \x61 \cA \0 [\u{1F600}a] [^\d] \7 \c \u \x`)

// V8 leaves the standard here: it tries positions inside a surrogate pair when a
// look-behind comes first, which the u flag forbids.
var betweenSurrogates = regexp.MustCompile(`\(\?<[=!]`)

func TestRandomPatternsAreReadAsNodeReadsThem(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node on the path, which is the authority here")
	}
	const script = `
		const { patterns, strings } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
		console.log(JSON.stringify(patterns.map((pattern) => {
			for (const flags of ['u', '']) {
				try { const re = new RegExp(pattern, flags); return { pattern, flags, yes: strings.filter((s) => re.test(s)) } } catch {}
			}
			return { pattern, flags: 'refused', yes: [] };
		})));`
	texts := strings.Split("|a|b|ab|ba|aa|abc|aab|abab|A|1|a1| |a b|-|é|😀|a😀|😀a|\n|a\nb|aaa|_|}|]|{|x61|u|bab|c|cab|k<n>|\\c|\x01|\x00|a-b|aA1|ééa", "|")
	r := source(11)
	var patterns []string
	for len(patterns) < 3000 {
		var b strings.Builder
		for range 1 + r.IntN(9) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		for range strings.Count(b.String(), "(") - strings.Count(b.String(), ")") {
			b.WriteByte(')')
		}
		patterns = append(patterns, b.String())
	}
	input, err := json.Marshal(map[string][]string{"patterns": patterns, "strings": texts})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "-e", script)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), os.Stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	var all []expectation
	if err := json.Unmarshal(output, &all); err != nil {
		t.Fatal(err)
	}
	var strs []made
	read, automata := 0, 0
	for _, want := range all {
		p, err := Compile(want.Pattern)
		if want.Flags == "refused" {
			if err == nil && p.Dialect() != Other {
				t.Errorf("%q: got it read as %v, want an error", want.Pattern, p.Dialect())
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", want.Pattern, err)
			continue
		}
		read++
		if got := p.Dialect(); got != map[string]Dialect{"u": Unicode, "": AnnexB}[want.Flags] {
			t.Errorf("%q: got it read as %v, want flags %q", want.Pattern, got, want.Flags)
		}
		least, most := p.Lengths()
		for _, s := range texts {
			if strings.Contains(s, "😀") && betweenSurrogates.MatchString(want.Pattern) {
				continue
			}
			got, yes := p.MatchString(s), slices.Contains(want.Yes, s)
			if got != yes {
				t.Errorf("%q on %q: got %v, want %v", want.Pattern, s, got, yes)
			}
			if p.root == p.text && p.Dialect() == Unicode {
				if got, known := p.own().accepts(s); known && got != yes {
					t.Errorf("%q on %q: got %v from the automaton, want %v", want.Pattern, s, got, yes)
				} else if known {
					automata++
				}
			}
			if n := utf8.RuneCountInString(s); yes && (p.Empty() || n < least || most >= 0 && n > most) {
				t.Errorf("%q matches %q: got lengths %d to %d, empty %v", want.Pattern, s, least, most, p.Empty())
			}
		}
		m := made{want.Pattern, []string{}}
		for seed := range uint64(4) {
			if s, ok := p.Generate(source(seed), Limits{Max: -1, Typical: seed%2 == 0}); ok {
				m.Strings = append(m.Strings, s)
			} else if len(want.Yes) > 0 && !strings.Contains(want.Pattern, "(?<") {
				t.Errorf("%q: got nothing, want a string like %q", want.Pattern, want.Yes[0])
			}
		}
		strs = append(strs, m)
	}
	if read < 500 || automata < 10000 {
		t.Errorf("got %d patterns that can be read and %d answers of automata, want at least 500 and 10000", read, automata)
	}
	for _, r := range nodeRefuses(t, strs) {
		t.Errorf("node finds no match of %s", r)
	}
}

func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func TestMakesStringsThatMatch(t *testing.T) {
	var all []made
	for _, want := range expectations(t) {
		if want.Flags == "refused" {
			continue
		}
		p, err := Compile(want.Pattern)
		if err != nil {
			t.Errorf("%q: %v", want.Pattern, err)
			continue
		}
		if p.Empty() {
			if len(want.Yes) > 0 {
				t.Errorf("%q: got it proved empty, want %q to match", want.Pattern, want.Yes[0])
			}
			if s, ok := p.Generate(source(1), Limits{Max: -1}); ok {
				t.Errorf("%q: got it proved empty, and %q", want.Pattern, s)
			}
			continue
		}
		m := made{want.Pattern, []string{}}
		min, max := p.Lengths()
		for seed := range uint64(200) {
			l := Limits{Max: -1, Typical: seed%2 == 0}
			s, ok := p.Generate(source(seed), l)
			if !ok {
				// Half a code point is all that such a pattern matches, and no string of Go's.
				if p.Dialect() != AnnexB || len(want.Yes) > 0 {
					t.Errorf("%q: got nothing for seed %d", want.Pattern, seed)
				}
				break
			}
			if n := utf8.RuneCountInString(s); !p.MatchString(s) || n < min || max >= 0 && n > max {
				t.Errorf("%q: got %q, want a match of %d to %d characters", want.Pattern, s, min, max)
			}
			m.Strings = append(m.Strings, s)
		}
		all = append(all, m)
	}
	for _, r := range nodeRefuses(t, all) {
		t.Errorf("node finds no match of %s", r)
	}
}

func TestMakesStringsOfTheLengthAskedFor(t *testing.T) {
	var all []made
	for _, want := range expectations(t) {
		p, err := Compile(want.Pattern)
		if err != nil || p.Empty() || p.Dialect() == Other {
			continue
		}
		m := made{want.Pattern, []string{}}
		// Each length of a string known to match is one that can be made.
		for i, s := range want.Yes {
			n := utf8.RuneCountInString(s)
			if n != len(s) && p.Dialect() == AnnexB {
				continue // a class may take half a code point here, which is not made
			}
			for seed := range uint64(8) {
				got, ok := p.Generate(source(seed), Limits{Min: n, Max: n, Typical: (seed+uint64(i))%2 == 0})
				if !ok {
					t.Errorf("%q: got nothing of %d characters, want one like %q", want.Pattern, n, s)
					break
				}
				if count := utf8.RuneCountInString(got); count != n || !p.MatchString(got) {
					t.Errorf("%q: got %q, want a match of %d characters", want.Pattern, got, n)
				}
				m.Strings = append(m.Strings, got)
			}
		}
		all = append(all, m)
	}
	for _, r := range nodeRefuses(t, all) {
		t.Errorf("node finds no match of %s", r)
	}
}
