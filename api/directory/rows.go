package directory

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/wirechief/wirechief/persistence/machine"
)

// Keys of the journal's index. Tenants and ids hold no slash.
const (
	customerRows = "dir/c/"  // dir/c/<tenant>/<customer> -> Customer
	jobRows      = "dir/j/"  // dir/j/<tenant>/<job> -> Job
	numberRows   = "dir/n/"  // dir/n/<tenant>/<E.164>/<customer>
	nameRows     = "dir/w/"  // dir/w/<tenant>/<word of the name>/<customer>
	addressRows  = "dir/s/"  // dir/s/<tenant>/<word of an address>/<customer>
	locationRows = "dir/l/"  // dir/l/<tenant>/<location> -> customer
	ofRows       = "dir/jc/" // dir/jc/<tenant>/<customer>/<job>
	importRows   = "dir/i/"  // dir/i/<import> -> staged; dir/i/<import>/<part>: its text, while it is being carried out
)

// Limits of what a text is found by.
const (
	maxNameWords    = 8
	maxAddressWords = 12
	maxWord         = 32 // octets
)

// Words are what a text is found by: lower case, letters and digits, each once.
func Words(text string, limit int) (out []string) {
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	}) {
		if len(w) > maxWord {
			w = strings.ToValidUTF8(w[:maxWord], "")
		}
		if w != "" && !slices.Contains(out, w) {
			if out = append(out, w); len(out) == limit {
				break
			}
		}
	}
	return out
}

// lookups are the rows a customer is found by, with their values.
func (c *Customer) lookups() map[string]string {
	rows := make(map[string]string)
	for _, n := range c.Numbers {
		rows[numberRows+c.Tenant+"/"+n+"/"+c.ID] = ""
	}
	for _, w := range Words(c.Name, maxNameWords) {
		rows[nameRows+c.Tenant+"/"+w+"/"+c.ID] = ""
	}
	for _, l := range c.Locations {
		rows[locationRows+c.Tenant+"/"+l.ID] = c.ID
		for _, w := range Words(l.Address, maxAddressWords) {
			rows[addressRows+c.Tenant+"/"+w+"/"+c.ID] = ""
		}
	}
	return rows
}

// replace gives the operations that bring the rows of a customer from was to is; either may be nil. Nothing where
// nothing changes.
func replace(was, is *Customer) (ops []machine.IndexOp) {
	var before, after map[string]string
	var tenant, id string
	if was != nil {
		before, tenant, id = was.lookups(), was.Tenant, was.ID
	}
	if is != nil {
		after, tenant, id = is.lookups(), is.Tenant, is.ID
	}
	for k := range before {
		if _, kept := after[k]; !kept {
			ops = append(ops, machine.IndexOp{Key: []byte(k), Delete: true})
		}
	}
	for k, v := range after {
		if old, there := before[k]; !there || old != v {
			ops = append(ops, machine.IndexOp{Key: []byte(k), Value: []byte(v)})
		}
	}
	slices.SortFunc(ops, func(a, b machine.IndexOp) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return append(ops, put(customerRows+tenant+"/"+id, encode(was), encode(is))...)
}

func replaceJob(was, is *Job) (ops []machine.IndexOp) {
	of := func(j *Job) string { return ofRows + j.Tenant + "/" + j.Customer + "/" + j.ID }
	if was != nil && (is == nil || of(was) != of(is)) {
		ops = append(ops, machine.IndexOp{Key: []byte(of(was)), Delete: true})
	}
	if is != nil && (was == nil || of(was) != of(is)) {
		ops = append(ops, machine.IndexOp{Key: []byte(of(is)), Value: []byte{}})
	}
	key := ""
	switch {
	case is != nil:
		key = jobRows + is.Tenant + "/" + is.ID
	case was != nil:
		key = jobRows + was.Tenant + "/" + was.ID
	}
	return append(ops, put(key, encode(was), encode(is))...)
}

// put writes a row that changes, deletes one that goes.
func put(key string, was, is []byte) []machine.IndexOp {
	switch {
	case string(was) == string(is):
		return nil
	case is == nil:
		return []machine.IndexOp{{Key: []byte(key), Delete: true}}
	}
	return []machine.IndexOp{{Key: []byte(key), Value: is}}
}

func encode[T any](v *T) []byte {
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic("directory: an entry that cannot be encoded: " + err.Error()) //nolint:forbidigo // plain structs always can
	}
	return b
}
