package spec

import (
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/dlclark/regexp2"
)

// pattern is a regular expression of ECMA-262, compiled once for the whole process.
type pattern struct {
	text  string
	match func(s string) bool
	err   error
}

// anyName before the pattern of a patternProperties makes one that fits every name.
const anyName = "\x00"

var patterns sync.Map // string to *pattern

// maxPatterns bounds the memory that patterns of many documents can take in one process.
const maxPatterns = 20_000

var patternCount struct {
	sync.Mutex
	n int
}

func knownPattern(text string) *pattern {
	if p, ok := patterns.Load(text); ok {
		return p.(*pattern)
	}
	p := &pattern{text: text}
	if strings.HasPrefix(text, anyName) {
		p.match = func(string) bool { return true }
	} else if p.match, p.err = compilePattern(text); p.err != nil {
		p.match = func(string) bool { return false }
	}
	patternCount.Lock()
	if patternCount.n++; patternCount.n > maxPatterns {
		patternCount.n = 0
		patterns.Clear()
	}
	patternCount.Unlock()
	patterns.Store(text, p)
	return p
}

// MatchString says whether the pattern fits anywhere in the string.
func (p *pattern) MatchString(s string) bool { return p.match(s) }

// String gives the pattern as the document writes it.
func (p *pattern) String() string { return p.text }

// compilePattern reads a regular expression of ECMA-262: with Go's engine where it means the same, else with regexp2.
func compilePattern(text string) (func(s string) bool, error) {
	if same(text) {
		if re, err := regexp.Compile(text); err == nil {
			return re.MatchString, nil
		}
	}
	re, err := regexp2.Compile(text, regexp2.ECMAScript|regexp2.Unicode)
	if err != nil {
		re, err = regexp2.Compile(text, regexp2.None)
	}
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = 100 * time.Millisecond
	return func(s string) bool {
		ok, err := re.MatchString(s)
		return ok && err == nil
	}, nil
}

// same says that Go reads the text as ECMA-262 does: no escapes whose meaning differs.
func same(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
			if strings.IndexByte("sSucAzQpPCaEZG", text[i]) >= 0 {
				return false
			}
		}
		if strings.HasPrefix(text[i:], "(?i") || strings.HasPrefix(text[i:], "[[:") || strings.HasPrefix(text[i:], "[^]") || strings.HasPrefix(text[i:], "[]") || text[i] == '.' {
			if text[i] == '.' {
				continue
			}
			return false
		}
	}
	return true
}
