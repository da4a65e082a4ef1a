package mock

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

var _ = faults.Add(Fault{
	Name:    "bandwidth",
	Doc:     "sends the body no faster than so many B, kB or MB in a second",
	Example: "bandwidth=64kB/s",
	read: func(arg string) (strike, error) {
		text, ok := strings.CutSuffix(strings.ToLower(arg), "/s")
		unit := 0.0
		for _, u := range []struct {
			name string
			size float64
		}{{"mb", 1e6}, {"kb", 1e3}, {"b", 1}} {
			if rest, has := strings.CutSuffix(text, u.name); has {
				text, unit = rest, u.size
				break
			}
		}
		n, err := strconv.ParseFloat(text, 64)
		if !ok || unit == 0 || err != nil || !(n*unit >= 1 && n*unit <= 1e12) {
			return nil, fmt.Errorf("got %q, want bytes in a second", arg)
		}
		// 20 pieces in a second; fewer where a piece would be less than a byte
		step := max(1, math.Round(n*unit/20))
		return slowly(int(step), time.Duration(step/(n*unit)*float64(time.Second))), nil
	},
})
