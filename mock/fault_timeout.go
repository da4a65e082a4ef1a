package mock

import (
	"io"
	"math/rand/v2"
	"net/http"
)

var _ = faults.Add(Fault{
	Name:    "timeout",
	Doc:     "never answers: the connection stays open until the client gives up, at most 10 minutes; an argument is the share of the requests",
	Example: "timeout",
	Caught:  "answer",
	read: sometimes(func(x *exchange, _ *rand.Rand) {
		if x.harm.silent != nil {
			return
		}
		x.harm.silent = func(s *Server, _ http.ResponseWriter, x *exchange) {
			if x.r.Body != nil {
				// net/http sees that the client is gone only after the body was read
				_, _ = io.Copy(io.Discard, io.LimitReader(x.r.Body, s.cfg.MaxBody))
			}
			s.wait(x.r.Context(), maxWait)
			panic(http.ErrAbortHandler)
		}
	}),
})
