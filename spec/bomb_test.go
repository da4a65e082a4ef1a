//go:build unix

package spec_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/spec"
)

// A text that is made to hurt is refused, or served, within two seconds of work and 300 MiB.
func TestNoTextTakesLongOrMuch(t *testing.T) {
	const head = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\n"
	const levels = 100_000
	answer := func(schema string) string {
		return "paths: {/a: {get: {responses: {'200': {description: O, content: {application/json: {schema: " + schema + "}}}}}}}\n"
	}
	// laughs names the one before it many times on each level
	laughs := func(first, before, each, after string, levels, wide int) string {
		var b strings.Builder
		fmt.Fprintf(&b, "x0: &a0 %s\n", first)
		for i := 1; i <= levels; i++ {
			var list []string
			for j := range wide {
				list = append(list, fmt.Sprintf(strings.ReplaceAll(each, "N", fmt.Sprint(j))+"*a%d", i-1))
			}
			fmt.Fprintf(&b, "x%d: &a%d %s%s%s\n", i, i, before, strings.Join(list, ","), after)
		}
		return head + b.String()
	}
	many := func(list ...string) string {
		var b strings.Builder
		for i := range levels {
			fmt.Fprintf(&b, list[0], i, i, max(0, i-1))
		}
		return b.String()
	}
	large := func(text string) string {
		path := filepath.Join(t.TempDir(), "large")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if err := f.Truncate(200 << 20); err != nil {
			t.Fatal(err)
		}
		return path
	}
	wide := make([]string, 5000)
	for i := range wide {
		wide[i] = fmt.Sprintf("p%d: {type: string, maxLength: %d}", i, i)
	}
	tests := map[string]struct {
		text string // or the path of a file
		want string // of the error; "" when the document is served
	}{
		"aliases of values":            {laughs("[lol]", "[", "", "]", 9, 9) + answer("{type: array, example: *a9}"), "aliases make more"},
		"aliases of schemas":           {laughs("{type: object}", "{allOf: [", "", "]}", 9, 9) + answer("*a9"), "aliases make more"},
		"aliases of merges":            {laughs("{a: 1}", "{<<: [", "", "]}", 9, 9) + answer("{}"), "aliases make more"},
		"as many schemas as may be":    {laughs("{type: object}", "{allOf: [", "", "]}", 6, 9) + answer("*a6"), ""},
		"as many members as may be":    {laughs("{type: object}", "{type: object, properties: {", "pN: ", "}}", 6, 9) + answer("*a6"), ""},
		"five thousand properties":     {head + answer("{type: object, properties: {"+strings.Join(wide, ",")+"}}"), ""},
		"an alias inside itself":       {head + "x: &a [*a]\n" + answer("{example: *a}"), "stands inside what it stands for"},
		"aliases one inside another":   {head + many("x%d: &a%d [*a%d]\n")[len("x0: &a0 [*a0]\n"):], "unknown anchor"},
		"deep JSON":                    {`{"openapi":"3.0.3","info":{},"paths":{},"x":` + strings.Repeat("[", levels) + strings.Repeat("]", levels) + "}", "nested more than"},
		"deep JSON that is not closed": {strings.Repeat(`{"a":`, levels), "nested more than"},
		"deep schemas":                 {`{"openapi":"3.0.3","paths":{"/a":{"get":{"responses":{"200":{"content":{"a/json":{"schema":` + strings.Repeat(`{"not":`, levels) + "{}" + strings.Repeat("}", levels) + "}}}}}}}}", "nested more than"},
		"deep YAML in brackets":        {head + "x: " + strings.Repeat("[", levels) + strings.Repeat("]", levels) + "\n", "depth"},
		"deep YAML, a line for each":   {head + "x: " + strings.Repeat("[\n ", levels) + strings.Repeat("]", levels) + "\n", "depth"},
		"deep YAML in braces":          {head + "x: " + strings.Repeat("{a: ", levels) + strings.Repeat("}", levels) + "\n", "depth"},
		"deep YAML in dashes":          {head + "x:\n" + strings.Repeat("- ", levels) + "a\n", "depth"},
		"deep YAML in question marks":  {head + "x:\n  " + strings.Repeat("? ", levels) + "a\n", "depth"},
		"200 MB of JSON":               {large(`{"openapi": "3.0.3", "x": "`), "larger than 64 MiB"},
		"200 MB of YAML":               {large(head + "x: "), "larger than 64 MiB"},
		"no text at all":               {"", "the file is empty"},
		"a page":                       {"<!DOCTYPE html><html></html>", "HTML"},
		"a word":                       {"hello", "SP102"},
		"a picture":                    {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			began := work(t)
			var doc *spec.Document
			var err error
			if filepath.IsAbs(test.text) {
				doc, err = spec.Load(context.Background(), test.text)
			} else {
				doc, err = spec.Parse("t", []byte(test.text))
			}
			if err == nil {
				doc.Diagnose(context.Background())
				book, err := fixtures.Open(doc, fixtures.Config{})
				if err != nil {
					t.Fatal(err)
				}
				book.Diagnose(context.Background())
			}
			took := work(t) - began
			runtime.ReadMemStats(&after)
			switch {
			case name == "a picture":
				if err == nil {
					t.Error("got a document")
				}
			case (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want):
				t.Errorf("got %.200v, want %q", err, test.want)
			}
			if took > slower*2*time.Second {
				t.Errorf("it took %s of work, want at most 2s, %d times as much under the race detector", took, slower)
			}
			if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 300<<20 {
				t.Errorf("it took %d MiB, want at most 300", grown>>20)
			}
		})
	}
}

// work is the time that this process has had a processor.
func work(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
