// Package near finds the names that somebody may have meant.
package near

import (
	"sort"
	"strings"
)

// Names gives at most n of the names, those nearest to want first.
func Names(want string, names []string, n int) []string {
	type entry struct {
		name string
		dist int
	}
	all := make([]entry, len(names))
	for i, name := range names {
		all[i] = entry{name, Distance(strings.ToLower(want), strings.ToLower(name))}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].dist < all[j].dist })
	var out []string
	for _, e := range all[:min(n, len(all))] {
		out = append(out, e.name)
	}
	return out
}

// Distance is the number of letters to add, take away or change between two names.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		last := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := last
			if a[i-1] != b[j-1] {
				cost++
			}
			last = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
