package mock

import "math/rand/v2"

var _ = faults.Add(Fault{
	Name:    "garbage",
	Doc:     "sends bytes that are no text in place of the body; an argument is the share of the requests",
	Example: "garbage=0.5",
	Caught:  "encoding",
	read: sometimes(func(x *exchange, r *rand.Rand) {
		x.harm.garble = func(body []byte) []byte {
			out := make([]byte, max(len(body), 16))
			for i := range out {
				out[i] = byte(r.Uint32())
			}
			out[0] = 0xff // begins neither UTF-8 nor JSON
			return out
		}
	}),
})
