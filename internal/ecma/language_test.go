package ecma

import (
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

const dateTime = `^(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29|\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|(?:02)-(?:0[1-9]|1\d|2[0-8])))T(?:(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z))$`

const inviteEmail = `^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$`

func compile(t testing.TB, pattern string) *Pattern {
	t.Helper()
	p, err := Compile(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func compileAll(t testing.TB, patterns []string) []*Pattern {
	t.Helper()
	var out []*Pattern
	for _, p := range patterns {
		out = append(out, compile(t, p))
	}
	return out
}

func TestMakesStringsOfSeveralPatternsAndLimits(t *testing.T) {
	odd := func(s string) bool { return len(s)%2 == 1 }
	tests := map[string]struct {
		all, none []string
		min, max  int
		accept    func(string) bool
		never     bool
	}{
		"nothing asked":                         {max: -1},
		"no pattern, a length":                  {min: 12, max: 12},
		"no pattern, not a word":                {none: []string{`^\w*$`}, max: 5},
		"only the empty string":                 {max: 0},
		"no pattern matches the empty string":   {none: []string{`^$`}, max: 0, never: true},
		"a date of 17":                          {all: []string{dateTime}, min: 17, max: 17},
		"a date of 20 to 24":                    {all: []string{dateTime}, min: 20, max: 24},
		"a date of 18 has no seconds":           {all: []string{dateTime}, min: 18, max: 19, never: true},
		"a date of 60":                          {all: []string{dateTime}, min: 60, max: 60},
		"an e-mail":                             {all: []string{inviteEmail}, max: -1},
		"an e-mail of 6":                        {all: []string{inviteEmail}, min: 6, max: 6},
		"an e-mail of 5 is too short":           {all: []string{inviteEmail}, min: 0, max: 5, never: true},
		"an e-mail of 64":                       {all: []string{inviteEmail}, min: 64, max: 64},
		"an e-mail of 254":                      {all: []string{inviteEmail}, min: 250, max: 254},
		"an e-mail and its domain":              {all: []string{inviteEmail, `@example\.(com|org)$`}, max: 30},
		"a label of 63":                         {all: []string{`^(?!-)(?!.*--)[a-z0-9-]{1,63}(?<!-)$`}, min: 63, max: 63},
		"a label of one":                        {all: []string{`^(?!-)(?!.*--)[a-z0-9-]{1,63}(?<!-)$`}, max: 1},
		"a password of 8":                       {all: []string{`^(?=.*[A-Z])(?=.*\d).{8,}$`}, min: 8, max: 8},
		"a password of five kinds":              {all: []string{`^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^\w\s])\S{8,72}$`}, max: -1},
		"twice the same word":                   {all: []string{`^(\w+) \1$`}, min: 21, max: 21},
		"twice the same word, even":             {all: []string{`^(\w+) \1$`}, min: 20, max: 20, never: true},
		"twice the same word, short":            {all: []string{`^(\w+) \1$`}, max: 3},
		"not at the edges blank":                {all: []string{`^\S(.*\S)?$`}, min: 1, max: 1},
		"an ARN of 100":                         {all: []string{`arn:aws[a-z\-]*:iam::[0-9]{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`}, min: 100, max: 100},
		"multiples of three":                    {all: []string{`^(?:abc)*$`}, min: 7, max: 9},
		"no multiple of three":                  {all: []string{`^(?:abc)*$`}, min: 7, max: 8, never: true},
		"multiples of four with gaps":           {all: []string{`^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$`}, min: 41, max: 47},
		"twos and sevens":                       {all: []string{`^(?:aa|bbbbbbb)+$`}, min: 9, max: 9},
		"begins and ends":                       {all: []string{`^abc`, `xyz$`}, max: 6},
		"begins and ends with overlap":          {all: []string{`^abc`, `cba$`}, max: 5},
		"begins and ends, too short":            {all: []string{`^abc`, `xyz$`}, max: 5, never: true},
		"two that exclude one another":          {all: []string{`^[a-m]+$`, `^[n-z]+$`}, max: -1, never: true},
		"two charsets":                          {all: []string{`^[a-m0-9]+$`, `^[n-z0-9]+$`}, min: 10, max: 10},
		"three charsets":                        {all: []string{`[a-z]`, `[0-9]`, `[A-Z]`}, max: 3},
		"one and not the other":                 {all: []string{`^[a-z]+$`}, none: []string{`[aeiou]`, `^b`}, min: 5, max: 9},
		"not a name in use":                     {all: []string{`^[ab]{1,2}$`}, none: []string{`^a`, `^b$`, `^ba$`}, max: -1},
		"one and not itself":                    {all: []string{`^\d{3}$`}, none: []string{`^\d+$`}, max: -1, never: true},
		"not an e-mail":                         {none: []string{inviteEmail}, min: 5, max: 20},
		"a mark that must be free":              {none: []string{`^[^@]*$`}, max: 8},
		"a word boundary between":               {all: []string{`\bfoo\b`}, min: 9, max: 9},
		"unanchored to a length":                {all: []string{`\d{3}`}, min: 9, max: 9},
		"anchored in an alternative":            {all: []string{`(?:^a|b$)`}, min: 5, max: 5},
		"empty or two":                          {all: []string{`^$|^xx$`}, min: 1, max: 5},
		"accepted by the caller":                {all: []string{`^[a-z]+$`}, max: -1, accept: odd},
		"accepted by the caller, look-ahead":    {all: []string{`^(?!.*z)[a-z]+$`}, min: 30, max: 60, accept: odd},
		"refused by the caller":                 {all: []string{`^[a-z]+$`}, max: -1, accept: func(string) bool { return false }, never: true},
		"a limit upside down":                   {all: []string{`a`}, min: 3, max: 2, never: true},
		"long text":                             {all: []string{`^[\s\S]*$`}, min: 5000, max: 5000},
		"long text with a rule":                 {all: []string{`^(?!.*--)[a-z-]*$`}, min: 3000, max: 3000},
		"a big count with a rule":               {all: []string{`^(?!.*--)[a-z-]{1,5000}$`}, min: 4000, max: 5000},
		"a look-ahead that counts":              {all: []string{`^(?=.{1,254}$)(?=.{1,64}@)[^@\s]+@[^@\s]+\.[a-z]{2,}$`}, min: 100, max: 254},
		"an exponential count":                  {all: []string{`[ab]{3}c[ab]{20}$`, `^[abc]*$`}, max: -1},
		"a look-behind and a look-ahead":        {all: []string{`(?<=\d{3})(?=[a-z]{3})`}, min: 6, max: 6},
		"a negative look-ahead of a whole":      {all: []string{`^(?!(?:aa|ab|ba)$)[ab]{2}$`}, max: -1},
		"a tempered repeat":                     {all: []string{`^/\*(?:(?!\*/)[\s\S])*\*/$`}, min: 20, max: 20},
		"no letter twice in a row, of three":    {all: []string{`^(?!.*(.)\1)[abc]{6}$`}, max: -1},
		"quoted by the same mark":               {all: []string{`^(['"])\w{10,12}\1$`}, min: 14, max: 14},
		"a tag that is closed":                  {all: []string{`^<([a-z]+)>[^<>]*</\1>$`}, min: 40, max: 40},
		"a count that is not to be made":        {all: []string{`^a{1000000000}$`}, max: -1, never: true},
		"a count of a hundred thousand":         {all: []string{`^a{100000}$`}, max: -1},
		"letters beyond the first plane":        {all: []string{`^[\u{1F600}-\u{1F64F}]+$`}, min: 4, max: 4},
		"without the u flag, beyond that plane": {all: []string{`^\-😀+$`}, max: -1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			all, none := compileAll(t, test.all), compileAll(t, test.none)
			for seed := range uint64(20) {
				l := Limits{Min: test.min, Max: test.max, Accept: test.accept, Typical: seed%2 == 0}
				s, ok := Generate(source(seed), all, none, l)
				if test.never {
					if ok {
						t.Fatalf("got %q, want nothing", s)
					}
					if seed > 2 {
						return
					}
					continue
				}
				if !ok {
					t.Fatalf("got nothing for seed %d", seed)
				}
				n := utf8.RuneCountInString(s)
				if n < test.min || test.max >= 0 && n > test.max {
					t.Errorf("got %d characters, want %d to %d: %q", n, test.min, test.max, s)
				}
				for _, p := range all {
					if !p.MatchString(s) {
						t.Errorf("got %q, want a match of %s", s, p)
					}
				}
				for _, p := range none {
					if p.MatchString(s) {
						t.Errorf("got %q, want no match of %s", s, p)
					}
				}
				if test.accept != nil && !test.accept(s) {
					t.Errorf("got %q, which was not accepted", s)
				}
			}
		})
	}
}

func TestKnowsLengthsAndEmptiness(t *testing.T) {
	tests := map[string]struct {
		min, max int
		empty    bool
	}{
		`^abc$`:                      {3, 3, false},
		`abc`:                        {3, -1, false},
		`^abc`:                       {3, -1, false},
		``:                           {0, -1, false},
		`^a{2,5}b?$`:                 {2, 6, false},
		`^(?:ab|c){2,3}$`:            {2, 6, false},
		`^a*$`:                       {0, -1, false},
		`^a|bb$`:                     {1, -1, false},
		`^$|^xx$`:                    {0, 2, false},
		`(?:^a|b$)`:                  {1, -1, false},
		dateTime:                     {17, -1, false},
		inviteEmail:                  {6, -1, false},
		`^(?=.{3,10}$)[a-z]+$`:       {3, 10, false},
		`^(?!a$)[a-c]{1,2}$`:         {1, 2, false},
		`^(?!..?$)[a-c]*$`:           {0, -1, false},
		`^(?!.{5})(?=.{3}).*$`:       {3, 4, false},
		`\bfoo\b`:                    {3, -1, false},
		`^\b$`:                       {0, 0, true},
		`^\B$`:                       {0, 0, false},
		`$^`:                         {0, 0, false},
		`$a`:                         {0, 0, true},
		`$^a`:                        {0, 0, true},
		`a^`:                         {0, 0, true},
		`[]`:                         {0, 0, true},
		`[]?`:                        {0, -1, false},
		`(?!)`:                       {0, 0, true},
		`(?=a)b`:                     {0, 0, true},
		`a(?<!a)`:                    {0, 0, true},
		`^(?=.*\d)[a-z]+$`:           {0, 0, true},
		`^(?!.*[ab])(a|b)`:           {0, 0, true},
		`a\Bb\bc`:                    {0, 0, true},
		`^\uD800$`:                   {0, 0, true},
		`/^abc$/i`:                   {0, 0, true},
		`^(\w)\1$`:                   {1, -1, false}, // a reference may be to nothing, as far as is looked
		`^\-😀$`:                      {2, 3, false},  // in code units it is three
		`^(?:[01]\d:[0-5]\d$:[0-5])`: {0, 0, true},
		`^(?:(?=a)a?){2}b$`:          {0, -1, false},
	}
	for pattern, want := range tests {
		p := compile(t, pattern)
		min, max := p.Lengths()
		if pattern == `^(?:(?=a)a?){2}b$` {
			if p.Empty() {
				t.Errorf("%s: got it proved empty, want it open", pattern)
			}
			continue
		}
		if min != want.min || max != want.max || p.Empty() != want.empty {
			t.Errorf("%s: got %d to %d, empty %v, want %d to %d, empty %v", pattern, min, max, p.Empty(), want.min, want.max, want.empty)
		}
	}
}

func TestReadsOtherDialectsWhereECMADoesNot(t *testing.T) {
	tests := map[string]struct{ yes, no []string }{
		`\A[a-z]+\z`:                   {[]string{"abc"}, []string{"Aabcz", "ABC", " a"}},
		`\A\d{2}\Z`:                    {[]string{"12"}, []string{"123"}},
		`^[[:alpha:]_][[:alnum:]_]*$`:  {[]string{"a_1", "Z"}, []string{"1a", ":]"}},
		`^[^[:space:]]+$`:              {[]string{"ab"}, []string{"a b"}},
		`^[[:^digit:]]+$`:              {[]string{"ab"}, []string{"a1"}},
		`^\h+$`:                        {[]string{" \t"}, []string{"h", "\n"}},
		`^a++b$`:                       {[]string{"aab"}, []string{"b"}},
		`^a++a$`:                       {nil, []string{"aa", "aaa"}},
		`^(?>a|ab)c$`:                  {[]string{"ac"}, []string{"abc"}},
		`(?i)^abc$`:                    {[]string{"ABC", "aBc"}, []string{"abd"}},
		`^a(?i:b)c$`:                   {[]string{"aBc", "abc"}, []string{"Abc", "abC"}},
		`^(?s).$(?-s)`:                 {[]string{"\n"}, []string{"ab"}},
		`(?m)^b$`:                      {[]string{"a\nb\nc", "b"}, []string{"ab"}},
		`(?x) ^ a b # letters` + "\n$": {[]string{"ab"}, []string{"a b"}},
		`^(?P<x>[ab])(?P=x)$`:          {[]string{"aa", "bb"}, []string{"ab"}},
		`(?i)^(\w)\1$`:                 {[]string{"aA", "bb"}, []string{"ab"}},
		`^(?#word)a$`:                  {[]string{"a"}, []string{"b"}},
		`/^a++$/i`:                     {[]string{"aA"}, []string{"/a/i"}},
		`^\Qa.b\E$`:                    {[]string{"a.b"}, []string{"axb"}},
		`^\x{41}\pL(?i)$`:              {[]string{"Az"}, []string{"A1"}},
	}
	for pattern, test := range tests {
		p := compile(t, pattern)
		if p.Dialect() != Other {
			t.Errorf("%s: got it read as %v, want %v", pattern, p.Dialect(), Other)
		}
		for _, s := range test.yes {
			if !p.MatchString(s) {
				t.Errorf("%s on %q: got no match, want one", pattern, s)
			}
		}
		for _, s := range test.no {
			if p.MatchString(s) {
				t.Errorf("%s on %q: got a match, want none", pattern, s)
			}
		}
		if test.yes == nil {
			continue
		}
		for seed := range uint64(20) {
			if s, ok := p.Generate(source(seed), Limits{Max: -1, Typical: seed%2 == 0}); !ok || !p.MatchString(s) {
				t.Errorf("%s: got %q, %v, want a match", pattern, s, ok)
			}
		}
	}
}

func TestErrorsNameTheOffset(t *testing.T) {
	tests := map[string]struct {
		offset int
		reason string
	}{
		`ab(c`:                      {2, "not closed"},
		`ab)`:                       {2, "unmatched"},
		`a[bc`:                      {1, "not closed"},
		`ab**`:                      {3, "quantifier follows"},
		`*a`:                        {0, "nothing to repeat"},
		`é[z-a]`:                    {2, "out of order"},
		`😀{3,1}`:                    {1, "out of order"},
		`ab\`:                       {2, "at the end"},
		`(?<a>b)(?<a>c)`:            {10, `two groups are named "a"`},
		`(?<1>b)`:                   {3, "not valid"},
		`(?z)`:                      {0, "no group begins"},
		`^\p{Emoji}$`:               {1, "not supported"},
		`^a\k<b>(?<c>)`:             {5, "no group has the name"},
		"a\xffb":                    {1, "not valid UTF-8"},
		strings.Repeat("(", 10000):  {250, "nested deeper"},
		strings.Repeat("a", 100000): {65536, "longer than"},
	}
	for pattern, want := range tests {
		_, err := Compile(pattern)
		var bad *SyntaxError
		if !errors.As(err, &bad) {
			t.Errorf("%.20q: got error %v, want a *SyntaxError", pattern, err)
			continue
		}
		if bad.Offset != want.offset || !strings.Contains(bad.Reason, want.reason) || len(err.Error()) > 500 {
			t.Errorf("%.20q: got %v, want one at %d about %q", pattern, err, want.offset, want.reason)
		}
	}
}

func TestSameRandomnessSameString(t *testing.T) {
	patterns := []string{dateTime, inviteEmail, `^(\w+) \1$`, `^\S(.*\S)?$`, `[ab]{3}c[ab]{20}$`, `^(?=.*[A-Z])(?=.*\d).{8,}$`}
	for _, pattern := range patterns {
		fresh := map[uint64]string{}
		for seed := range uint64(12) {
			fresh[seed], _ = compile(t, pattern).Generate(source(seed), Limits{Min: 6, Max: 60})
		}
		// Another order, many at once, and other questions in between change nothing.
		p := compile(t, pattern)
		p.Lengths()
		var wait sync.WaitGroup
		for worker := range uint64(4) {
			wait.Add(1)
			go func() {
				defer wait.Done()
				for i := range uint64(12) {
					seed := (i*5 + worker) % 12
					p.Generate(source(i+100), Limits{Max: -1, Typical: true})
					got, _ := p.Generate(source(seed), Limits{Min: 6, Max: 60})
					if got != fresh[seed] {
						t.Errorf("%s, seed %d: got %q, want %q", pattern, seed, got, fresh[seed])
					}
				}
			}()
		}
		wait.Wait()
	}
}

func TestTypicalStringsAreBelievable(t *testing.T) {
	tests := map[string]string{ // a pattern, and a stricter one for what is made
		`^.{5,40}$`:                           `^[a-z0-9]{5,8}$`,
		`^\S+$`:                               `^[a-z0-9]{1,4}$`,
		`^\w+$`:                               `^[a-z0-9]{1,4}$`,
		`^[^,;]+$`:                            `^[a-z0-9]{1,4}$`,
		`\d{3}`:                               `^\d{3}$`,
		`^[\p{L}]{4}$`:                        `^[a-z]{4}$`,
		`[\u0020-\uD7FF\uE000-\uFFFD\r\n\t]+`: `^[a-z0-9]{1,4}$`,
		`^(?!-)[a-z0-9-]{1,63}$`:              `^[a-z0-9-]{1,4}$`,
		`^a{2,100}$`:                          `^a{2,5}$`,
	}
	for pattern, narrow := range tests {
		p, strict := compile(t, pattern), compile(t, narrow)
		for seed := range uint64(100) {
			if s, ok := p.Generate(source(seed), Limits{Max: -1, Typical: true}); !ok || !strict.MatchString(s) {
				t.Errorf("%s: got %q, want a match of %s", pattern, s, narrow)
			}
		}
	}
}

func TestRandomStringsUseTheWholeClass(t *testing.T) {
	p := compile(t, `^[^a]$`)
	ascii, wide, astral := 0, 0, 0
	for seed := range uint64(400) {
		s, _ := p.Generate(source(seed), Limits{Max: -1})
		switch r, _ := utf8.DecodeRuneInString(s); {
		case r < 0x80:
			ascii++
		case r > 0xFFFF:
			astral++
		default:
			wide++
		}
	}
	if ascii == 0 || wide == 0 || astral == 0 {
		t.Errorf("got %d ASCII, %d others up to U+FFFF and %d above, want some of each", ascii, wide, astral)
	}
}

func TestSlowPatterns(t *testing.T) {
	tests := map[string]struct {
		pattern string
		want    bool
	}{
		"a reference counts as no match":      {`^(?!(?:a|aa)+(b?)\1$)(?:a|!)+$`, false},
		"a look-ahead that does not hold":     {`^(?=(?:a|aa)+$)a`, false},
		"a negative look-ahead that holds":    {`^(?!(?:a|aa)+$)(?:a|!)+$`, true},
		"a look-behind":                       {`(?<!^b(?:a|aa)+)!$`, true},
		"nested stars without any look-ahead": {`^(?:a+)+!$`, true},
	}
	for name, test := range tests {
		if got := compile(t, test.pattern).MatchString(strings.Repeat("a", 60) + "!"); got != test.want {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

func TestWorkIsBounded(t *testing.T) {
	for name, pattern := range map[string]string{
		"long, and never":       strings.Repeat("Q", 4000) + `\bU`,
		"long, looked ahead":    "(?!" + strings.Repeat(" ", 4000) + ")",
		"counts of counts":      `((a{1000}){1000}){1000}`,
		"optional counts":       `^(?:(?:(?:a?){99}){99}){99}$`,
		"stars of stars":        `^((((a*)*)*)*)*$`,
		"stars, and references": `^((a*)*b?)*\1\1c$`,
		"a count, unanchored":   `]{10010,}`,
		"many options":          "^(?:" + strings.Repeat("ab|a|b|", 3000) + "c)*(?!c)$",
		"many look-aheads":      strings.Repeat("(?=.*a)", 2000) + "b",
		"looks within looks":    strings.Repeat("(?!a", 200) + strings.Repeat(")", 200),
		"counted threads":       `^(?!.*a.{500}b).*a.{500}b`,
	} {
		start := time.Now()
		p := compile(t, pattern)
		p.Empty()
		for seed := range uint64(3) {
			p.Generate(source(seed), Limits{Min: 5, Max: -1})
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: took %v, want a few seconds at most", name, took)
		} else {
			t.Logf("%s: %v", name, took)
		}
	}
}

func FuzzPattern(f *testing.F) {
	for _, want := range expectations(f) {
		f.Add(want.Pattern, "abc", uint64(1))
	}
	for _, p := range []string{dateTime, inviteEmail, "\xff", `}{5555,}`, "(?!" + strings.Repeat(" ", 900) + ")", strings.Repeat("Q", 900) + `\bU`, `((a*)*)*b`, `a{1000000}`, `((a{1000}){1000}){1000}`, `((a{1000}){1000}){M000`, `(?:(?:(?:a?){99}){99}){99}`,
		`(?i)[[:alpha:]]++`, `(?<=(?<!a(?=b))c)\1()`, strings.Repeat("(", 300), strings.Repeat("(?=a", 60), `^(a|b|ab)*(?!\1)$`} {
		f.Add(p, "ab", uint64(2))
	}
	f.Fuzz(func(t *testing.T, pattern, text string, seed uint64) {
		if len(pattern) > 1000 {
			return // what is long costs the square of that, which is bounded but slow
		}
		p, err := Compile(pattern)
		if err != nil {
			var bad *SyntaxError
			if !errors.As(err, &bad) || bad.Offset < 0 || bad.Offset > utf8.RuneCountInString(pattern) {
				t.Errorf("got error %v, want a *SyntaxError inside the pattern", err)
			}
			return
		}
		matched := utf8.ValidString(text) && p.MatchString(text)
		least, most := p.Lengths()
		n := utf8.RuneCountInString(text)
		if matched && (p.Empty() || n < least || most >= 0 && n > most) {
			t.Errorf("%q matches %q, got lengths %d to %d, empty %v", pattern, text, least, most, p.Empty())
		}
		for _, l := range []Limits{{Max: -1, Typical: true}, {Min: n, Max: n}} {
			s, ok := p.Generate(rand.New(rand.NewPCG(seed, 0)), l)
			again, _ := p.Generate(rand.New(rand.NewPCG(seed, 0)), l)
			if s != again && p.matcher.back == nil {
				t.Errorf("%q: got %q and then %q for the same seed", pattern, s, again)
			}
			if !ok {
				continue
			}
			found, slow := p.match(s)
			if count := utf8.RuneCountInString(s); !found && !slow || count < l.Min || l.Max >= 0 && count > l.Max || count < least || most >= 0 && count > most {
				t.Errorf("%q: got %q, want a match within %d to %d and %d to %d", pattern, s, l.Min, l.Max, least, most)
			}
		}
	})
}

func BenchmarkGenerate(b *testing.B) {
	for name, pattern := range map[string]string{"simple": `^[a-z]{10}$`, "date": dateTime, "email": inviteEmail, "password": `^(?=.*[A-Z])(?=.*\d).{8,}$`} {
		b.Run(name, func(b *testing.B) {
			p, r := compile(b, pattern), source(1)
			b.ReportAllocs()
			for b.Loop() {
				p.Generate(r, Limits{Max: -1, Typical: true})
			}
		})
	}
}
