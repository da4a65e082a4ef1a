package family

import (
	"slices"
	"strings"
	"testing"
)

type pet struct{ name string }

func petName(p pet) string { return p.name }

var (
	pets = New("pet", petName)
	otto = pets.Add(pet{"otto"})
	_    = pets.Add(pet{"anna"})
	_    = pets.Add(pet{"mimi"})
)

func TestMembersAreSortedByName(t *testing.T) {
	var got []string
	for _, p := range pets.All() {
		got = append(got, p.name)
	}
	if want := []string{"anna", "mimi", "otto"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if otto.name != "otto" {
		t.Errorf("Add gave %v, want what was added", otto)
	}
}

func TestTheCallerOwnsWhatAllGives(t *testing.T) {
	pets.All()[0] = pet{"changed"}
	if got := pets.All()[0].name; got != "anna" {
		t.Errorf("got %q, want anna", got)
	}
}

func TestAnUnknownNameIsToldTheNearest(t *testing.T) {
	if p, err := pets.Find("mimi"); err != nil || p.name != "mimi" {
		t.Errorf("got %v, %v, want mimi", p, err)
	}
	_, err := pets.Find("ottp")
	if got, want := err.Error(), `no pet named "ottp"; there are otto, `; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want it to begin with %q", got, want)
	}
	err = Unknown("pet", "leo", []string{"otto", "anna", "mimi", "lea"})
	if got, want := err.Error(), `no pet named "leo"; the nearest are lea, otto, anna`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAddPanics(t *testing.T) {
	twice := New("pet", petName)
	twice.add(pet{"otto"})
	sealed := New("pet", petName)
	sealed.All()
	tests := map[string]struct {
		add  func()
		want string
	}{
		"from a function":           {func() { twice.Add(pet{"rex"}) }, `pet "rex" is added from a function, want a package variable`},
		"two of one name":           {func() { twice.add(pet{"otto"}) }, `two pets are named "otto"`},
		"without a name":            {func() { twice.add(pet{}) }, "a pet has no name"},
		"after the family was read": {func() { sealed.add(pet{"rex"}) }, `pet "rex" is added after the pets were read`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if got := recover(); got != test.want {
					t.Errorf("got %v, want %q", got, test.want)
				}
			}()
			test.add()
		})
	}
}
