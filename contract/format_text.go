package contract

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
)

// Text writes what a person reads in the log of a pipeline.
var Text = formats.Add(Format{
	Name: "text",
	Doc:  "for people: a line for each operation, then the findings",
	Write: func(w io.Writer, reports ...*Report) error {
		var b bytes.Buffer
		for i, r := range reports {
			if i > 0 {
				b.WriteString("\n")
			}
			writeText(&b, r)
		}
		_, err := w.Write(b.Bytes())
		return err
	},
})

func writeText(b *bytes.Buffer, r *Report) {
	title := strings.TrimSpace(oneLine(r.Document.Title) + " " + oneLine(r.Document.Release))
	fmt.Fprintf(b, "%s (%s) at %s\n", title, r.Document.Location, r.Target)
	fmt.Fprintf(b, "%s, run %s, seed %d\n\n", r.Tool, r.RunID, r.Seed)

	method, path := 0, 0
	for _, o := range r.Operations {
		method, path = max(method, len(o.Method)), max(path, min(60, len(o.Path)))
	}
	for _, o := range r.Operations {
		line := fmt.Sprintf("%-10s  %-*s  %-*s  ", o.Verdict, method, o.Method, path, oneLine(o.Path))
		var parts []string
		if n := len(o.Cases); n > 0 {
			part := plural(n, "case")
			if statuses := o.Statuses(); len(statuses) > 0 {
				part += ":"
				for _, s := range statuses {
					part += " " + itoa(s)
				}
			}
			parts = append(parts, part)
		}
		if o.Why != "" {
			parts = append(parts, oneLine(o.Why))
		}
		b.WriteString(strings.TrimRight(line+strings.Join(parts, "; "), " ") + "\n")
	}

	for i, f := range r.Findings {
		fmt.Fprintf(b, "\n%d. %s %s", i+1, f.Level, f.Check)
		if f.Count > 1 {
			fmt.Fprintf(b, ", %d times", f.Count)
			if ops := operationsOf(f); len(ops) > 1 {
				fmt.Fprintf(b, " in %d operations", len(ops))
			}
		}
		if f.Flaky() {
			fmt.Fprintf(b, ", flaky: seen %d of %d", f.Seen, f.Sent)
		}
		b.WriteString("\n")
		row := func(name, text string) {
			if text != "" {
				fmt.Fprintf(b, "   %-9s %s\n", name, oneLine(text))
			}
		}
		answered := "was not answered"
		if f.Status != 0 {
			answered = "answered " + itoa(f.Status)
		}
		row("request", fmt.Sprintf("%s %s %s (%s)", f.Method, f.Path, answered, f.Case))
		row("where", strings.TrimSpace(f.In+" "+f.At))
		row("got", f.Got)
		row("want", f.Want)
		if f.Got == "" || f.Want == "" {
			row("problem", f.Message)
		}
		row("promised", strings.TrimSpace(f.Promise.String()+" "+f.Promise.Pointer))
		row("hint", f.Hint)
		if f.Shrunk > 0 {
			row("shrunk", plural(f.Shrunk, "part")+" that could be left out")
		}
		if f.Count > 1 {
			var places []string
			for _, m := range f.Members[1:min(len(f.Members), 4)] {
				places = append(places, strings.TrimSpace(m.Case+" "+m.At))
			}
			if more := f.Count - 1 - len(places); more > 0 {
				places = append(places, fmt.Sprintf("and %d more", more))
			}
			row("also", strings.Join(places, ", "))
		}
		row("again", f.Curl)
	}

	if len(r.Notes) > 0 {
		b.WriteString("\n")
	}
	for _, n := range r.Notes {
		if n.Operation != "" {
			fmt.Fprintf(b, "note: %s: %s\n", n.Operation, oneLine(n.Text))
		} else {
			fmt.Fprintf(b, "note: %s\n", oneLine(n.Text))
		}
	}

	c := r.Counts
	fmt.Fprintf(b, "\n%s: %d kept, %d broken, %d not tested\n", plural(c.Operations, "operation"), c.Kept, c.Broken, c.NotTested)
	fmt.Fprintf(b, "%s, %s; %s in %s\n", plural(c.Errors, "error"), plural(c.Warnings, "warning"), plural(c.Requests, "request"), r.Duration.Round(time.Millisecond))
	fmt.Fprintf(b, "%s\n", oneLine(r.Conclusion))
}

func operationsOf(f Finding) []string {
	var out []string
	seen := map[string]bool{}
	for _, m := range f.Members {
		if !seen[m.Operation] {
			seen[m.Operation] = true
			out = append(out, m.Operation)
		}
	}
	return out
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return itoa(n) + " " + word + "s"
}

// oneLine keeps what a server or a document wrote from moving the cursor or beginning a line of its own.
func oneLine(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\r' || c == '\t':
			return ' '
		case unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == '\u2028' || c == '\u2029':
			return -1
		}
		return c
	}, text)
}
