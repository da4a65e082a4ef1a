package mock_test

import (
	"strings"
	"testing"

	"github.com/specimen-api/specimen/mock"
)

func TestPreflight(t *testing.T) {
	const origin, method, names = "Origin: http://app.example", "Access-Control-Request-Method: PATCH", "Access-Control-Request-Headers: authorization,x-trace"
	documented := `openapi: 3.1.0
info: {title: T, version: '1'}
paths:
  /x:
    options: {responses: {'200': {description: O, headers: {Access-Control-Allow-Origin: {schema: {const: 'https://else.example'}, example: 'https://else.example'}}}}}
    patch: {responses: {'204': {description: O}}}
`
	tests := map[string]struct {
		doc     string
		cfg     mock.Config
		line    string
		status  int
		headers map[string]string
	}{
		"any origin": {"capydb", mock.Config{}, "OPTIONS /v1/organizations/x", 204, map[string]string{
			"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS, PATCH", "Access-Control-Allow-Headers": "authorization,x-trace", "Access-Control-Max-Age": "600"}},
		"with credentials": {"capydb", mock.Config{Credentials: true}, "OPTIONS /v1/organizations/x", 204, map[string]string{
			"Access-Control-Allow-Origin": "http://app.example", "Access-Control-Allow-Credentials": "true", "Vary": "Access-Control-Request-Method, Access-Control-Request-Headers, Origin"}},
		"a listed origin": {"capydb", mock.Config{Origins: []string{"http://app.example/"}}, "OPTIONS /v1/organizations/x", 204, map[string]string{"Access-Control-Allow-Origin": "http://app.example"}},
		"another origin":  {"capydb", mock.Config{Origins: []string{"http://other.example"}}, "OPTIONS /v1/organizations/x", 204, map[string]string{"Access-Control-Allow-Origin": "", "Access-Control-Allow-Methods": ""}},
		"an unknown path": {"capydb", mock.Config{}, "OPTIONS /nothing", 204, map[string]string{"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "PATCH"}},
		"turned off":      {"capydb", mock.Config{NoCORS: true}, "OPTIONS /v1/organizations/x", 204, map[string]string{"Access-Control-Allow-Origin": "", "Allow": "GET, HEAD, OPTIONS, PATCH"}},
		"documented":      {documented, mock.Config{}, "OPTIONS /x", 204, map[string]string{"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "OPTIONS, PATCH"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(t, play(t, tt.doc, tt.cfg), tt.line, origin, method, names)
			if got.StatusCode != tt.status || got.body != "" {
				t.Errorf("got %d %q, want %d", got.StatusCode, got.body, tt.status)
			}
			for name, want := range tt.headers {
				if text := strings.Join(got.Header.Values(name), ", "); text != want {
					t.Errorf("got %s %q, want %q", name, text, want)
				}
			}
		})
	}
	t.Run("a documented OPTIONS answers itself", func(t *testing.T) {
		got := ask(t, play(t, documented, mock.Config{}), "OPTIONS /x")
		if got.StatusCode != 200 || got.Header.Get("Access-Control-Allow-Origin") != "https://else.example" {
			t.Errorf("got %d %v", got.StatusCode, got.Header)
		}
	})
	t.Run("another OPTIONS tells the methods", func(t *testing.T) {
		got := ask(t, play(t, "capydb", mock.Config{}), "OPTIONS /v1/me", origin)
		if got.StatusCode != 204 || got.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("got %d %v", got.StatusCode, got.Header)
		}
	})
}

func TestPagesReadEveryAnswer(t *testing.T) {
	s := play(t, "octolens", mock.Config{Credentials: true})
	for _, tt := range [][]string{
		{"GET /api/v2/org", octoKey},
		{"GET /api/v2/org"},
		{"GET /nothing"},
		{"PUT /api/v2/org"},
		{"GET /api/v2/org", octoKey, "Prefer: code=429"},
	} {
		got := ask(t, s, tt[0], append([]string{"Origin: http://app.example"}, tt[1:]...)...)
		if got.Header.Get("Access-Control-Allow-Origin") != "http://app.example" || got.Header.Get("Access-Control-Allow-Credentials") != "true" || !strings.Contains(strings.Join(got.Header.Values("Vary"), ","), "Origin") {
			t.Errorf("%s: got %d %v", tt[0], got.StatusCode, got.Header)
		}
		exposed := "," + strings.ReplaceAll(got.Header.Get("Access-Control-Expose-Headers"), " ", "") + ","
		for name := range got.Header {
			if !strings.HasPrefix(name, "Access-Control-") && name != "Vary" && !strings.Contains(exposed, ","+name+",") {
				t.Errorf("%s: %s is not exposed: %s", tt[0], name, exposed)
			}
		}
	}
}
