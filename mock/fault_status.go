package mock

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

var _ = faults.Add(Fault{
	Name:    "status",
	Doc:     "answers with a status instead, with the body that the document gives it: 503, or 503:0.2 for a fifth of the requests",
	Example: "status=503:0.2",
	Caught:  "server-error",
	read: func(arg string) (strike, error) {
		text, rate, cut := strings.Cut(arg, ":")
		code, err := strconv.Atoi(text)
		if err != nil || len(text) != 3 || code < 400 || code > 599 {
			return nil, fmt.Errorf("got %q, want a status from 400 to 599", text)
		}
		if cut && rate == "" {
			return nil, fmt.Errorf("no share stands after the colon")
		}
		share, err := readShare(rate)
		return func(x *exchange, _ *turn, r *rand.Rand) bool {
			if x.harm.status != 0 || r.Float64() >= share {
				return false
			}
			x.harm.status = code
			return true
		}, err
	},
})
