package mock_test

import (
	"strings"
	"testing"

	"github.com/specimen-api/specimen/mock"
)

const faulty = `openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /fine:
    get: {responses: {'200': {description: O, content: {text/plain: {schema: {type: string}}}}}}
  /error:
    get:
      responses:
        '200': {description: O, content: {application/json: {schema: {type: object}}}}
        '404': {description: N, content: {application/json: {schema: {$ref: '#/components/schemas/Gone'}}}}
        '500': {$ref: '#/components/responses/Gone'}
  /deep:
    get:
      responses:
        '200': {description: O, content: {application/json: {schema: {$ref: '#/components/schemas/Deep'}}}}
  /media:
    get:
      responses:
        '200':
          description: O
          content:
            application/json: {schema: {type: object}}
            application/xml: {schema: {$ref: '#/components/schemas/Gone'}}
  /example:
    get:
      responses:
        '200': {description: O, content: {application/json: {schema: {$ref: '#/components/schemas/Deep'}, example: {}}}}
  /circle:
    get: {responses: {'200': {description: O, content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}}}
  /parameter:
    get: {parameters: [{$ref: '#/components/parameters/Gone'}], responses: {'200': {description: O}}}
  /pattern:
    get: {parameters: [{name: q, in: query, schema: {type: string, pattern: '(a'}}], responses: {'200': {description: O}}}
  /link:
    get: {responses: {'200': {description: O, links: {one: {$ref: '#/components/links/Gone'}}}}}
components:
  schemas:
    Deep: {type: object, properties: {list: {type: array, items: {$ref: '#/components/schemas/Gone'}}}}
    A: {$ref: '#/components/schemas/B'}
    B: {$ref: '#/components/schemas/A'}
`

func TestWhatIsBrokenTakesNothingElseDown(t *testing.T) {
	s := play(t, faulty, mock.Config{})
	tests := map[string]struct {
		line   string
		more   []string
		status int
		code   string
	}{
		"an operation beside a broken one":           {"GET /fine", nil, 200, ""},
		"a success beside a broken error":            {"GET /error", nil, 200, ""},
		"the broken error":                           {"GET /error", []string{"Prefer: code=404"}, 501, "SP201"},
		"a response that is nowhere":                 {"GET /error", []string{"Prefer: code=500"}, 501, "SP201"},
		"a reference deep in the schema":             {"GET /deep", nil, 501, "SP201"},
		"a media type beside a broken one":           {"GET /media", nil, 200, ""},
		"the broken media type":                      {"GET /media", []string{"Accept: application/xml"}, 501, "SP201"},
		"an example that does not need what is gone": {"GET /example", nil, 200, ""},
		"a circle":                               {"GET /circle", nil, 501, "SP202"},
		"a parameter that is nowhere":            {"GET /parameter", nil, 501, "SP201"},
		"a request without the broken parameter": {"GET /pattern", nil, 200, ""},
		"a request with the broken parameter":    {"GET /pattern?q=ab", nil, 501, "SP302"},
		"a link that is nowhere":                 {"GET /link", nil, 200, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(t, s, test.line, test.more...)
			if got.StatusCode != test.status || !strings.Contains(got.body, test.code) {
				t.Errorf("got %d %s, want %d with %s", got.StatusCode, got.body, test.status, test.code)
			}
			if test.status == 501 && got.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("got %s, want problem details", got.Header.Get("Content-Type"))
			}
		})
	}
}
