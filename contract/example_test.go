package contract_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/specimen-api/specimen/contract"
	"github.com/specimen-api/specimen/spec"
)

// An http.Handler is held to the CapyDB document without a network. This one forgot a member that is required.
func ExampleRun_capydb() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/me", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Header.Get("Authorization") != "Bearer capy_live_mine" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error": "no such key"}`)
			return
		}
		fmt.Fprint(w, `{"organization": null, "principal": {"auth_source": "admin_token", "scopes": []}}`)
	})

	doc, err := spec.Builtin("capydb")
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := contract.Run(context.Background(), doc, contract.Config{
		Handler: mux,
		Target:  "http://localhost", // the handler knows nothing of the path that the document's server has
		Token:   "capy_live_mine",
		Only:    []string{"getMe"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range report.Findings {
		fmt.Printf("%s: %s %s: %s\n", f.Check, f.In, f.At, f.Message)
	}
	fmt.Println(report.Conclusion)
	// Output:
	// body: body /principal: member "is_admin" is missing
	// the promise is broken
}

// A handler that keeps the Octolens document, with the limits that every answer tells.
func ExampleRun_octolens() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v2/org", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Header.Get("Authorization") != "Bearer ak_mine" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error": {"code": "UNAUTHORIZED", "message": "A key is needed.", "status": 401}}`)
			return
		}
		w.Header().Set("X-RateLimit-Limit", "500")
		w.Header().Set("X-RateLimit-Remaining", "499")
		w.Header().Set("X-RateLimit-Reset", "1782824400")
		fmt.Fprint(w, `{"organizationId": "org_larch", "name": "Larch", "plan": null, "isAnnualPlan": false, "platforms": "all",
			"createdAt": "2026-01-15T09:00:00Z", "onboardingFinishedAt": null, "freeTrialExpired": true}`)
	})

	doc, err := spec.Builtin("octolens")
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := contract.Run(context.Background(), doc, contract.Config{
		Handler: mux,
		Token:   "ak_mine",
		Only:    []string{"getOrg"},
		RunID:   "example",
		Now:     func() time.Time { return time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	report.Write(os.Stdout, "text")
	fmt.Println("exit", report.Exit())
	// Output:
	// Octolens API 2.0.0 (octolens) at http://localhost
	// specimen/devel, run example, seed 0
	//
	// kept        GET  /api/v2/org  7 cases: 200 401 405
	//
	// 1 operation: 1 kept, 0 broken, 0 not tested
	// 0 errors, 0 warnings; 7 requests in 0s
	// the promise is kept
	// exit 0
}

// A check of one's own goes with the built-in ones.
func ExampleCheck() {
	cached := contract.Check{
		Name:  "cached",
		Doc:   "what is read says how long it may be kept",
		Level: contract.Warning,
		Run: func(x contract.Exchange) []spec.Problem {
			if x.Status() != 200 || x.Response.Header.Get("Cache-Control") != "" {
				return nil
			}
			return []spec.Problem{{In: "header Cache-Control", Keyword: "required", Got: "none", Want: "how long the answer may be kept"}}
		},
	}
	doc, err := spec.Parse("ping.yaml", []byte(strings.Join([]string{
		"openapi: 3.1.0",
		"info: {title: Ping, version: '1'}",
		"paths: {/ping: {get: {responses: {'200': {description: Alive.}}}}}",
	}, "\n")))
	if err != nil {
		fmt.Println(err)
		return
	}
	alive := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	report, err := contract.Run(context.Background(), doc, contract.Config{Handler: alive, Checks: []contract.Check{cached}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Findings[0].Level+":", report.Findings[0].Message)
	fmt.Println(report.Conclusion)
	// Output:
	// warning: got none, want how long the answer may be kept
	// the promise is kept
}
