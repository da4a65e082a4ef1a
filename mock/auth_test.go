package mock_test

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/specimen-api/specimen/mock"
)

func secured(schemes, security, responses string) string {
	return `openapi: 3.1.0
info: {title: "The \"Vault\"", version: '1'}
security: ` + security + `
paths:
  /x:
    get: {operationId: read, responses: ` + responses + `}
    post: {operationId: write, responses: ` + responses + `}
    put: {operationId: scoped, x-required-scope: 'things:read', responses: ` + responses + `}
    head: {operationId: admin, x-required-scope: admin, responses: ` + responses + `}
components: {securitySchemes: ` + schemes + `}
`
}

func TestCredentials(t *testing.T) {
	const both = "{'200': {description: O}, '401': {description: U}, '403': {description: F}}"
	basic := func(text string) string {
		return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(text))
	}
	bearer := secured("{b: {type: http, scheme: bearer}}", "[{b: []}]", both)
	basics := secured("{b: {type: http, scheme: basic}}", "[{b: []}]", both)
	query := secured("{q: {type: apiKey, in: query, name: api_key}}", "[{q: []}]", both)
	tests := map[string]struct {
		doc    string
		line   string
		header string
		want   int
	}{
		"bearer":                            {bearer, "GET /x", "Authorization: Bearer t", 200},
		"any case":                          {bearer, "GET /x", "Authorization: bEARER t", 200},
		"none":                              {bearer, "GET /x", "X: y", 401},
		"no token":                          {bearer, "GET /x", "Authorization: Bearer", 401},
		"two tokens":                        {bearer, "GET /x", "Authorization: Bearer a b", 401},
		"another scheme":                    {bearer, "GET /x", "Authorization: Basic dDp0", 401},
		"expired":                           {bearer, "GET /x", "Authorization: Bearer t_expired", 401},
		"revoked in the middle":             {bearer, "GET /x", "Authorization: Bearer t-revoked.1", 401},
		"part of a word":                    {bearer, "GET /x", "Authorization: Bearer unexpired", 200},
		"readonly reads":                    {bearer, "GET /x", "Authorization: Bearer t_readonly", 200},
		"readonly writes":                   {bearer, "POST /x", "Authorization: Bearer t_readonly", 403},
		"readonly and another scope":        {bearer, "HEAD /x", "Authorization: Bearer t_readonly", 403},
		"readonly writes by a read scope":   {bearer, "PUT /x", "Authorization: Bearer t_readonly", 403},
		"a status in it":                    {bearer, "GET /x", "Authorization: Bearer t_status_403", 403},
		"basic":                             {basics, "GET /x", basic("me:secret"), 200},
		"basic without a colon":             {basics, "GET /x", basic("me"), 401},
		"basic that is no base64":           {basics, "GET /x", "Authorization: Basic %%%", 401},
		"basic without padding":             {basics, "GET /x", strings.TrimRight(basic("me:secre"), "="), 200},
		"basic with an expired password":    {basics, "GET /x", basic("me:expired"), 401},
		"basic with a revoked user":         {basics, "GET /x", basic("revoked:x"), 401},
		"basic with a status for a user":    {basics, "GET /x", basic("me_status_403:x"), 403},
		"digest":                            {secured("{d: {type: http, scheme: digest}}", "[{d: []}]", both), "GET /x", "Authorization: Digest username=x", 200},
		"oauth2":                            {secured("{o: {type: oauth2, flows: {}}}", "[{o: []}]", both), "GET /x", "Authorization: Bearer t", 200},
		"oauth2 without":                    {secured("{o: {type: oauth2, flows: {}}}", "[{o: []}]", both), "GET /x", "X: y", 401},
		"openIdConnect without":             {secured("{o: {type: openIdConnect, openIdConnectUrl: /}}", "[{o: []}]", both), "GET /x", "X: y", 401},
		"a key in the query":                {query, "GET /x?api_key=k", "X: y", 200},
		"an empty key in the query":         {query, "GET /x?api_key=", "X: y", 401},
		"a key in a cookie":                 {secured("{c: {type: apiKey, in: cookie, name: sid}}", "[{c: []}]", both), "GET /x", "Cookie: sid=1", 200},
		"a key in another cookie":           {secured("{c: {type: apiKey, in: cookie, name: sid}}", "[{c: []}]", both), "GET /x", "Cookie: other=1", 401},
		"a key in a header":                 {secured("{h: {type: apiKey, in: header, name: X-Key}}", "[{h: []}]", both), "GET /x", "x-key: 1", 200},
		"a key in Authorization":            {secured("{h: {type: apiKey, in: header, name: Authorization}}", "[{h: []}]", both), "GET /x", "Authorization: 1", 200},
		"mutualTLS is taken as given":       {secured("{m: {type: mutualTLS}}", "[{m: []}]", both), "GET /x", "X: y", 200},
		"everybody":                         {secured("{b: {type: http, scheme: bearer}}", "[{b: []}, {}]", both), "GET /x", "X: y", 200},
		"everybody, with an expired key":    {secured("{b: {type: http, scheme: bearer}}", "[{b: []}, {}]", both), "GET /x", "Authorization: Bearer expired", 200},
		"one of two":                        {secured("{b: {type: http, scheme: bearer}, h: {type: apiKey, in: header, name: X-Key}}", "[{b: []}, {h: []}]", both), "GET /x", "X-Key: k", 200},
		"one of two where both are needed":  {secured("{b: {type: http, scheme: bearer}, h: {type: apiKey, in: header, name: X-Key}}", "[{b: [], h: []}]", both), "GET /x", "X-Key: k", 401},
		"a form":                            {secured("{b: {type: http, scheme: bearer, x-key-pattern: '^(?!no)k'}}", "[{b: []}]", both), "GET /x", "Authorization: Bearer k1", 200},
		"another form":                      {secured("{b: {type: http, scheme: bearer, x-key-pattern: '^(?!no)k'}}", "[{b: []}]", both), "GET /x", "Authorization: Bearer x1", 401},
		"the key of a sandbox":              {secured("{b: {type: http, scheme: bearer, x-key-pattern: '^(?!no)k'}}", "[{b: []}]", both), "GET /x", "Authorization: Bearer sk_test_1", 200},
		"only 403 is documented":            {secured("{b: {type: http, scheme: bearer}}", "[{b: []}]", "{'200': {description: O}, '403': {description: F}}"), "GET /x", "X: y", 403},
		"only 401 is documented":            {secured("{b: {type: http, scheme: bearer}}", "[{b: []}]", "{'200': {description: O}, '401': {description: F}}"), "POST /x", "Authorization: Bearer readonly", 401},
		"neither is documented":             {secured("{b: {type: http, scheme: bearer}}", "[{b: []}]", "{'200': {description: O}}"), "POST /x", "Authorization: Bearer readonly", 403},
		"no credentials where none are due": {secured("{}", "[]", both), "GET /x", "X: y", 200},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := play(t, tt.doc, mock.Config{})
			got := ask(t, s, tt.line, tt.header)
			if got.StatusCode != tt.want {
				t.Errorf("got %d, want %d: %s", got.StatusCode, tt.want, got.body)
			}
			if got.StatusCode == 401 && got.Header.Get("WWW-Authenticate") == "" {
				t.Error("got 401 without WWW-Authenticate")
			}
		})
	}
}

func TestChallenges(t *testing.T) {
	const both = "{'200': {description: O}, '401': {description: U}, '403': {description: F}}"
	s := play(t, secured("{b: {type: http, scheme: bearer}, c: {type: http, scheme: basic}}", "[{b: []}, {c: []}]", both), mock.Config{})
	tests := map[string]struct{ line, header, want string }{
		"nothing came": {"GET /x", "X: y", `Bearer realm="The 'Vault'"|Basic realm="The 'Vault'", charset="UTF-8"`},
		"expired":      {"GET /x", "Authorization: Bearer expired", `Bearer realm="The 'Vault'", error="invalid_token", error_description="the credentials have expired"|Basic realm="The 'Vault'", charset="UTF-8"`},
		"no scope":     {"POST /x", "Authorization: Bearer readonly", `Bearer realm="The 'Vault'", error="insufficient_scope"|Basic realm="The 'Vault'", charset="UTF-8"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(ask(t, s, tt.line, tt.header).Header.Values("WWW-Authenticate"), "|"); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestCredentialsShowNowhere(t *testing.T) {
	const secret = "geheimnis_expired_4711"
	var log strings.Builder
	var seen []mock.Call
	doc := secured("{b: {type: http, scheme: bearer}, q: {type: apiKey, in: query, name: k}, c: {type: apiKey, in: cookie, name: sid}}", "[{b: []}, {q: []}, {c: []}]",
		"{'200': {description: O}, '401': {description: U, content: {application/json: {schema: {type: object}, example: {message: m}}}}}")
	s := play(t, doc, mock.Config{Logger: slog.New(slog.NewTextHandler(&log, nil)), Observe: func(c mock.Call) { seen = append(seen, c) }})
	for _, tt := range [][]string{
		{"GET /x", "Authorization: Bearer " + secret},
		{"GET /x?k=" + secret},
		{"GET /x?access_token=" + secret},
		{"GET /x", "Cookie: sid=" + secret},
		{"GET /nothing?api_key=" + secret},
		{"GET /x?k=fine&again=fine", "Prefer: code=404"},
	} {
		got := ask(t, s, tt[0], tt[1:]...)
		if strings.Contains(got.body+fmt.Sprint(got.Header), secret) {
			t.Errorf("%s: the answer shows the credential: %s", tt[0], got.body)
		}
	}
	if text := fmt.Sprintf("%+v", s.Calls()) + log.String() + fmt.Sprintf("%+v", seen); strings.Contains(text, secret) {
		t.Errorf("the credential shows: %s", text)
	}
	if len(seen) != 6 || seen[5].Query != "k=REDACTED&again=REDACTED" {
		t.Errorf("got %+v", seen)
	}
}
