package mock

import (
	"crypto/tls"
	"math/rand/v2"
	"net"
	"net/http"
)

var _ = faults.Add(Fault{
	Name:    "reset",
	Doc:     "resets the connection before the answer; an argument is the share of the requests",
	Example: "reset=0.1",
	Caught:  "answer",
	read: sometimes(func(x *exchange, _ *rand.Rand) {
		if x.harm.silent == nil {
			x.harm.silent = reset
		}
	}),
})

func reset(_ *Server, w http.ResponseWriter, _ *exchange) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		// of HTTP/2 the stream alone is reset
		panic(http.ErrAbortHandler)
	}
	inner := conn
	if t, ok := conn.(*tls.Conn); ok {
		inner = t.NetConn()
	}
	if t, ok := inner.(*net.TCPConn); ok {
		_ = t.SetLinger(0) // closing then sends RST and not FIN
	}
	_ = inner.Close()
}
