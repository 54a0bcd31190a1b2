package directory

import (
	"strings"

	"github.com/wirechief/wirechief/persistence"
)

// Limits of a search.
const (
	maxScanned         = 2_000 // rows
	maxTenantsSearched = 1_000
	minDigits          = 3 // that make a text a number
)

// Query is what is searched for.
type Query struct {
	Text    string
	Tenants []string // the only ones looked at (R9)
	Limit   int
	Number  Numbering
}

// Result is what a search found; Partial says that there may be more.
type Result struct {
	Customers []*Customer
	Partial   bool
}

type search struct {
	Query
	v    *persistence.View
	out  Result
	seen map[string]bool
	rows int
	err  error
}

// Search finds customers by the beginning of a number, or by beginnings of words of the name, then of an address.
func (d *Directory) Search(q Query) (Result, error) {
	d.Stats.Searches.Add(1)
	v := d.engine.Journal().View()
	defer v.Close()
	s := &search{Query: q, v: v, seen: make(map[string]bool), out: Result{Customers: []*Customer{}}}
	if len(s.Tenants) > maxTenantsSearched {
		s.Tenants, s.out.Partial = s.Tenants[:maxTenantsSearched], true
	}
	if prefix, ok := numberPrefix(q.Text, q.Number); ok {
		for _, t := range s.Tenants {
			s.scan(numberRows, t, prefix, func(*Customer) bool { return true })
		}
		return s.out, s.err
	}
	words := Words(q.Text, maxNameWords)
	if len(words) == 0 {
		return s.out, nil
	}
	for _, t := range s.Tenants {
		s.scan(nameRows, t, words[0], func(c *Customer) bool { return begin(words, Words(c.Name, maxNameWords)) })
	}
	for _, t := range s.Tenants {
		s.scan(addressRows, t, words[0], func(c *Customer) bool {
			for _, l := range c.Locations {
				if begin(words, Words(l.Address, maxAddressWords)) {
					return true
				}
			}
			return false
		})
	}
	return s.out, s.err
}

// begin says whether each of the words begins one of the text's.
func begin(words, text []string) bool {
	for _, w := range words {
		ok := false
		for _, t := range text {
			ok = ok || strings.HasPrefix(t, w)
		}
		if !ok {
			return false
		}
	}
	return true
}

// numberPrefix says whether a text is meant as a telephone number, and how the one form of it begins.
func numberPrefix(text string, number Numbering) (string, bool) {
	digits := 0
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case !strings.ContainsRune("+-() ./", r):
			return "", false
		}
	}
	if digits < minDigits {
		return "", false
	}
	if e164, err := number(text); err == nil {
		return e164, true
	}
	return "+" + strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text), true
}

// scan takes the customers whose look-up rows of a tenant begin so.
func (s *search) scan(rows, tenant, prefix string, fits func(*Customer) bool) {
	if len(s.out.Customers) >= s.Limit || s.rows >= maxScanned || s.err != nil {
		s.out.Partial = true
		return
	}
	for k := range s.v.Scan([]byte(rows + tenant + "/" + prefix)) {
		if len(s.out.Customers) >= s.Limit || s.rows >= maxScanned {
			s.out.Partial = true
			return
		}
		s.rows++
		id := string(k[strings.LastIndexByte(string(k), '/')+1:])
		if s.seen[tenant+"/"+id] {
			continue
		}
		s.seen[tenant+"/"+id] = true
		c, err := get[Customer](s.v, customerRows+tenant+"/"+id)
		if err != nil {
			s.err = err
			return
		}
		if c != nil && fits(c) {
			s.out.Customers = append(s.out.Customers, c)
		} else {
			delete(s.seen, tenant+"/"+id) // its address may fit
		}
	}
}

// MaxByNumber bounds the candidates of a caller's number.
const MaxByNumber = 10

// ByNumber gives the customers of a tenant with a number, at most MaxByNumber.
func (d *Directory) ByNumber(tenant, e164 string) ([]*Customer, error) {
	v := d.engine.Journal().View()
	defer v.Close()
	var out []*Customer
	prefix := numberRows + tenant + "/" + e164 + "/"
	for k := range v.Scan([]byte(prefix)) {
		c, err := get[Customer](v, customerRows+tenant+"/"+strings.TrimPrefix(string(k), prefix))
		if err != nil {
			return nil, err
		}
		if c != nil {
			out = append(out, c)
		}
		if len(out) == MaxByNumber {
			break
		}
	}
	return out, nil
}
