package mock

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

var _ = faults.Add(Fault{
	Name:    "latency",
	Doc:     "holds the answer back: 200ms, evenly between 50ms..300ms, or lognormal:MEDIAN:SIGMA as networks do",
	Example: "latency=200ms",
	read: func(arg string) (strike, error) {
		draw, err := readLatency(arg)
		return func(x *exchange, _ *turn, r *rand.Rand) bool {
			x.harm.delay += draw(r)
			return true
		}, err
	},
})

func readLatency(arg string) (func(r *rand.Rand) time.Duration, error) {
	if arg == "" {
		return nil, errNoArgument
	}
	if low, high, ok := strings.Cut(arg, ".."); ok {
		a, err := readWait(low)
		if err != nil {
			return nil, err
		}
		b, err := readWait(high)
		if err != nil {
			return nil, err
		}
		if b < a {
			return nil, fmt.Errorf("got from %s to %s, want the shorter first", a, b)
		}
		return func(r *rand.Rand) time.Duration { return a + time.Duration(r.Int64N(int64(b-a)+1)) }, nil
	}
	if text, ok := strings.CutPrefix(arg, "lognormal:"); ok {
		middle, spread, _ := strings.Cut(text, ":")
		median, err := readWait(middle)
		if err != nil {
			return nil, err
		}
		sigma, err := strconv.ParseFloat(spread, 64)
		if err != nil || !(sigma >= 0 && sigma <= 5) {
			return nil, fmt.Errorf("got the sigma %q, want a number from 0 to 5", spread)
		}
		return func(r *rand.Rand) time.Duration {
			d := float64(median) * math.Exp(sigma*r.NormFloat64())
			return time.Duration(min(d, float64(maxWait)))
		}, nil
	}
	d, err := readWait(arg)
	return func(*rand.Rand) time.Duration { return d }, err
}
