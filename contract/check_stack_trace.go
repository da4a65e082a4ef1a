package contract

import (
	"bytes"
	"regexp"

	"github.com/specimen-api/specimen/spec"
)

// leaks are what an error body should not hold. Each is written so that prose about errors does not match it.
var leaks = []struct {
	what  string
	level Level
	sign  *regexp.Regexp
}{
	{"a private key", Error, regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)},
	{"an access key of AWS", Error, regexp.MustCompile(`\bAKIA[0-9A-Z]{16}\b`)},
	{"a password in a connection string", Error, regexp.MustCompile(`\b(postgres|postgresql|mysql|mongodb(\+srv)?|redis|amqp)://[^\s:/@"']+:[^\s@"']+@`)},
	{"a stack trace of Python", Error, regexp.MustCompile(`Traceback \(most recent call last\)|File \\?"[^"\n]+\.py\\?", line \d+`)},
	{"a stack trace of Go", Error, regexp.MustCompile(`goroutine \d+ \[[a-z ]+|\.go:\d+ \+0x[0-9a-f]+`)},
	{"a stack trace of the JVM", Error, regexp.MustCompile(`\bat [\w.$]+(\.<init>)?\([A-Z]\w*\.(java|kt|scala):\d+\)`)},
	{"a stack trace of JavaScript", Error, regexp.MustCompile(`\bat (\S+ \()?[^\s()]+\.[cm]?[jt]s:\d+:\d+\)?`)},
	{"a stack trace of .NET", Error, regexp.MustCompile(`\bat [\w.` + "`" + `<>]+\([^)\n]*\) in [^\n]+\.(cs|vb|fs):line \d+|\bSystem\.\w+(\.\w+)*Exception: `)},
	{"a stack trace of PHP", Error, regexp.MustCompile(`#\d+ /[^\s(]+\.php\(\d+\)|PHP (Fatal|Parse) error:|on line <b>\d+</b>`)},
	{"a stack trace of Ruby", Error, regexp.MustCompile(`\.rb:\d+:in [` + "`" + `']`)},
	{"an error of a database", Error, regexp.MustCompile(`\bORA-\d{5}\b|SQLSTATE\[\w+\]|You have an error in your SQL syntax|\bpq: \w+|PG::\w+Error|near \\?"[^"\n]*\\?": syntax error`)},
	{"a path of the server", Warning, regexp.MustCompile(`(^|[\s"'(=:])(/(home|Users|root|usr/src|usr/local|var/www|var/task|opt/app|srv/www)/[\w.\-/]+\.\w{1,5}\b|[A-Z]:\\{1,2}(inetpub|Users|Program Files|Windows)\\)`)},
}

// StackTrace catches an error body that tells of the server's inside: stack traces, paths, secrets, our credentials.
var StackTrace = checks.Add(Check{
	Name: "stack-trace",
	Doc:  "an error body holds no stack trace, path or secret of the server",
	Run: func(x Exchange) []spec.Problem {
		if x.Status() < 400 {
			return nil
		}
		op := x.Case.Operation
		for _, leak := range leaks {
			at := leak.sign.FindIndex(x.Body)
			// what we sent comes back as an echo
			if at == nil || bytes.Contains(x.RequestBody, x.Body[at[0]:at[1]]) {
				continue
			}
			return []spec.Problem{{
				Severity: leak.level, In: "body", Keyword: "leak", Got: leak.what + " in the answer " + statusOf(x),
				Want: "an error that tells nothing of the server's inside", Position: op.Position, Pointer: op.Pointer,
			}}
		}
		return nil
	},
})
