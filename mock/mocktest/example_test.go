package mocktest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/specimen-api/specimen/mock"
	"github.com/specimen-api/specimen/mock/mocktest"
)

// The fixture is chosen by its id; a change shows wherever the organization does.
func Example_capydb() {
	t, done := test() // in a test of yours: func TestRename(t *testing.T)
	defer done()

	api := mocktest.Serve(t, "capydb", mock.Config{})
	send := func(method, path, body string) map[string]any {
		req, err := http.NewRequestWithContext(t.Context(), method, api.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer capy_live_suspended")
		req.Header.Set("Content-Type", "application/json")
		res, err := api.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var out struct{ Organization map[string]any }
		if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
		return out.Organization
	}

	org := send("GET", "/v1/organizations/org_suspended", "")
	fmt.Println(org["name"], "-", org["suspended_reason"])

	send("PATCH", "/v1/organizations/org_suspended", `{"name": "Quillon Interactive"}`)
	fmt.Println(send("GET", "/v1/me", "")["name"])

	for _, call := range api.Calls() {
		fmt.Println(call.Operation, call.Status, call.Source)
	}
	// Output:
	// Quillon Games - Invoice INV-2026-0308 has not been paid.
	// Quillon Interactive
	// getOrganization 200 fixture suspended
	// updateOrganization 200 memory
	// getMe 200 memory
}

// The key belongs to a workspace and so chooses the fixture; words in it ask for refusals.
func Example_octolens() {
	t, done := test() // in a test of yours: func TestWorkspace(t *testing.T)
	defer done()

	api := mocktest.Serve(t, "octolens", mock.Config{})
	for _, key := range []string{"ak_test_trial", "ak_test_expired", "ak_test_status_429"} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", api.URL+"/api/v2/org", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+key)
		res, err := api.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var out struct {
			Name  string
			Error struct{ Code, Message string }
		}
		err = json.NewDecoder(res.Body).Decode(&out)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%d %s%s\n", res.StatusCode, out.Name, out.Error.Code)
	}
	// Output:
	// 200 Marlow & Finch
	// 401 UNAUTHORIZED
	// 429 RATE_LIMITED
}
