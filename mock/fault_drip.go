package mock

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

var _ = faults.Add(Fault{
	Name:    "drip",
	Doc:     "sends so many bytes of the body at a time, with a pause after each",
	Example: "drip=8/50ms",
	read: func(arg string) (strike, error) {
		text, long, _ := strings.Cut(arg, "/")
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("got %q, want a number of bytes from 1", text)
		}
		pause, err := readWait(long)
		return slowly(n, pause), err
	},
})

func slowly(step int, pause time.Duration) strike {
	return func(x *exchange, _ *turn, _ *rand.Rand) bool {
		x.harm.step, x.harm.pause = step, pause
		return true
	}
}
