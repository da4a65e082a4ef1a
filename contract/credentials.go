package contract

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/specimen-api/specimen/spec"
)

// credential says how the requests of an operation carry who they are from.
type credential struct {
	scheme *spec.SecurityScheme // where the token goes; nil: it is not sent
	needed bool                 // the document lets nobody in without credentials
	has    bool                 // the request satisfies one of the document's alternatives
	why    string               // what is missing, when something is
}

// credential chooses the first of the operation's alternatives that the token, the headers, or both satisfy.
func (r *runner) credential(op *spec.Operation) credential {
	alternatives := op.Security()
	c := credential{needed: len(alternatives) > 0}
	var kinds []string
	for _, need := range alternatives {
		if len(need) == 0 {
			c.needed = false
			continue
		}
		var scheme *spec.SecurityScheme
		ok := true
		for _, n := range need {
			switch {
			case n.Scheme == nil:
				ok = false
			case r.inHeader(n.Scheme):
			case scheme == nil && r.fits(n.Scheme):
				scheme = n.Scheme
			default:
				ok = false
			}
			if n.Scheme != nil {
				kinds = append(kinds, describe(n.Scheme))
			}
		}
		if ok && !c.has {
			c.has, c.scheme = true, scheme
		}
	}
	if c.needed && !c.has && r.cfg.Token != "" {
		c.why = fmt.Sprintf("the token does not fit what the document asks for (%s); give what is missing as a header", strings.Join(kinds, ", "))
	}
	return c
}

// inHeader says that Config.Header satisfies a scheme.
func (r *runner) inHeader(s *spec.SecurityScheme) bool {
	h := r.cfg.Header
	switch s.Type {
	case "apiKey":
		switch s.In {
		case "header":
			return h.Get(s.Parameter) != ""
		case "cookie":
			_, err := (&http.Request{Header: h}).Cookie(s.Parameter)
			return err == nil
		}
	case "http", "oauth2", "openIdConnect":
		return h.Get("Authorization") != ""
	}
	return false
}

// fits says that the token can be put where a scheme wants a credential.
func (r *runner) fits(s *spec.SecurityScheme) bool {
	if r.cfg.Token == "" {
		return false
	}
	switch s.Type {
	case "apiKey":
		return s.Parameter != "" && (s.In == "header" || s.In == "query" || s.In == "cookie")
	case "http":
		return s.Scheme == "bearer" || s.Scheme == "basic" && strings.Contains(r.cfg.Token, ":")
	case "oauth2", "openIdConnect":
		return true
	}
	return false
}

func describe(s *spec.SecurityScheme) string {
	switch s.Type {
	case "apiKey":
		return fmt.Sprintf("apiKey in %s %s", s.In, s.Parameter)
	case "http":
		return "http " + s.Scheme
	}
	return s.Type
}

// put writes the token into a request.
func (c credential) put(req *http.Request, token string) {
	s := c.scheme
	if s == nil {
		return
	}
	switch {
	case s.Type == "apiKey" && s.In == "header":
		req.Header.Set(s.Parameter, token)
	case s.Type == "apiKey" && s.In == "query":
		pair := url.QueryEscape(s.Parameter) + "=" + url.QueryEscape(token)
		if req.URL.RawQuery != "" {
			pair = req.URL.RawQuery + "&" + pair
		}
		req.URL.RawQuery = pair
	case s.Type == "apiKey" && s.In == "cookie":
		cookie := s.Parameter + "=" + token
		if before := req.Header.Get("Cookie"); before != "" {
			cookie = before + "; " + cookie
		}
		req.Header.Set("Cookie", cookie)
	case s.Type == "http" && s.Scheme == "basic":
		req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(token)))
	default:
		req.Header.Set("Authorization", "Bearer "+token)
	}
}

// stranger is a credential that nobody has.
const stranger = "specimen-unknown-revoked-expired"

// putBad writes a credential that is nobody's, or that cannot be read.
func (c credential) putBad(req *http.Request, garbled bool) {
	switch {
	case c.scheme == nil:
	case !garbled && c.scheme.Type == "http" && c.scheme.Scheme == "basic":
		c.put(req, stranger+":"+stranger)
	case !garbled:
		c.put(req, stranger)
	case c.scheme.Type == "http" && c.scheme.Scheme == "basic":
		req.Header.Set("Authorization", "Basic %")
	case c.scheme.Type != "apiKey":
		req.Header.Set("Authorization", "Bearer")
	}
}

// strip takes out of a request every credential that Config.Header may have put in.
func strip(req *http.Request, op *spec.Operation) {
	req.Header.Del("Authorization")
	for _, need := range op.Security() {
		for _, n := range need {
			if n.Scheme == nil || n.Scheme.Type != "apiKey" {
				continue
			}
			switch n.Scheme.In {
			case "header":
				req.Header.Del(n.Scheme.Parameter)
			case "cookie":
				cookies := req.Cookies()
				req.Header.Del("Cookie")
				for _, cookie := range cookies {
					if cookie.Name != n.Scheme.Parameter {
						req.AddCookie(cookie)
					}
				}
			}
		}
	}
}
