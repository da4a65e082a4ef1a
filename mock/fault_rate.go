package mock

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/specimen-api/specimen/spec"
)

var _ = faults.Add(Fault{
	Name:    "rate",
	Doc:     "answers 429 with Retry-After once so many requests came in so long a time, counted by the session's clock; the document's rate headers say what is left",
	Example: "rate=5/1s",
	Caught:  "valid-refused",
	read: func(arg string) (strike, error) {
		text, long, _ := strings.Cut(arg, "/")
		most, err := strconv.Atoi(text)
		if err != nil || most < 0 || most > 1_000_000_000 {
			return nil, fmt.Errorf("got %q, want a number of requests", text)
		}
		window, err := time.ParseDuration(long)
		if err != nil || window <= 0 || window > 366*24*time.Hour {
			return nil, fmt.Errorf("got %q, want a duration above 0s, such as 1s", long)
		}
		return func(x *exchange, t *turn, _ *rand.Rand) bool {
			now := x.harm.at
			if now.Sub(t.since) >= window || now.Before(t.since) {
				t.since, t.spent = now, 0
			}
			left := t.since.Add(window).Sub(now)
			t.spent++
			x.harm.spent = &spent{most: most, left: max(0, most-t.spent), wait: left, until: t.since.Add(window)}
			if t.spent <= most || x.harm.status != 0 {
				return false
			}
			x.harm.status = http.StatusTooManyRequests
			x.harm.header = http.Header{"Retry-After": {strconv.Itoa(seconds(left))}}
			return true
		}, nil
	},
})

// spent is what a rate leaves.
type spent struct {
	most, left int
	wait       time.Duration
	until      time.Time
}

func seconds(d time.Duration) int { return max(1, int((d+time.Second-1)/time.Second)) }

// rates puts what is left into the rate headers that the document gives the answer, where their schemas take it.
func (x *exchange) rates() {
	if x.harm.spent == nil || x.reply == nil || x.op == nil {
		return
	}
	r := x.op.Response(x.reply.status)
	if r == nil {
		return
	}
	for _, h := range r.Headers {
		name, ok := strings.CutPrefix(strings.TrimPrefix(folded(h.Name), "x"), "ratelimit")
		if !ok {
			continue
		}
		var text string
		switch name {
		case "limit":
			text = strconv.Itoa(x.harm.spent.most)
		case "remaining":
			text = strconv.Itoa(x.harm.spent.left)
		case "reset":
			text = strconv.Itoa(seconds(x.harm.spent.wait))
			// some count the seconds that are left, others those since 1970
			if old, err := strconv.ParseInt(x.reply.header.Get(h.Name), 10, 64); err == nil && old > 1_000_000_000 {
				text = strconv.FormatInt(x.harm.spent.until.Unix(), 10)
			}
		default:
			continue
		}
		if h.Schema != nil && len(h.Schema.Check(json.Number(text), spec.Response)) > 0 && len(h.Schema.Check(text, spec.Response)) > 0 {
			continue
		}
		x.reply.header.Set(h.Name, text)
	}
}
