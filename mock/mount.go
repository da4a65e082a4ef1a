package mock

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"sync/atomic"

	"github.com/specimen-api/specimen/spec"
)

// Reload makes a Server of other documents, or of the same ones with another Config, that goes on where s is: with
// its sessions: what requests changed, the state file and the calls. What no longer fits the documents does not show, and is
// kept for when it fits again. Requests that s still answers change what both show. Only one of the two is to be
// closed; cfg.StateFile is not looked at.
func (s *Server) Reload(docs []*spec.Document, cfg Config) (*Server, error) {
	cfg.StateFile = ""
	next, err := NewMany(docs, cfg)
	if err != nil {
		return nil, err
	}
	next.cfg.StateFile = s.cfg.StateFile
	next.sessions = s.sessions
	next.sessions.limit(next.cfg.MaxSessions, next.cfg.SessionIdle)
	next.life = s.life
	return next, nil
}

// Live is a Server that can be exchanged while it answers: each request is answered to its end by the one that it
// began with.
type Live struct{ server atomic.Pointer[Server] }

// NewLive makes a Live of a Server.
func NewLive(s *Server) *Live {
	l := &Live{}
	l.server.Store(s)
	return l
}

// Server gives the one that answers now.
func (l *Live) Server() *Server { return l.server.Load() }

// Swap lets another Server answer from the next request on.
func (l *Live) Swap(s *Server) { l.server.Store(s) }

// ServeHTTP answers one request.
func (l *Live) ServeHTTP(w http.ResponseWriter, r *http.Request) { l.server.Load().ServeHTTP(w, r) }

// Mount is a place where a handler answers: the requests for a host, for the paths below a prefix, or both.
type Mount struct {
	Host    string // without a port; "": any
	Prefix  string // begins with / and does not end with it; "": all paths. The handler sees the path without it.
	Handler http.Handler
}

// Mounts sends each request to the mount of its host with the longest prefix of its path, else to the one without a
// host. Where none fits, the answer is 404 and names the mounts; /_specimen/ is then answered by the first one.
func Mounts(mounts []Mount) http.Handler {
	sorted := append([]Mount(nil), mounts...)
	sort.SliceStable(sorted, func(i, j int) bool {
		if (sorted[i].Host == "") != (sorted[j].Host == "") {
			return sorted[i].Host != ""
		}
		return len(sorted[i].Prefix) > len(sorted[j].Prefix)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		for _, m := range sorted {
			if m.Host != "" && !strings.EqualFold(strings.TrimSuffix(host, "."), m.Host) {
				continue
			}
			if inner := without(r, m.Prefix); inner != nil {
				m.Handler.ServeHTTP(w, inner)
				return
			}
		}
		if strings.HasPrefix(r.URL.Path, "/_specimen/") && len(mounts) > 0 {
			mounts[0].Handler.ServeHTTP(w, r)
			return
		}
		var places []string
		for _, m := range mounts {
			places = append(places, m.Host+m.Prefix+"/")
		}
		http.Error(w, fmt.Sprintf("nothing is mounted here; there are %s", strings.Join(places, ", ")), http.StatusNotFound)
	})
}

// without gives the request as the handler below a prefix sees it; nil when its path is not below it.
func without(r *http.Request, prefix string) *http.Request {
	if prefix == "" {
		return r
	}
	escaped, ok := strings.CutPrefix(r.URL.EscapedPath(), prefix)
	if !ok || escaped != "" && escaped[0] != '/' {
		return nil
	}
	if escaped == "" {
		escaped = "/"
	}
	path, err := url.PathUnescape(escaped)
	if err != nil {
		return nil
	}
	inner, target := *r, *r.URL
	target.Path, target.RawPath = path, escaped
	inner.URL = &target
	return &inner
}
