// Package family holds what is built in and has a name: checks, formats, faults, rules.
//
// A member is declared in a file of its own and added from a package variable, so that a new one is one new file:
//
//	var Status = checks.Add(Check{Name: "status", ...})
package family

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/specimen-api/specimen/internal/near"
)

// Family is a set of values that differ by name. Make one with New.
type Family[T any] struct {
	kind string
	name func(T) string

	mu      sync.Mutex
	members []T
	sealed  bool
}

// New makes an empty family. kind is the word for one member in messages ("check"); name gives a member's name.
func New[T any](kind string, name func(T) string) *Family[T] {
	return &Family[T]{kind: kind, name: name}
}

// Add puts a member in and gives it back. It is for package variables: it panics when it is called from anywhere
// else, when the name is empty or taken, and after the family was first read.
func (f *Family[T]) Add(member T) T {
	if !fromVariable() {
		panic(fmt.Sprintf("%s %q is added from a function, want a package variable", f.kind, f.name(member)))
	}
	return f.add(member)
}

func (f *Family[T]) add(member T) T {
	name := f.name(member)
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.sealed:
		panic(fmt.Sprintf("%s %q is added after the %ss were read", f.kind, name, f.kind))
	case name == "":
		panic(fmt.Sprintf("a %s has no name", f.kind))
	}
	at, taken := slices.BinarySearchFunc(f.members, name, func(m T, name string) int { return strings.Compare(f.name(m), name) })
	if taken {
		panic(fmt.Sprintf("two %ss are named %q", f.kind, name))
	}
	f.members = slices.Insert(f.members, at, member)
	return member
}

// fromVariable says whether Add was called while a package's variables were being set: the compiler calls the
// function that does so init, and those that people write init.0, init.1 ...
func fromVariable() bool {
	pc, _, _, ok := runtime.Caller(2)
	if !ok {
		return false
	}
	name := runtime.FuncForPC(pc).Name()
	return strings.HasSuffix(name, ".init")
}

// All gives the members, sorted by name. The slice is the caller's own.
func (f *Family[T]) All() []T {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sealed = true
	return slices.Clone(f.members)
}

// Find gives the member of that name. The error names the members that are nearest to it.
func (f *Family[T]) Find(name string) (T, error) {
	return Find(f.kind, name, f.All(), f.name)
}

// Find gives the value of that name among several; kind is the word for one of them in the error, which names
// those that are nearest.
func Find[T any](kind, name string, among []T, nameOf func(T) string) (T, error) {
	names := make([]string, 0, len(among))
	for _, member := range among {
		if nameOf(member) == name {
			return member, nil
		}
		names = append(names, nameOf(member))
	}
	var none T
	return none, Unknown(kind, name, names)
}

const nearest = 3

// Unknown is the error for a name that nothing has: no check named "statsu"; the nearest are status, auth, body.
func Unknown(kind, name string, names []string) error {
	if len(names) == 0 {
		return fmt.Errorf("no %s named %q; there are none", kind, name)
	}
	if len(names) > nearest {
		return fmt.Errorf("no %s named %q; the nearest are %s", kind, name, strings.Join(near.Names(name, names, nearest), ", "))
	}
	return fmt.Errorf("no %s named %q; there are %s", kind, name, strings.Join(near.Names(name, names, nearest), ", "))
}
