package contract

import (
	"encoding/json"
	"io"
)

// JSON writes the Reports as they are, for programs. Members are added to it, not taken away or changed, while form is 1.
var JSON = formats.Add(Format{
	Name: "json",
	Doc:  "for programs: everything, as package contract documents it",
	Write: func(w io.Writer, reports ...*Report) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(jsonReports{Form: 1, Status: Exit(reports...), Reports: reports})
	},
})

type jsonReports struct {
	Form    int       `json:"form"` // of this structure; 1
	Status  int       `json:"exit"`
	Reports []*Report `json:"reports"` // one for each document
}
