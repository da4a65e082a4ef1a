package contract

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/specimen-api/specimen/spec"
)

// each way in which a credential can travel
var schemes = map[string]struct {
	scheme string
	token  string
	header http.Header
	found  func(r *http.Request) string
	curl   string
}{
	"bearer":                           {"{type: http, scheme: bearer}", token, nil, func(r *http.Request) string { return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") }, `-H "Authorization: Bearer $SPECIMEN_TOKEN"`},
	"oauth2":                           {"{type: oauth2, flows: {}}", token, nil, func(r *http.Request) string { return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") }, `-H "Authorization: Bearer $SPECIMEN_TOKEN"`},
	"basic":                            {"{type: http, scheme: basic}", "me:" + token, nil, func(r *http.Request) string { u, p, _ := r.BasicAuth(); return u + ":" + p }, `-u "$SPECIMEN_TOKEN"`},
	"an apiKey's header":               {"{type: apiKey, in: header, name: X-Key}", token, nil, func(r *http.Request) string { return r.Header.Get("X-Key") }, `-H "X-Key: $SPECIMEN_TOKEN"`},
	"an apiKey's query":                {"{type: apiKey, in: query, name: 'api key'}", token, nil, func(r *http.Request) string { return r.URL.Query().Get("api key") }, `/a?q=1&api+key='"$SPECIMEN_TOKEN"`},
	"an apiKey's cookie":               {"{type: apiKey, in: cookie, name: sid}", token, nil, func(r *http.Request) string { c, _ := r.Cookie("sid"); return c.Value }, `-H 'Cookie: sid='"$SPECIMEN_TOKEN"`},
	"a header of the caller's":         {"{type: apiKey, in: header, name: X-Mine}", "", http.Header{"X-Mine": {token}}, func(r *http.Request) string { return r.Header.Get("X-Mine") }, `-H 'X-Mine: '"$X_MINE"`},
	"an authorization of the caller's": {"{type: http, scheme: digest}", "", http.Header{"Authorization": {"Digest " + token}}, func(r *http.Request) string { return strings.TrimPrefix(r.Header.Get("Authorization"), "Digest ") }, `-H 'Authorization: '"$AUTHORIZATION"`},
}

func schemeDoc(t *testing.T, scheme string) *spec.Document {
	return parse(t, `openapi: 3.0.3
info: {title: Secrets, version: '1'}
security: [{s: []}]
paths:
  /a:
    get:
      operationId: a
      parameters: [{name: q, in: query, required: true, schema: {type: integer, enum: [1]}}]
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {type: object, properties: {echo: {type: string, maxLength: 1}}}}}
  /b: {get: {operationId: b, responses: {'200': {description: ok}}}}
components: {securitySchemes: {s: `+scheme+`}}
`)
}

func TestTheTokenGoesWhereTheSchemeSays(t *testing.T) {
	for name, test := range schemes {
		t.Run(name, func(t *testing.T) {
			want := test.token
			if want == "" {
				want = token
			}
			served, bare := 0, 0
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Header.Get("Authorization")+r.Header.Get("X-Key")+r.Header.Get("X-Mine")+r.Header.Get("Cookie")+r.URL.Query().Get("api key") == "":
					bare++
					w.WriteHeader(401)
				case test.found(r) != want:
					t.Errorf("got %q, want the token", test.found(r))
				default:
					served++
					answer(w, 200, "{}")
				}
			})
			r := run(t, schemeDoc(t, test.scheme), Config{Phases: []Phase{Examples}, Handler: h, Token: test.token, Header: test.header, Only: []string{"a"}})
			if served != 1 || bare != 1 || r.Exit() != 0 {
				t.Errorf("got %d requests with the token and %d without, exit %d; want one of each and 0\n%s", served, bare, r.Exit(), text(t, r, "text"))
			}
		})
	}
}

func TestNoSecretIsShown(t *testing.T) {
	for name, test := range schemes {
		for _, mode := range []string{"echo", "cut", "headers", "drop", "status"} {
			t.Run(name+" "+mode, func(t *testing.T) {
				basic := base64.StdEncoding.EncodeToString([]byte(test.token))
				h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/b" {
						return
					}
					all := fmt.Sprintf("%v %s %s %s", r.Header, r.URL, r.URL.RawQuery, r.Header.Get("Authorization"))
					switch mode {
					case "echo":
						answer(w, 200, fmt.Sprintf(`{"echo": %q, "access_token": "%s"}`, token+all, planted))
					case "cut":
						answer(w, 200, fmt.Sprintf(`{"echo": "%s%s"}`, strings.Repeat("x", 40), strings.Repeat(token, 9)))
					case "headers":
						w.Header().Set("Content-Type", "text/"+url.QueryEscape(token))
						w.Header().Set("Set-Cookie", "sid="+planted)
						fmt.Fprint(w, all)
					case "drop":
						panic("I know " + all)
					case "status":
						w.Header().Set("Location", "/x?t="+url.QueryEscape(all))
						w.WriteHeader(302)
					}
				})
				var out strings.Builder
				cfg := Config{Phases: []Phase{Examples}, Handler: h, Token: test.token, Header: test.header, Drift: true,
					Observe: func(r Result) { fmt.Fprintln(&out, r.Case.ID, r.Case.Name, r.Err, r.Skipped, r.Problems) }}
				r := run(t, schemeDoc(t, test.scheme), cfg)
				if len(r.Findings) == 0 {
					t.Fatal("got no finding, want one that could betray the token")
				}
				for _, f := range Formats() {
					f.Write(&out, r)
				}
				for _, secret := range []string{token, token[:len(token)/2], url.QueryEscape(test.token), planted} {
					if strings.Contains(out.String(), secret) && secret != "" {
						t.Errorf("got the secret %s in\n%s", secret, out.String())
					}
				}
				if test.token != "" && strings.Contains(out.String(), basic) {
					t.Errorf("got the secret in base64")
				}
				if !strings.Contains(out.String(), test.curl) {
					t.Errorf("want the line for a shell to have %s, got\n%s", test.curl, out.String())
				}
			})
		}
	}
}

const planted = "planted-Zq81hTTy"

func TestErrorsHoldNoSecret(t *testing.T) {
	doc := schemeDoc(t, schemes["an apiKey's query"].scheme)
	for name, cfg := range map[string]Config{
		"a password in the target": {Target: "http://me:" + token + "@x"},
		"a key in the target":      {Target: "http://x/?key=" + token},
		"a broken target":          {Target: "http://x:" + token + "/%zz"},
		"a line feed in the token": {Target: "http://x", Token: token + "\n"},
		"a line feed in a header":  {Target: "http://x", Header: http.Header{"Authorization": {token + "\n"}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Run(t.Context(), doc, cfg)
			if err == nil || strings.Contains(err.Error(), token) {
				t.Errorf("got %v, want an error without the secret", err)
			}
		})
	}
}

func TestSecretsAreFoundWhereATextWasShortened(t *testing.T) {
	s := secrets{}.with("capy_live_abcdefghijklmnop")
	tests := map[string]struct{ text, want string }{
		"whole":               {"key capy_live_abcdefghijklmnop!", "key [redacted]!"},
		"cut off":             {`"capy_live_abcdef…"`, `"[redacted]…"`},
		"twice":               {"capy_live_abcdefghijklmnop capy_live_abcd", "[redacted] [redacted]"},
		"too little to match": {"a capybara", "a capybara"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := s.text(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestQuoteIsOneWordForAShell(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"plain":      {"https://x/a-b_c~d", "'https://x/a-b_c~d'"},
		"plainer":    {"https://x/a?b", "'https://x/a?b'"},
		"nothing":    {"", "''"},
		"a quote":    {"it's", `'it'\''s'`},
		"a variable": {"$HOME `id`", "'$HOME `id`'"},
		"safe":       {"https://x/v1/items/1", "https://x/v1/items/1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := quote(test.text); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestDirect(t *testing.T) {
	tests := map[string]struct {
		h      http.HandlerFunc
		method string
		status int
		body   string
		kind   string
		err    string
	}{
		"nothing written":  {func(http.ResponseWriter, *http.Request) {}, "GET", 200, "", "", ""},
		"a body":           {func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<p>hello") }, "GET", 200, "<p>hello", "text/html; charset=utf-8", ""},
		"a status once":    {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404); w.WriteHeader(200) }, "GET", 404, "", "", ""},
		"no body with 204": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204); io.WriteString(w, "x") }, "GET", 204, "", "", ""},
		"no body to HEAD":  {func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "x") }, "HEAD", 200, "", "text/plain; charset=utf-8", ""},
		"headers come too late": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(200)
			w.Header().Set("Content-Type", "x/y")
		}, "GET", 200, "", "", ""},
		"a panic":            {func(http.ResponseWriter, *http.Request) { panic("oh") }, "GET", 0, "", "", `Get "http://x/a?b=c": the handler panics: oh`},
		"an aborted handler": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "GET", 0, "", "", `Get "http://x/a?b=c": unexpected EOF`},
		"the request's parts": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "t/t")
			fmt.Fprint(w, r.Host, " ", r.RequestURI, " ", r.URL.Host == "")
		}, "GET", 200, "x /a?b=c true", "t/t", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			req, _ := http.NewRequestWithContext(t.Context(), test.method, "http://x/a?b=c", nil)
			res, err := Direct(test.h).Do(req)
			if test.err != "" {
				if err == nil || err.Error() != test.err {
					t.Errorf("got %v, want %s", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(res.Body)
			if res.StatusCode != test.status || string(body) != test.body || res.Header.Get("Content-Type") != test.kind {
				t.Errorf("got %d %q of %q, want %d %q of %q", res.StatusCode, body, res.Header.Get("Content-Type"), test.status, test.body, test.kind)
			}
		})
	}
}
