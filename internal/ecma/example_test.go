package ecma_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/specimen-api/specimen/internal/ecma"
)

func ExampleGenerate() {
	label, err := ecma.Compile(`^(?!-)[a-z0-9-]+(?<!-)$`)
	if err != nil {
		fmt.Println(err)
		return
	}
	digit, err := ecma.Compile(`\d`)
	if err != nil {
		fmt.Println(err)
		return
	}
	r := rand.New(rand.NewPCG(1, 2))
	s, ok := ecma.Generate(r, []*ecma.Pattern{label}, []*ecma.Pattern{digit}, ecma.Limits{Min: 8, Max: 12, Typical: true})
	fmt.Println(ok, len(s) >= 8, label.MatchString(s), digit.MatchString(s))
	// Output: true true true false
}
