package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestResourcesPrintsRolesAndReasons(t *testing.T) {
	file := filepath.Join(t.TempDir(), "notes.yaml")
	err := os.WriteFile(file, []byte(`openapi: 3.1.0
info: {title: Notes, version: '1'}
paths:
  /notes:
    get: {responses: {'200': {description: All., content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Note'}}}}}}}
  /notes/{noteId}:
    parameters: [{name: noteId, in: path, required: true, schema: {type: integer}}]
    delete: {operationId: dropNote, responses: {'204': {description: Gone.}}}
components: {schemas: {Note: {type: object, required: [id], properties: {id: {type: integer}}}}}
`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if got := run(context.Background(), []string{"resources", file}, strings.NewReader(""), &out, &errs); got != exitKept {
		t.Fatalf("got exit status %d: %s", got, errs.String())
	}
	for _, want := range []string{"Notes\n", "  /notes/{noteId} by id\n", "    list     GET     /notes  GET /notes\n", "    delete   DELETE  /notes/{noteId}  dropNote\n", "because member id holds what {noteId} names"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("got\n%s\nwant %q in it", out.String(), want)
		}
	}
}
