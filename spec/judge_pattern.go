package spec

import (
	"strings"
	"sync"

	"github.com/specimen-api/specimen/internal/ecma"
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

// compilePattern reads a regular expression of ECMA-262.
func compilePattern(text string) (func(s string) bool, error) {
	p, err := ecma.Compile(text)
	if err != nil {
		return nil, err
	}
	return p.MatchString, nil
}
