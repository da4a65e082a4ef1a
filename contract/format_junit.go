package contract

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// JUnit writes XML that the pages of test results of most pipelines read: a test case for each operation, a failure
// where the promise is broken, an error where the run as a whole could test nothing.
var JUnit = formats.Add(Format{
	Name:  "junit",
	Doc:   "for pipelines: JUnit XML, a test case for each operation",
	Write: writeJUnit,
})

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Hostname   string          `xml:"hostname,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
	Out        string          `xml:"system-out"`
	Err        string          `xml:"system-err"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name      string         `xml:"name,attr"`
	Classname string         `xml:"classname,attr"`
	Time      string         `xml:"time,attr"`
	Skipped   *junitMessage  `xml:"skipped"`
	Errors    []junitMessage `xml:"error"`
	Failures  []junitMessage `xml:"failure"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func writeJUnit(w io.Writer, reports ...*Report) error {
	out := junitSuites{Name: "specimen"}
	var total time.Duration
	for _, r := range reports {
		suite := suiteOf(r)
		out.Suites = append(out.Suites, suite)
		out.Tests += suite.Tests
		out.Failures += suite.Failures
		out.Errors += suite.Errors
		total += r.Duration
	}
	out.Time = seconds(total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Round(time.Millisecond).Seconds()) }

func suiteOf(r *Report) junitSuite {
	byID := map[string]Finding{}
	for _, f := range r.Findings {
		byID[f.ID] = f
	}
	title := strings.TrimSpace(r.Document.Title)
	if title == "" {
		title = r.Document.Location
	}
	suite := junitSuite{
		Name: title, Time: "0", Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05"), Hostname: "localhost",
		Properties: []junitProperty{{"document", r.Document.Location}, {"target", r.Target}, {"run", r.RunID}, {"seed", fmt.Sprint(r.Seed)}},
	}
	for _, o := range r.Operations {
		c := junitCase{Name: o.Method + " " + o.Path, Classname: title, Time: "0"}
		for _, id := range o.Findings {
			f := byID[id]
			if f.Level != Error.String() {
				continue
			}
			c.Failures = append(c.Failures, junitMessage{Message: oneLine(f.Check + ": " + place(f) + f.Message), Type: f.Check, Text: describeFinding(f)})
		}
		if o.Verdict == NotTested {
			c.Skipped = &junitMessage{Message: oneLine(o.Why)}
			suite.Skipped++
		}
		if len(c.Failures) > 0 {
			suite.Failures++
		}
		suite.Cases = append(suite.Cases, c)
	}
	if r.Status == 3 {
		suite.Cases = append(suite.Cases, junitCase{Name: "the run", Classname: title, Time: "0",
			Errors: []junitMessage{{Message: oneLine(r.Conclusion), Type: "untested", Text: r.Conclusion}}})
		suite.Errors++
	}
	suite.Tests = len(suite.Cases)
	suite.Time = seconds(r.Duration)
	var out strings.Builder
	for _, f := range r.Findings {
		if f.Level != Error.String() {
			fmt.Fprintf(&out, "warning: %s %s: %s: %s%s\n", f.Method, f.Path, f.Check, place(f), f.Message)
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&out, "note: %s\n", strings.TrimPrefix(n.Operation+": "+n.Text, ": "))
	}
	suite.Out = out.String() + r.Conclusion + "\n"
	return suite
}

// place begins the sentence of a finding with where it is.
func place(f Finding) string {
	if f.In == "" {
		return ""
	}
	return strings.TrimSpace(f.In+" "+f.At) + ": "
}

func describeFinding(f Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s\n", place(f), f.Message)
	if f.Got != "" {
		fmt.Fprintf(&b, "got:      %s\n", f.Got)
	}
	if f.Want != "" {
		fmt.Fprintf(&b, "want:     %s\n", f.Want)
	}
	fmt.Fprintf(&b, "promised: %s %s\n", f.Promise, f.Promise.Pointer)
	fmt.Fprintf(&b, "case:     %s, seen %d of %d, %d in all\n", f.Case, f.Seen, f.Sent, f.Count)
	if f.Hint != "" {
		fmt.Fprintf(&b, "hint:     %s\n", f.Hint)
	}
	fmt.Fprintf(&b, "again:    %s\n", f.Curl)
	return b.String()
}
