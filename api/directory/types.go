package directory

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of one entry.
const (
	MaxNumbers   = 16
	MaxLocations = 50
	MaxText      = 256 // octets of a name, address, type or note
)

// Customer is a person or business with its numbers and locations.
type Customer struct {
	Tenant    string     `json:"tenant"`
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Numbers   []string   `json:"numbers" doc:"E.164"`
	Locations []Location `json:"locations"`
}

// Location is where a customer is served. Its id is the only one of the tenant.
type Location struct {
	ID      string `json:"id" maxLength:"64"`
	Address string `json:"address" maxLength:"256"`
}

// Job is work for a customer.
type Job struct {
	Tenant   string `json:"tenant"`
	ID       string `json:"id"`
	Customer string `json:"customer"`
	Location string `json:"location,omitempty"`
	Type     string `json:"type,omitempty"`
	State    string `json:"state" doc:"booked, done or canceled"`
	At       string `json:"at,omitempty" format:"date-time" doc:"When it is to be done"`
}

// States of a job.
var states = []string{"booked", "done", "canceled"}

var (
	reID   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$`)
	reE164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
)

// FieldError says which field of an entry is wrong.
type FieldError struct{ Field, Text string }

func (e *FieldError) Error() string { return e.Field + " " + e.Text }

func wrong(field, format string, args ...any) error {
	return &FieldError{field, fmt.Sprintf(format, args...)}
}

// Numbering gives a number in any spelling its E.164 form.
type Numbering func(text string) (string, error)

// Plain takes E.164 only.
func Plain(text string) (string, error) {
	if !reE164.MatchString(text) {
		return "", fmt.Errorf("%.40q is not a telephone number in E.164", text)
	}
	return text, nil
}

func checkID(field, id string) error {
	if !reID.MatchString(id) {
		return wrong(field, "must be 1 to 64 of A-Z a-z 0-9 . _ : - and begin with a letter or digit, is %.80q", id)
	}
	return nil
}

func checkText(field, s string, need bool) error {
	switch {
	case need && strings.TrimSpace(s) == "":
		return wrong(field, "is missing")
	case len(s) > MaxText:
		return wrong(field, "is longer than %d octets", MaxText)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return wrong(field, "must be text of one line in UTF-8")
	}
	return nil
}

// Check finds the first thing that is wrong, and brings the numbers into their one form, sorted, each once.
func (c *Customer) Check(number Numbering) error {
	if err := checkID("id", c.ID); err != nil {
		return err
	}
	c.Name = strings.TrimSpace(c.Name)
	if err := checkText("name", c.Name, true); err != nil {
		return err
	}
	numbers := []string{}
	for _, n := range c.Numbers {
		e164, err := number(n)
		if err != nil {
			return wrong("numbers", "holds %.40q, which is not a telephone number", n)
		}
		if !slices.Contains(numbers, e164) {
			numbers = append(numbers, e164)
		}
	}
	if len(numbers) > MaxNumbers {
		return wrong("numbers", "may have at most %d, has %d", MaxNumbers, len(numbers))
	}
	slices.Sort(numbers)
	c.Numbers = numbers
	if len(c.Locations) > MaxLocations {
		return wrong("locations", "may have at most %d, has %d", MaxLocations, len(c.Locations))
	}
	if c.Locations == nil {
		c.Locations = []Location{}
	}
	for i := range c.Locations {
		l := &c.Locations[i]
		l.Address = strings.TrimSpace(l.Address)
		if err := checkID("locations", l.ID); err != nil {
			return err
		}
		if err := checkText("locations", l.Address, true); err != nil {
			return err
		}
		if slices.ContainsFunc(c.Locations[:i], func(o Location) bool { return o.ID == l.ID }) {
			return wrong("locations", "has %q twice", l.ID)
		}
	}
	return nil
}

// Check finds the first thing that is wrong.
func (j *Job) Check() error {
	if err := checkID("id", j.ID); err != nil {
		return err
	}
	if err := checkID("customer", j.Customer); err != nil {
		return err
	}
	if j.Location != "" {
		if err := checkID("location", j.Location); err != nil {
			return err
		}
	}
	j.Type = strings.TrimSpace(j.Type)
	if err := checkText("type", j.Type, false); err != nil {
		return err
	}
	if j.State == "" {
		j.State = states[0]
	}
	if !slices.Contains(states, j.State) {
		return wrong("state", "must be one of %s, is %.40q", strings.Join(states, ", "), j.State)
	}
	if j.At == "" {
		return nil
	}
	at, err := time.Parse(time.RFC3339, j.At)
	if err != nil {
		return wrong("at", "must be a time as RFC 3339, is %.40q", j.At)
	}
	j.At = at.UTC().Format(time.RFC3339)
	return nil
}
