package directory

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a file.
const (
	MaxFile     = 8 << 20 // octets
	MaxLines    = 100_000
	maxMistakes = 100 // told; the rest is counted
)

// columns of a file, in the order of an export. tenant and customer must be there.
var columns = []string{
	"tenant", "customer", "name", "numbers", "location", "address", "job", "job_type", "job_state", "job_at",
}

// File is what a file says: each customer and job once. A customer may have several lines, one for each location or
// job; numbers on any of them, by semicolons.
type File struct {
	Customers []*Customer
	Jobs      []*Job
	lines     map[any]int // *Customer, *Job -> where it first stands
}

// Mistake is one thing wrong with a file.
type Mistake struct {
	Line, Col int    // from 1; Col in octets, 0: the line as a whole
	Column    string // name
	Text      string
}

func (m Mistake) String() string {
	switch {
	case m.Column != "":
		return fmt.Sprintf("line %d, column %d (%s): %s", m.Line, m.Col, m.Column, m.Text)
	case m.Col > 0:
		return fmt.Sprintf("line %d, column %d: %s", m.Line, m.Col, m.Text)
	}
	return fmt.Sprintf("line %d: %s", m.Line, m.Text)
}

// Parse reads a file; with any mistake there is no File. granted says whether a tenant may be written.
func Parse(text []byte, number Numbering, granted func(tenant string) bool) (*File, []Mistake) {
	return parse(text, MaxFile, number, granted)
}

// stagedLimit is of a file as we write it: all columns, numbers in full, a line more for a customer.
const stagedLimit = 8 * MaxFile

func parse(text []byte, limit int, number Numbering, granted func(tenant string) bool) (*File, []Mistake) {
	p := &parser{
		number: number, granted: granted, at: make(map[string]int), customers: make(map[string]*Customer),
		jobs: make(map[string]*Job), maxLines: MaxLines * (limit / MaxFile), places: make(map[string]string), file: &File{lines: make(map[any]int)},
	}
	switch {
	case len(text) > limit:
		return nil, []Mistake{{Line: 1, Text: fmt.Sprintf("the file is larger than %d octets", limit)}}
	case !utf8.Valid(text):
		return nil, []Mistake{{Line: 1, Text: "the file is not UTF-8"}}
	}
	p.r = csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	p.r.FieldsPerRecord, p.r.ReuseRecord = -1, true
	if p.header() {
		p.body()
		p.finish()
	}
	if len(p.mistakes) == 0 {
		return p.file, nil
	}
	if more := len(p.mistakes) - maxMistakes; more > 0 {
		last := p.mistakes[maxMistakes-1].Line
		p.mistakes = append(p.mistakes[:maxMistakes], Mistake{Line: last, Text: fmt.Sprintf("and %d more mistakes", more)})
	}
	return nil, p.mistakes
}

type parser struct {
	r       *csv.Reader
	number  Numbering
	granted func(string) bool

	at        map[string]int // column -> field
	width     int
	maxLines  int
	row       []string
	line      int
	file      *File
	customers map[string]*Customer // tenant/id
	jobs      map[string]*Job
	places    map[string]string // tenant/location -> customer
	mistakes  []Mistake
}

func (p *parser) fail(column, format string, args ...any) {
	m := Mistake{Line: p.line, Column: column, Text: fmt.Sprintf(format, args...)}
	if i, ok := p.at[column]; ok && i < len(p.row) {
		m.Line, m.Col = p.r.FieldPos(i)
	}
	p.mistakes = append(p.mistakes, m)
}

// next reads a record; false at the end, or where the text is no CSV.
func (p *parser) next() bool {
	row, err := p.r.Read()
	if err == nil {
		p.row = row
		p.line, _ = p.r.FieldPos(0)
		return true
	}
	if bad, ok := errors.AsType[*csv.ParseError](err); ok {
		p.mistakes = append(p.mistakes, Mistake{Line: bad.Line, Col: bad.Column, Text: "not CSV: " + bad.Err.Error()})
	} else if !errors.Is(err, io.EOF) {
		p.mistakes = append(p.mistakes, Mistake{Line: p.line, Text: err.Error()})
	}
	return false
}

func (p *parser) header() bool {
	if !p.next() {
		if len(p.mistakes) == 0 {
			p.mistakes = append(p.mistakes, Mistake{Line: 1, Text: "the file is empty: the first line names the columns"})
		}
		return false
	}
	for i, name := range p.row {
		line, col := p.r.FieldPos(i)
		_, twice := p.at[name]
		switch {
		case !slices.Contains(columns, name):
			p.mistakes = append(p.mistakes, Mistake{Line: line, Col: col, Text: fmt.Sprintf(
				"unknown column %.40q, there are %s", name, strings.Join(columns, ", "))})
		case twice:
			p.mistakes = append(p.mistakes, Mistake{Line: line, Col: col, Text: fmt.Sprintf("column %s is there twice", name)})
		}
		p.at[name] = i
	}
	for _, need := range columns[:2] {
		if _, ok := p.at[need]; !ok {
			p.mistakes = append(p.mistakes, Mistake{Line: 1, Text: "column " + need + " is missing"})
		}
	}
	p.width = len(p.row)
	return len(p.mistakes) == 0
}

func (p *parser) value(column string) string {
	i, ok := p.at[column]
	if !ok {
		return ""
	}
	return strings.TrimSpace(strings.Clone(p.row[i]))
}

func (p *parser) body() {
	for n := 0; p.next(); n++ {
		if n == p.maxLines {
			p.mistakes = append(p.mistakes, Mistake{Line: p.line, Text: fmt.Sprintf("a file has at most %d lines", p.maxLines)})
			return
		}
		if len(p.row) != p.width {
			p.mistakes = append(p.mistakes, Mistake{Line: p.line, Text: fmt.Sprintf(
				"has %d values, the first line names %d columns", len(p.row), p.width)})
			continue
		}
		p.record()
	}
}

// record takes one line.
func (p *parser) record() {
	tenant, id := p.value("tenant"), p.value("customer")
	if !p.granted(tenant) {
		p.fail("tenant", "%.64q is not one of your tenants", tenant)
		return
	}
	if err := checkID("customer", id); err != nil {
		p.wrong("customer", err)
		return
	}
	c := p.customers[tenant+"/"+id]
	if c == nil {
		c = &Customer{Tenant: tenant, ID: id, Numbers: []string{}, Locations: []Location{}}
		p.customers[tenant+"/"+id] = c
		p.file.Customers = append(p.file.Customers, c)
		p.file.lines[c] = p.line
	}
	p.name(c)
	p.numbers(c)
	p.location(c)
	p.job(c)
}

// wrong tells an entry's error at its column.
func (p *parser) wrong(column string, err error) {
	text := err.Error()
	if f, ok := errors.AsType[*FieldError](err); ok {
		text = f.Text
	}
	p.fail(column, "%s", text)
}

func (p *parser) name(c *Customer) {
	name := p.value("name")
	switch {
	case name == "" || name == c.Name:
		return
	case c.Name != "":
		p.fail("name", "customer %s is %.80q in line %d", c.ID, c.Name, p.file.lines[c])
		return
	}
	if err := checkText("name", name, true); err != nil {
		p.wrong("name", err)
		return
	}
	c.Name = name
}

func (p *parser) numbers(c *Customer) {
	for n := range strings.SplitSeq(p.value("numbers"), ";") {
		if n = strings.TrimSpace(n); n == "" {
			continue
		}
		e164, err := p.number(n)
		if err != nil {
			p.fail("numbers", "%.40q is not a telephone number", n)
			continue
		}
		if slices.Contains(c.Numbers, e164) {
			continue
		}
		if len(c.Numbers) == MaxNumbers {
			p.fail("numbers", "a customer has at most %d", MaxNumbers)
			return
		}
		c.Numbers = append(c.Numbers, e164)
	}
}

func (p *parser) location(c *Customer) {
	id, address := p.value("location"), p.value("address")
	if id == "" {
		if address != "" {
			p.fail("address", "stands without a location")
		}
		return
	}
	if err := checkID("location", id); err != nil {
		p.wrong("location", err)
		return
	}
	if i := slices.IndexFunc(c.Locations, func(l Location) bool { return l.ID == id }); i >= 0 {
		if address != "" && address != c.Locations[i].Address {
			p.fail("address", "location %s is at %.80q in an earlier line", id, c.Locations[i].Address)
		}
		return
	}
	if owner, taken := p.places[c.Tenant+"/"+id]; taken && owner != c.ID {
		p.fail("location", "%s is customer %s's in an earlier line", id, owner)
		return
	}
	if err := checkText("address", address, true); err != nil {
		p.wrong("address", err)
		return
	}
	if len(c.Locations) == MaxLocations {
		p.fail("location", "a customer has at most %d", MaxLocations)
		return
	}
	p.places[c.Tenant+"/"+id] = c.ID
	c.Locations = append(c.Locations, Location{id, address})
}

func (p *parser) job(c *Customer) {
	j := &Job{
		Tenant: c.Tenant, ID: p.value("job"), Customer: c.ID, Location: p.value("location"), Type: p.value("job_type"),
		State: p.value("job_state"), At: p.value("job_at"),
	}
	if j.ID == "" {
		for _, column := range columns[7:] {
			if p.value(column) != "" {
				p.fail(column, "stands without a job")
			}
		}
		return
	}
	if err := j.Check(); err != nil {
		column := "job"
		if f, ok := errors.AsType[*FieldError](err); ok && f.Field != "id" && slices.Contains(columns, "job_"+f.Field) {
			column = "job_" + f.Field
		}
		if !strings.HasPrefix(err.Error(), "location") { // said at its own column
			p.wrong(column, err)
		}
		return
	}
	key := c.Tenant + "/" + j.ID
	if first := p.jobs[key]; first != nil {
		p.fail("job", "%s stands in line %d already", j.ID, p.file.lines[first])
		return
	}
	p.jobs[key] = j
	p.file.Jobs = append(p.file.Jobs, j)
	p.file.lines[j] = p.line
}

// finish finds what only the whole file shows.
func (p *parser) finish() {
	p.row = nil
	for _, c := range p.file.Customers {
		slices.Sort(c.Numbers)
		if c.Name == "" {
			p.mistakes = append(p.mistakes, Mistake{Line: p.file.lines[c], Text: fmt.Sprintf("customer %s has no name", c.ID)})
		}
	}
	slices.SortStableFunc(p.mistakes, func(a, b Mistake) int { return a.Line - b.Line })
}

// Writer writes files that Parse reads.
type Writer struct{ w *csv.Writer }

// NewWriter begins a file.
func NewWriter(w io.Writer) (*Writer, error) {
	c := csv.NewWriter(w)
	return &Writer{c}, c.Write(columns)
}

// Put writes a customer with its jobs: one line for each location, one for each job.
func (w *Writer) Put(c *Customer, jobs []*Job) error {
	name, numbers := c.Name, strings.Join(c.Numbers, ";")
	line := func(location, address, job, typ, state, at string) error {
		err := w.w.Write([]string{c.Tenant, c.ID, name, numbers, location, address, job, typ, state, at})
		name, numbers = "", ""
		return err
	}
	for _, l := range c.Locations {
		if err := line(l.ID, l.Address, "", "", "", ""); err != nil {
			return err
		}
	}
	for _, j := range jobs {
		location, address := "", "" // one the customer has no more is left out
		if i := slices.IndexFunc(c.Locations, func(l Location) bool { return l.ID == j.Location }); i >= 0 {
			location, address = j.Location, c.Locations[i].Address
		}
		if err := line(location, address, j.ID, j.Type, j.State, j.At); err != nil {
			return err
		}
	}
	if name == "" {
		return nil
	}
	return line("", "", "", "", "", "")
}

// Close ends the file.
func (w *Writer) Close() error {
	w.w.Flush()
	return w.w.Error()
}
