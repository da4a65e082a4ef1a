package mock

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// reply is an answer that has not been written yet.
type reply struct {
	status int
	header http.Header
	body   []byte
	source string
}

// bodiless says that an answer of this status has no body (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5).
func bodiless(status int) bool {
	return status < 200 || status == http.StatusNoContent || status == http.StatusResetContent || status == http.StatusNotModified
}

// finish writes the reply, once.
func (s *Server) finish(w http.ResponseWriter, x *exchange) {
	if x.done {
		return
	}
	if silent := x.harm.silent; silent != nil {
		x.done = true
		silent(s, w, x)
		return
	}
	rep := x.reply
	if rep == nil {
		return
	}
	x.done = true
	x.rates()
	x.call.Status, x.call.Source = rep.status, rep.source
	h := w.Header()
	for name, values := range rep.header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	if x.op != nil {
		h.Set("Specimen-Operation", headerSafe(x.op.ID))
	}
	if rep.source != "" {
		h.Set("Specimen-Source", headerSafe(rep.source))
	}
	if x.session.name != "" {
		h.Set("Specimen-Session", x.session.name)
	}
	if len(x.call.Faults) > 0 {
		h.Set("Specimen-Fault", headerSafe(strings.Join(x.call.Faults, ", ")))
	}
	if n := len(x.call.Problems); x.report && n > 0 {
		h.Set("Specimen-Problems", headerSafe(fmt.Sprintf("%d; %s", n, hide(shorten(x.call.Problems[0].String(), 300), x.secrets))))
	}
	if len(x.applied) > 0 {
		text := strings.Join(x.applied, ", ")
		if old := h.Get("Preference-Applied"); old != "" {
			text = old + ", " + text
		}
		h.Set("Preference-Applied", headerSafe(text))
	}
	body := rep.body
	if bodiless(rep.status) {
		body = nil
		h.Del("Content-Type")
	} else if len(h.Values("Content-Type")) == 0 {
		// without this net/http would guess a type from the first bytes
		h["Content-Type"] = nil
	}
	s.allowOrigin(h, x)
	length := len(body)
	if x.r.Method != http.MethodHead {
		body, length = x.bodyOf(body)
	}
	if rep.status != http.StatusNoContent && rep.status != http.StatusNotModified && rep.status >= 200 && length >= 0 {
		h.Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(rep.status)
	s.write(w, x, body, length)
}

// headerSafe makes text that a header can hold (RFC 9110, section 5.5) of any text.
func headerSafe(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f {
			return '?'
		}
		return r
	}, text)
}
