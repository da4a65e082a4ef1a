package contract

import (
	"encoding/json"
	"io"
)

// JSON writes the Report as it is, for programs. Members are added to it, not taken away or changed, while form is 1.
var JSON = formats.Add(Format{
	Name: "json",
	Doc:  "for programs: the whole report, as package contract documents it",
	Write: func(w io.Writer, r *Report) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(r)
	},
})
