package mock

import (
	"net/http"
	"sort"
	"strings"
)

// preflight answers the question that a browser asks before it sends a request of its page's (Fetch standard,
// section 4.8). It is answered for unknown paths too: the page then sees the 404 and not a failure without a reason.
func (s *Server) preflight(x *exchange) bool {
	r := x.r
	method := r.Header.Get("Access-Control-Request-Method")
	if s.cfg.NoCORS || r.Method != http.MethodOptions || method == "" || r.Header.Get("Origin") == "" {
		return false
	}
	// another method's operation is the one that is meant; its documented OPTIONS is not
	probe := exchange{}
	s.find(&probe, r)
	x.allow = probe.allow
	h := http.Header{"Access-Control-Max-Age": {"600"}, "Vary": {"Access-Control-Request-Method, Access-Control-Request-Headers"}}
	x.reply = &reply{status: http.StatusNoContent, header: h}
	if _, ok := s.origin(r); !ok {
		return true
	}
	methods := probe.allow
	if len(methods) == 0 {
		methods = []string{headerSafe(method)}
	}
	h.Set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
	if names := r.Header.Values("Access-Control-Request-Headers"); len(names) > 0 {
		h.Set("Access-Control-Allow-Headers", headerSafe(strings.Join(names, ", ")))
	}
	if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		h.Set("Access-Control-Allow-Private-Network", "true")
	}
	return true
}

// origin gives what Access-Control-Allow-Origin says to a request, and whether its origin may read the answer.
func (s *Server) origin(r *http.Request) (string, bool) {
	own := r.Header.Get("Origin")
	if len(s.cfg.Origins) == 0 {
		if !s.cfg.Credentials {
			return "*", true
		}
		return own, own != ""
	}
	for _, o := range s.cfg.Origins {
		if o == "*" && !s.cfg.Credentials {
			return "*", true
		}
		if o == "*" && own != "" || strings.EqualFold(strings.TrimRight(o, "/"), own) {
			return own, true
		}
	}
	return "", false
}

// allowOrigin lets the pages of other origins read the answer and its headers.
func (s *Server) allowOrigin(h http.Header, x *exchange) {
	if s.cfg.NoCORS {
		return
	}
	allowed, ok := s.origin(x.r)
	if allowed != "*" {
		h.Add("Vary", "Origin")
	}
	// a document may describe these headers; without an origin its own words are answered
	if x.r.Header.Get("Origin") == "" && h.Get("Access-Control-Allow-Origin") != "" {
		return
	}
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-Allow-Origin") || name == "Access-Control-Allow-Credentials" || name == "Access-Control-Expose-Headers" {
			delete(h, name)
		}
	}
	if !ok {
		return
	}
	h.Set("Access-Control-Allow-Origin", allowed)
	if s.cfg.Credentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	var names []string
	for name := range h {
		if !strings.HasPrefix(name, "Access-Control-") && name != "Vary" {
			names = append(names, name)
		}
	}
	if h.Get("Content-Length") == "" && !bodiless(x.reply.status) {
		names = append(names, "Content-Length")
	}
	sort.Strings(names)
	if len(names) > 0 {
		h.Set("Access-Control-Expose-Headers", strings.Join(names, ", "))
	}
}
