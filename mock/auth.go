package mock

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/specimen-api/specimen/internal/ecma"
	"github.com/specimen-api/specimen/spec"
)

// standing is how a request stands before the security of its operation.
type standing struct {
	key    string // the credential that let it in; "" when none was needed or given
	status int    // 0: let in; else 401 or 403
	why    string
}

// ranks of a refused alternative: the one that came closest is told of.
var rank = map[int]int{http.StatusUnauthorized: 1, http.StatusForbidden: 2}

// authenticate looks at the alternatives of the operation's security; the first that is satisfied lets the request in.
func (x *exchange) authenticate() standing {
	alternatives := x.op.Security()
	if len(alternatives) == 0 {
		key, _ := bearer(x.r)
		x.secret(key)
		return standing{key: key}
	}
	var best *standing
	missing := true
	var in *standing
	for _, req := range alternatives {
		one, given := x.satisfy(req)
		if one.status == 0 {
			// an alternative that needs nothing waits for one that knows the caller
			if in == nil || in.key == "" && one.key != "" {
				in = &one
			}
			continue
		}
		// what was given and refused says more than what was not given
		if best == nil || given && missing || given == !missing && rank[one.status] > rank[best.status] {
			best = &one
			missing = !given
		}
	}
	if in != nil {
		return *in
	}
	best.status = declaredRefusal(x.op, best.status)
	return *best
}

// declaredRefusal keeps to the one of 401 and 403 that the operation documents, where it documents but one.
func declaredRefusal(op *spec.Operation, status int) int {
	other := http.StatusUnauthorized + http.StatusForbidden - status
	if op.Response(status) == nil && op.Response(other) != nil {
		return other
	}
	return status
}

// satisfy looks at one alternative; all its schemes are needed. given says whether any credential of it was there.
func (x *exchange) satisfy(req spec.Requirement) (out standing, given bool) {
	for _, need := range req {
		key, problem := x.credential(need.Scheme)
		x.secret(key)
		switch {
		case need.Scheme.Type == "mutualTLS":
			continue // the handshake is not the mock's; it is taken as done
		case key == "" && problem == "":
			return standing{status: http.StatusUnauthorized, why: "no credentials: send " + describe(need.Scheme)}, given
		case problem != "":
			return standing{status: http.StatusUnauthorized, why: problem}, true
		}
		given = true
		words := words(key)
		switch {
		case words["expired"]:
			return standing{status: http.StatusUnauthorized, why: "the credentials have expired"}, true
		case words["revoked"]:
			return standing{status: http.StatusUnauthorized, why: "the credentials have been revoked"}, true
		case !strings.HasPrefix(key, "sk_test_") && !fits(need.Scheme, key):
			return standing{status: http.StatusUnauthorized, why: "the credentials are unknown: they do not have the form that the document gives"}, true
		case words["readonly"] && !reads(x.op):
			return standing{status: http.StatusForbidden, why: "the credentials may only read"}, true
		}
		if out.key == "" {
			out.key = key
		}
	}
	return out, given
}

// keys gives every credential of a request, right or wrong, for the words that they may hold.
func (x *exchange) keys() []string {
	var out []string
	for _, req := range x.op.Security() {
		for _, need := range req {
			if key, _ := x.credential(need.Scheme); key != "" {
				out = append(out, key)
			}
		}
	}
	return out
}

// secret remembers a credential, so that it shows nowhere.
func (x *exchange) secret(key string) {
	if key != "" {
		x.secrets = append(x.secrets, key)
	}
}

// credential reads what the request gives for a scheme: "" and no problem when it gives nothing.
func (x *exchange) credential(s *spec.SecurityScheme) (key, problem string) {
	r := x.r
	switch s.Type {
	case "apiKey":
		switch s.In {
		case "query":
			key = r.URL.Query().Get(s.Parameter)
		case "cookie":
			if c, err := r.Cookie(s.Parameter); err == nil {
				key = c.Value
			}
		default:
			key = strings.TrimSpace(r.Header.Get(s.Parameter))
			if strings.EqualFold(s.Parameter, "Authorization") {
				if scheme, rest, ok := strings.Cut(key, " "); ok && !strings.Contains(scheme, "=") {
					key = strings.TrimSpace(rest)
				}
			}
		}
		return key, ""
	case "http":
		return authorization(r, s.Scheme)
	case "oauth2", "openIdConnect":
		return authorization(r, "bearer")
	case "mutualTLS":
		return "", ""
	}
	return authorization(r, "")
}

func bearer(r *http.Request) (string, string) { return authorization(r, "bearer") }

// authorization reads the Authorization header (RFC 9110, section 11.6.2); scheme "" takes any.
func authorization(r *http.Request, scheme string) (key, problem string) {
	text := strings.TrimSpace(r.Header.Get("Authorization"))
	if text == "" {
		return "", ""
	}
	own, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	if scheme != "" && !strings.EqualFold(own, scheme) {
		return "", ""
	}
	if rest == "" {
		return "", fmt.Sprintf("the Authorization header names the scheme %s and no credentials", strings.ToLower(own))
	}
	if !strings.EqualFold(own, "basic") {
		if strings.EqualFold(own, "bearer") && strings.ContainsAny(rest, " \t") {
			return "", "the Authorization header holds more than one token"
		}
		return rest, ""
	}
	// RFC 7617, section 2
	data, err := base64.StdEncoding.DecodeString(rest)
	if err != nil {
		if data, err = base64.RawStdEncoding.DecodeString(rest); err != nil {
			return "", "the credentials of scheme basic are no base64"
		}
	}
	user, password, ok := strings.Cut(string(data), ":")
	switch {
	case !ok:
		return "", "the credentials of scheme basic have no colon between user and password"
	case user == "" && password == "":
		return "", "the credentials of scheme basic are empty"
	case password == "":
		return user, ""
	}
	return user + ":" + password, ""
}

// words are the parts of a credential between _ - . and :
func words(key string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(key), func(r rune) bool { return strings.ContainsRune("_-.:", r) }) {
		out[w] = true
	}
	return out
}

// reads says that the operation changes nothing: by its method, and by its scope where the document names one.
func reads(op *spec.Operation) bool {
	switch op.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, "QUERY", http.MethodTrace:
	default:
		return false
	}
	scope, ok := op.Extension("x-required-scope")
	text, isText := scope.(string)
	return !ok || !isText || text == "read" || strings.HasSuffix(text, ":read")
}

// keyForms holds the compiled x-key-pattern of the schemes, by its text.
var keyForms sync.Map

// fits says whether a credential has the form of x-key-pattern; a pattern that cannot be read asks for nothing.
func fits(s *spec.SecurityScheme, key string) bool {
	v, ok := s.Extension("x-key-pattern")
	text, isText := v.(string)
	if !ok || !isText {
		return true
	}
	form, seen := keyForms.Load(text)
	if !seen {
		compiled, err := ecma.Compile(text)
		if err != nil {
			compiled = nil
		}
		form, _ = keyForms.LoadOrStore(text, compiled)
	}
	pattern, _ := form.(*ecma.Pattern)
	return pattern == nil || pattern.MatchString(key)
}

// describe says how to send the credentials of a scheme.
func describe(s *spec.SecurityScheme) string {
	switch s.Type {
	case "apiKey":
		switch s.In {
		case "query":
			return "the query parameter " + s.Parameter
		case "cookie":
			return "the cookie " + s.Parameter
		}
		return "the header " + s.Parameter
	case "http":
		return "the header Authorization with the scheme " + s.Scheme
	}
	return "the header Authorization with the scheme bearer"
}

// challenges makes WWW-Authenticate (RFC 9110, section 11.6.1) for every scheme of the operation.
func (x *exchange) challenges(status int, why string) []string {
	realm := fmt.Sprintf("realm=%q", strings.NewReplacer(`"`, "'", `\`, "").Replace(headerSafe(x.api.doc.Title)))
	var out []string
	seen := map[string]bool{}
	add := func(text string) {
		if !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	for _, req := range x.op.Security() {
		for _, need := range req {
			scheme := need.Scheme.Scheme
			switch need.Scheme.Type {
			case "apiKey":
				add(fmt.Sprintf("ApiKey %s, in=%q, name=%q", realm, need.Scheme.In, headerSafe(need.Scheme.Parameter)))
				continue
			case "oauth2", "openIdConnect":
				scheme = "bearer"
			case "mutualTLS":
				continue
			}
			switch scheme {
			case "bearer":
				// RFC 6750, section 3.1: no error code where no credentials came
				text := "Bearer " + realm
				if status == http.StatusForbidden {
					text += `, error="insufficient_scope"`
				} else if !strings.HasPrefix(why, "no credentials") {
					text += fmt.Sprintf(", error=\"invalid_token\", error_description=%q", headerSafe(why))
				}
				add(text)
			case "basic":
				add("Basic " + realm + `, charset="UTF-8"`)
			case "":
			default:
				add(strings.ToUpper(scheme[:1]) + headerSafe(scheme[1:]) + " " + realm)
			}
		}
	}
	return out
}
