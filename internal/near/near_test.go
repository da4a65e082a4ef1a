package near

import (
	"strings"
	"testing"
)

func TestNamesGivesTheNearestFirst(t *testing.T) {
	got := strings.Join(Names("latensy", []string{"drop", "latency", "status", "late"}, 2), " ")
	if want := "latency late"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Names("x", nil, 3); got != nil {
		t.Errorf("got %v, want none", got)
	}
}
