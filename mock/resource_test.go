package mock_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/mock"
	"github.com/specimen-api/specimen/spec"
)

// shelves has an envelope around everything, paging by offset, and books below shelves.
const shelves = `openapi: 3.1.0
info: {title: Shelves, version: '1'}
paths:
  /shelves:
    get:
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 50}}
        - {name: offset, in: query, schema: {type: integer, minimum: 0}}
        - {name: floor, in: query, schema: {type: integer}}
        - {name: sort, in: query, schema: {type: string}}
      responses:
        '200':
          description: All.
          headers: {X-Total-Count: {required: true, schema: {type: integer}}, Link: {schema: {type: string}}}
          content:
            application/json:
              schema:
                type: object
                required: [shelves, meta]
                properties:
                  shelves: {type: array, items: {$ref: '#/components/schemas/Shelf'}}
                  meta: {type: object, required: [total, offset], properties: {total: {type: integer}, offset: {type: integer}, limit: {type: integer}}}
    post:
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [shelf], properties: {shelf: {$ref: '#/components/schemas/Draft'}}}}}}
      responses:
        '201': {description: Made., headers: {Location: {required: true, schema: {type: string}}}, content: {application/json: {schema: {type: object, required: [shelf], properties: {shelf: {$ref: '#/components/schemas/Shelf'}}}}}}
        '409': {description: There is one., content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
  /shelves/{shelf_id}:
    parameters: [{name: shelf_id, in: path, required: true, schema: {type: integer, minimum: 1}}]
    get: {responses: {'200': {$ref: '#/components/responses/Shelf'}, '404': {$ref: '#/components/responses/None'}}}
    put:
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [shelf], properties: {shelf: {$ref: '#/components/schemas/Draft'}}}}}}
      responses: {'200': {$ref: '#/components/responses/Shelf'}, '404': {$ref: '#/components/responses/None'}}
    patch:
      requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {name: {type: string}, floor: {type: integer}}}}}}
      responses: {'200': {$ref: '#/components/responses/Shelf'}, '404': {$ref: '#/components/responses/None'}}
    delete: {responses: {'204': {description: Gone.}, '404': {$ref: '#/components/responses/None'}}}
  /shelves/{id}/books:
    parameters: [{name: id, in: path, required: true, schema: {type: integer, minimum: 1}}]
    get:
      parameters:
        - {name: page, in: query, schema: {type: integer, minimum: 1, default: 1}}
        - {name: per_page, in: query, schema: {type: integer, minimum: 1, default: 2}}
      responses: {'200': {description: All., content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Book'}}}}}, '404': {$ref: '#/components/responses/None'}}
    post:
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}
      responses: {'201': {description: Made., content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}, '404': {$ref: '#/components/responses/None'}}
  /shelves/{shelf}/books/{book}:
    parameters:
      - {name: shelf, in: path, required: true, schema: {type: integer, minimum: 1}}
      - {name: book, in: path, required: true, schema: {type: string, format: uuid}}
    get: {responses: {'200': {description: One., content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}, '404': {$ref: '#/components/responses/None'}}}
    delete: {responses: {'200': {description: Gone., content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}, '404': {$ref: '#/components/responses/None'}}}
  /settings:
    get: {responses: {'200': {description: One., content: {application/json: {schema: {$ref: '#/components/schemas/Settings'}}}}}}
    put:
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Settings'}}}}
      responses: {'200': {description: One., content: {application/json: {schema: {$ref: '#/components/schemas/Settings'}}}}}
components:
  responses:
    Shelf: {description: One., content: {application/json: {schema: {type: object, required: [shelf], properties: {shelf: {$ref: '#/components/schemas/Shelf'}}}}}}
    None: {description: None., content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
  schemas:
    Error: {type: object, required: [message], properties: {message: {type: string}}}
    Settings: {type: object, required: [theme], properties: {theme: {type: string, enum: [dark, light]}}}
    Draft: {type: object, required: [name], properties: {name: {type: string}, floor: {type: integer, default: 0}, note: {type: string}, pin: {type: string, writeOnly: true}}}
    Shelf:
      type: object
      required: [id, name, floor, created_at]
      additionalProperties: false
      properties: {id: {type: integer, readOnly: true}, name: {type: string}, floor: {type: integer}, note: {type: string}, created_at: {type: string, format: date-time, readOnly: true}}
    Book:
      type: object
      required: [id, title]
      properties: {id: {type: string, format: uuid, readOnly: true}, title: {type: string}, code: {type: string, writeOnly: true}}
`

// items gives the ids of a list that stands at a pointer.
func (a answer) items(t testing.TB, pointer, id string) []string {
	t.Helper()
	v, err := value.Parse([]byte(a.body))
	if err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	list, ok := value.Pointer(v, pointer)
	if !ok {
		t.Fatalf("nothing at %q: %s", pointer, a.body)
	}
	var out []string
	for _, x := range list.([]any) {
		y, _ := x.(*value.Object).Get(id)
		if s, ok := y.(string); ok {
			out = append(out, s)
		} else {
			out = append(out, string(value.Append(nil, y)))
		}
	}
	return out
}

func contains(list []string, want string) bool {
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return false
}

func TestAThingIsCreatedListedReadChangedAndDeleted(t *testing.T) {
	s := play(t, shelves, mock.Config{Now: noon})
	before := ask(t, s, "GET /shelves")
	ids := before.items(t, "/shelves", "id")
	made := ask(t, s, "POST /shelves", "", `{"shelf":{"name":"Poetry","pin":"1234"}}`)
	id := made.at(t, "/shelf/id")
	if made.StatusCode != 201 || made.source() != "memory" || made.at(t, "/shelf/name") != "Poetry" || made.at(t, "/shelf/floor") != "0" ||
		made.at(t, "/shelf/note") != "absent" || made.at(t, "/shelf/created_at") == "absent" || strings.Contains(made.body, "1234") || contains(ids, id) {
		t.Fatalf("POST got %d %q %s", made.StatusCode, made.source(), made.body)
	}
	if got, want := made.Header.Get("Location"), "/shelves/"+id; got != want {
		t.Errorf("Location: got %s, want %s", got, want)
	}
	one := ask(t, s, "GET "+made.Header.Get("Location"))
	if one.body != made.body || one.source() != "memory" {
		t.Errorf("GET got %q %s\nwant %s", one.source(), one.body, made.body)
	}
	list := ask(t, s, "GET /shelves")
	if got, want := strings.Join(list.items(t, "/shelves", "id"), " "), strings.Join(append(ids, id), " "); got != want {
		t.Errorf("the list shows %s, want %s", got, want)
	}
	n := len(ids)
	if got, want := list.at(t, "/meta/total")+" "+list.Header.Get("X-Total-Count"), fmt.Sprintf("%d %d", n+1, n+1); got != want {
		t.Errorf("totals: got %s, want %s", got, want)
	}
	if got := list.at(t, fmt.Sprintf("/shelves/%d/name", n)); got != "Poetry" {
		t.Errorf("the list shows the name %s", got)
	}
	page := ask(t, s, fmt.Sprintf("GET /shelves?limit=1&offset=%d", n))
	if got := page.items(t, "/shelves", "id"); len(got) != 1 || got[0] != id || page.at(t, "/meta/offset") != fmt.Sprint(n) {
		t.Errorf("the last page got %s", page.body)
	}
	first := ask(t, s, "GET /shelves?limit=1")
	if got := first.Header.Get("Link"); !strings.Contains(got, "offset=1") || !strings.Contains(got, `rel="next"`) || first.items(t, "/shelves", "id")[0] != ids[0] {
		t.Errorf("the first page got Link %s and %s", got, first.body)
	}
	ask(t, s, "PATCH /shelves/"+id, "", `{"floor":-77}`)
	if got := ask(t, s, "GET /shelves?floor=-77").items(t, "/shelves", "id"); len(got) != 1 || got[0] != id {
		t.Errorf("the filter got %v, want %s", got, id)
	}
	if got := ask(t, s, "GET /shelves?sort=floor").items(t, "/shelves", "id"); got[0] != id {
		t.Errorf("sorted by floor: got %v, want %s first", got, id)
	}
	if got := ask(t, s, "GET /shelves?sort=-floor").items(t, "/shelves", "id"); got[len(got)-1] != id {
		t.Errorf("sorted by floor, downwards: got %v, want %s last", got, id)
	}
	put := ask(t, s, "PUT /shelves/"+id, "", `{"shelf":{"name":"Prose"}}`)
	if put.at(t, "/shelf/name") != "Prose" || put.at(t, "/shelf/id") != id {
		t.Errorf("PUT got %s", put.body)
	}
	if got := ask(t, s, "POST /shelves", "", `{"shelf":{"name":"Prose"}}`); got.StatusCode != 409 || got.at(t, "/message") == "absent" {
		t.Errorf("a second one of the name got %d %s, want 409", got.StatusCode, got.body)
	}
	for _, gone := range []string{id, ids[0]} {
		if got := ask(t, s, "DELETE /shelves/"+gone); got.StatusCode != 204 {
			t.Errorf("DELETE got %d", got.StatusCode)
		}
		for _, line := range []string{"GET /shelves/" + gone, "DELETE /shelves/" + gone, "GET /shelves/" + gone + "/books"} {
			if got := ask(t, s, line); got.StatusCode != 404 || got.at(t, "/message") == "absent" {
				t.Errorf("%s got %d %s, want 404", line, got.StatusCode, got.body)
			}
		}
		if got := ask(t, s, "PATCH /shelves/"+gone, "", `{"name":"x"}`); got.StatusCode != 404 {
			t.Errorf("PATCH got %d, want 404", got.StatusCode)
		}
	}
	if got, want := strings.Join(ask(t, s, "GET /shelves").items(t, "/shelves", "id"), " "), strings.Join(ids[1:], " "); got != want {
		t.Errorf("after the deletes the list shows %s, want %s", got, want)
	}
	s.Reset()
	if got := ask(t, s, "GET /shelves"); got.body != before.body {
		t.Errorf("after Reset: got %s\nwant %s", got.body, before.body)
	}
}

func TestThingsBelowAnotherAreItsOwn(t *testing.T) {
	s := play(t, shelves, mock.Config{})
	list := func(shelf string, query string) []string {
		return ask(t, s, "GET /shelves/"+shelf+"/books"+query).items(t, "", "id")
	}
	here, there := list("7", "?per_page=50"), list("8", "?per_page=50")
	made := ask(t, s, "POST /shelves/7/books", "", `{"title":"Rain","code":"secret"}`)
	id := made.at(t, "/id")
	if made.at(t, "/title") != "Rain" || strings.Contains(made.body, "secret") {
		t.Fatalf("got %s", made.body)
	}
	if got := list("7", "?per_page=50"); strings.Join(got, " ") != strings.Join(append(here, id), " ") {
		t.Errorf("got %v, want %v and %s", got, here, id)
	}
	if got := list("8", "?per_page=50"); strings.Join(got, " ") != strings.Join(there, " ") {
		t.Errorf("the other shelf shows %v, want %v", got, there)
	}
	var paged []string
	for page := 1; page < 20; page++ {
		got := list("7", fmt.Sprintf("?page=%d", page))
		if len(got) > 2 {
			t.Errorf("page %d has %d books, want 2 at most", page, len(got))
		}
		paged = append(paged, got...)
	}
	if strings.Join(paged, " ") != strings.Join(append(here, id), " ") {
		t.Errorf("the pages show %v, want %v", paged, append(here, id))
	}
	gone := ask(t, s, "DELETE /shelves/7/books/"+id)
	if gone.StatusCode != 200 || gone.at(t, "/title") != "Rain" {
		t.Errorf("DELETE got %d %s", gone.StatusCode, gone.body)
	}
	if got := ask(t, s, "GET /shelves/7/books/"+id); got.StatusCode != 404 {
		t.Errorf("got %d, want 404", got.StatusCode)
	}
}

func TestAListShowsWhatTheItemsShow(t *testing.T) {
	s := play(t, shelves, mock.Config{})
	v, _ := value.Parse([]byte(ask(t, s, "GET /shelves").body))
	list, _ := value.Pointer(v, "/shelves")
	if len(list.([]any)) < 2 {
		t.Fatalf("want some entries, got %v", list)
	}
	for _, x := range list.([]any) {
		id, _ := x.(*value.Object).Get("id")
		got := ask(t, s, "GET /shelves/"+string(value.Append(nil, id)))
		if want := string(value.Append(nil, value.NewObject(value.Member{Name: "shelf", Value: x}))); got.body != want {
			t.Errorf("got %s\nwant %s", got.body, want)
		}
	}
}

func TestWhatWasCreatedAndDeletedOutlivesTheProcess(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state")
	open := func() *mock.Server {
		s, err := mock.New(document(t, shelves), mock.Config{StateFile: file})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	ids := ask(t, s, "GET /shelves").items(t, "/shelves", "id")
	made := ask(t, s, "POST /shelves", "", `{"shelf":{"name":"Poetry"}}`)
	ask(t, s, "DELETE /shelves/"+ids[0])
	want := ask(t, s, "GET /shelves").body
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	defer s.Close()
	if got := ask(t, s, "GET /shelves").body; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got := ask(t, s, "GET /shelves/"+made.at(t, "/shelf/id")).body; got != made.body {
		t.Errorf("got %s\nwant %s", got, made.body)
	}
	if got := ask(t, s, "POST /shelves", "", `{"shelf":{"name":"Drama"}}`); got.at(t, "/shelf/id") == made.at(t, "/shelf/id") {
		t.Errorf("the id %s is given twice", got.at(t, "/shelf/id"))
	}
}

func TestClientsCreateAndDeleteAtOnce(t *testing.T) {
	s := play(t, shelves, mock.Config{})
	before := ask(t, s, "GET /shelves").body
	var wg sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]bool{}
	for i := range 64 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			made := ask(t, s, "POST /shelves", "", fmt.Sprintf(`{"shelf":{"name":"Shelf %d"}}`, i))
			id := made.at(t, "/shelf/id")
			mu.Lock()
			if made.StatusCode != 201 || seen[id] {
				t.Errorf("got %d and the id %s", made.StatusCode, id)
			}
			seen[id] = true
			mu.Unlock()
			if got := ask(t, s, "GET /shelves").items(t, "/shelves", "id"); !contains(got, id) {
				t.Errorf("the list does not show %s", id)
			}
			if got := ask(t, s, "DELETE /shelves/"+id); got.StatusCode != 204 {
				t.Errorf("DELETE got %d", got.StatusCode)
			}
			if got := ask(t, s, "GET /shelves/"+id); got.StatusCode != 404 {
				t.Errorf("GET got %d, want 404", got.StatusCode)
			}
		}()
	}
	wg.Wait()
	if got := ask(t, s, "GET /shelves").body; got != before {
		t.Errorf("got %s\nwant %s", got, before)
	}
}

// corpus reads a document of the corpus; "" where there is none beside the repository.
func corpus(t testing.TB, name string) *spec.Document {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "shared", "corpus", filepath.FromSlash(name)))
	if os.IsNotExist(err) {
		t.Skip("the corpus is not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	doc, err := spec.Parse(filepath.Base(name), data)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestResourcesSaysWhatWasInferred(t *testing.T) {
	s := play(t, shelves, mock.Config{})
	var got []string
	for _, r := range s.Resources() {
		line := r.Collection + " " + r.Item + " " + r.ID + ":"
		for _, role := range r.Operations {
			line += " " + role.Name + "=" + role.Operation.Method
		}
		got = append(got, line)
		if len(r.Why) == 0 {
			t.Errorf("%s has no reason", line)
		}
	}
	want := []string{
		"/shelves /shelves/{shelf_id} id: create=POST list=GET read=GET replace=PUT change=PATCH delete=DELETE",
		"/shelves/{id}/books /shelves/{shelf}/books/{book} id: create=POST list=GET read=GET delete=DELETE",
		" /settings : read=GET replace=PUT",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// story goes through the life of one thing: created, listed, read, changed, deleted, read again.
func story(t *testing.T, s *mock.Server, collection, list, array, id, body, change, at, want string, auth ...string) {
	t.Helper()
	with := func(body string) []string { return append(append([]string(nil), auth...), "", body) }
	before := ask(t, s, "GET "+list, auth...).items(t, array, id)
	made := ask(t, s, "POST "+collection, with(body)...)
	if made.StatusCode/100 != 2 || made.source() != "memory" {
		t.Fatalf("POST got %d %q %s", made.StatusCode, made.source(), made.body)
	}
	name := made.at(t, "/"+id)
	if contains(before, name) {
		t.Errorf("the id %s was there before", name)
	}
	one := ask(t, s, "GET "+collection+"/"+name, auth...)
	if one.StatusCode == 405 {
		one = made
	}
	if one.body != made.body {
		t.Errorf("GET got %s\nwant %s", one.body, made.body)
	}
	if got := ask(t, s, "GET "+list, auth...).items(t, array, id); !contains(got, name) || len(got) != len(before)+1 {
		t.Errorf("the list shows %v, want %v and %s", got, before, name)
	}
	if change != "" {
		method, text, _ := strings.Cut(change, " ")
		headers := append(append([]string(nil), auth...), "If-Match: *")
		if got := ask(t, s, method+" "+collection+"/"+name, append(headers, "", text)...); got.StatusCode != 200 {
			t.Errorf("%s got %d %s", method, got.StatusCode, got.body)
		}
		if got := ask(t, s, "GET "+collection+"/"+name, auth...).at(t, at); got != want {
			t.Errorf("after %s: got %s, want %s", method, got, want)
		}
	}
	for _, gone := range []string{name, before[0]} {
		if got := ask(t, s, "DELETE "+collection+"/"+gone, auth...); got.StatusCode != 204 {
			t.Errorf("DELETE got %d %s", got.StatusCode, got.body)
		}
		if got := ask(t, s, "DELETE "+collection+"/"+gone, auth...); got.StatusCode != 404 {
			t.Errorf("the second DELETE got %d, want 404", got.StatusCode)
		}
		if got := ask(t, s, "GET "+collection+"/"+gone, auth...); got.StatusCode != 404 && got.StatusCode != 405 {
			t.Errorf("GET of what is gone got %d", got.StatusCode)
		}
	}
	if got, want := strings.Join(ask(t, s, "GET "+list, auth...).items(t, array, id), " "), strings.Join(before[1:], " "); got != want {
		t.Errorf("the list shows %s, want %s", got, want)
	}
}

func TestTheLifeOfAThingOfACorpusDocument(t *testing.T) {
	const key = "Authorization: Bearer sk_test_1"
	tests := map[string]func(t *testing.T){
		"a pet": func(t *testing.T) {
			s := serve(t, "oai/v2.0/yaml/petstore-simple.yaml")
			story(t, s, "/pets", "/pets", "", "id", `{"name":"Rex","tag":"dog"}`, "", "", "")
		},
		"a user": func(t *testing.T) {
			s := serve(t, "atlas/atlas.yaml")
			story(t, s, "/users", "/users?limit=50", "/data", "id", `{"email":"nora@example.com","name":"Nora Quill","role":"member","password":"correct-horse-9"}`, `PATCH {"name":"Nora B"}`, "/name", "Nora B", key)
		},
		"a project": func(t *testing.T) {
			s := serve(t, "atlas/atlas.yaml")
			story(t, s, "/projects", "/projects?per_page=20", "/items", "id", `{"name":"Lighthouse","slug":"lighthouse","visibility":"internal"}`, `PUT {"name":"Tower","slug":"tower","visibility":"public"}`, "/slug", "tower", key)
		},
		"a key, which has no GET": func(t *testing.T) {
			s := serve(t, "atlas/atlas.yaml")
			story(t, s, "/api-keys", "/api-keys", "", "id", `{"name":"ci","scopes":["projects:read"]}`, "", "", "", key)
		},
		"a webhook": func(t *testing.T) {
			s := serve(t, "atlas/atlas.yaml")
			story(t, s, "/webhooks", "/webhooks", "/webhooks", "id", `{"name":"deploys","events":["invoice.paid"],"target":{"type":"slack","channel":"#ops"},"signing_secret":"whsec_0123456789abcdef"}`, "", "", "", key)
		},
	}
	for name, run := range tests {
		t.Run(name, run)
	}
}

func serve(t *testing.T, name string) *mock.Server {
	s, err := mock.New(corpus(t, name), mock.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestACursorLeadsThroughAllPages(t *testing.T) {
	const key = "Authorization: Bearer sk_test_1"
	s := serve(t, "atlas/atlas.yaml")
	for i := range 5 {
		made := ask(t, s, "POST /users", key, "", fmt.Sprintf(`{"email":"u%d@example.com","name":"U %d","role":"viewer","password":"correct-horse-9"}`, i, i))
		if made.StatusCode != 201 {
			t.Fatalf("got %d %s", made.StatusCode, made.body)
		}
	}
	if got := ask(t, s, "POST /users", key, "", `{"email":"u3@example.com","name":"Other","role":"viewer","password":"correct-horse-9"}`); got.StatusCode != 409 {
		t.Errorf("the same email got %d, want 409", got.StatusCode)
	}
	want := ask(t, s, "GET /users?limit=50", key).items(t, "/data", "id")
	var got []string
	query := "?limit=2"
	for range 30 {
		page := ask(t, s, "GET /users"+query, key)
		ids := page.items(t, "/data", "id")
		got = append(got, ids...)
		if len(ids) > 2 {
			t.Errorf("a page has %d users, want 2 at most", len(ids))
		}
		if page.at(t, "/has_more") == "false" {
			if page.at(t, "/next_cursor") != "null" {
				t.Errorf("the last page has the cursor %s", page.at(t, "/next_cursor"))
			}
			break
		}
		query = "?limit=2&cursor=" + page.at(t, "/next_cursor")
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the pages show %v, want %v", got, want)
	}
}

func TestAnETagChangesWithTheThing(t *testing.T) {
	const key = "Authorization: Bearer sk_test_1"
	s := serve(t, "atlas/atlas.yaml")
	made := ask(t, s, "POST /projects", key, "", `{"name":"Lighthouse","slug":"lighthouse","visibility":"internal"}`)
	path := "/projects/" + made.at(t, "/id")
	tag := made.Header.Get("ETag")
	if got := ask(t, s, "GET "+path, key); got.Header.Get("ETag") != tag || tag == "" {
		t.Errorf("GET got the ETag %s, POST %s", got.Header.Get("ETag"), tag)
	}
	if got := ask(t, s, "GET "+path, key, "If-None-Match: "+tag); got.StatusCode != 304 || got.body != "" {
		t.Errorf("got %d, want 304", got.StatusCode)
	}
	const body = `{"name":"Tower","slug":"tower","visibility":"public"}`
	if got := ask(t, s, "PUT "+path, key, "If-Match: "+tag, "", body); got.StatusCode != 200 || got.Header.Get("ETag") == tag {
		t.Errorf("got %d with the ETag %s", got.StatusCode, got.Header.Get("ETag"))
	}
	if got := ask(t, s, "PUT "+path, key, "If-Match: "+tag, "", body); got.StatusCode != 412 {
		t.Errorf("the old ETag got %d, want 412", got.StatusCode)
	}
	if got := ask(t, s, "GET "+path, key, "If-None-Match: "+tag); got.StatusCode != 200 {
		t.Errorf("got %d, want 200", got.StatusCode)
	}
}

func TestAKeyedPostIsDoneOnce(t *testing.T) {
	doc := strings.Replace(shelves, "    post:\n      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [shelf]", "    post:\n      parameters: [{name: Idempotency-Key, in: header, schema: {type: string}}]\n      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [shelf]", 1)
	s := play(t, doc, mock.Config{})
	post := func(key, name string) answer {
		return ask(t, s, "POST /shelves", "Idempotency-Key: "+key, "", `{"shelf":{"name":"`+name+`"}}`)
	}
	first := post("a", "Poetry")
	if got := post("a", "Poetry"); got.body != first.body || got.StatusCode != 201 {
		t.Errorf("got %d %s, want %s", got.StatusCode, got.body, first.body)
	}
	if got := post("a", "Prose"); got.StatusCode != 409 {
		t.Errorf("another body got %d, want 409", got.StatusCode)
	}
	if got := post("b", "Prose"); got.StatusCode != 201 || got.at(t, "/shelf/id") == first.at(t, "/shelf/id") {
		t.Errorf("another key got %d %s", got.StatusCode, got.body)
	}
}
