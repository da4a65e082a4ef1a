package golden

import "testing"

func TestDiffNamesTheFirstLine(t *testing.T) {
	tests := map[string]struct{ got, want, diff string }{
		"equal":          {"a\nb\n", "a\nb\n", ""},
		"another line":   {"a\nb\n", "a\nc\n", "line 2:\n got \"b\"\nwant \"c\""},
		"a line missing": {"a\n", "a\nb\n", "line 2:\n got \"\"\nwant \"b\""},
		"cut off":        {"a", "a\nb", "got 1 lines, want 2; the shorter text is the beginning of the longer"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Diff([]byte(test.got), []byte(test.want)); got != test.diff {
				t.Errorf("got %q, want %q", got, test.diff)
			}
		})
	}
}
