package config

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Limits of a file.
const (
	maxFileBytes = 32 << 20
	maxItems     = 100_000 // of one list without a bound of its own
	maxValues    = 2 << 20 // of the whole file, aliases followed: a few lines can stand for billions
)

// decoder fills structs from YAML nodes and gathers every problem.
type decoder struct {
	places
	problems Problems
	values   int  // decoded so far
	limit    int  // of values
	sensed   bool // a value of format "secret" was given
}

func (d *decoder) fail(path, format string, args ...any) {
	d.problems = append(d.problems, d.at(path, format, args...))
}

var reYAMLError = regexp.MustCompile(`(?s)^yaml: (?:line (\d+): )?(.*)$`)

// parseYAML reads the one document of a file; an empty file is a nil node.
func parseYAML(file string, data []byte) (*yaml.Node, error) {
	whole := places{file: file, lines: map[string]int{"": 1}}
	if len(data) > maxFileBytes {
		return nil, Problems{whole.at("", "is larger than %d octets", maxFileBytes)}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err == nil {
		if err = dec.Decode(&more); errors.Is(err, io.EOF) {
			return doc.Content[0], nil
		}
		if err == nil {
			whole.lines[""] = more.Line
			return nil, Problems{whole.at("", "a second YAML document begins here: only one is read")}
		}
	}
	text := err.Error()
	if m := reYAMLError.FindStringSubmatch(text); m != nil {
		text = m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			whole.lines[""] = n
		}
	}
	return nil, Problems{whole.at("", "not YAML: %s", text)}
}

// value decodes one node into v, which holds its default already.
func (d *decoder) value(path string, n *yaml.Node, v reflect.Value, f field) {
	if d.values++; d.values > d.limit {
		return // Parse says so
	}
	d.lines[path] = n.Line
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.ShortTag() == "!!null" {
		d.fail(path, "is empty: give a value or leave the key out")
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		setDefaults(v.Elem())
		d.value(path, n, v.Elem(), f)
	case reflect.Struct:
		d.mapping(path, n, v)
	case reflect.Slice:
		d.list(path, n, v, f)
	default:
		d.scalar(path, n, v, f)
	}
}

func (d *decoder) scalar(path string, n *yaml.Node, v reflect.Value, f field) {
	if n.Kind != yaml.ScalarNode {
		d.fail(path, "must be a single value, is %s", kindOf(n))
		return
	}
	tag := n.ShortTag()
	switch k := v.Kind(); {
	case k == reflect.String && tag == "!!bool":
		d.fail(path, "must be text: write it in quotes")
		return
	case k != reflect.String && tag == "!!str":
		// A quoted number or bool is text, so it is refused with what it should be.
		if msg := setText(reflect.New(v.Type()).Elem(), field{key: f.key}, n.Value); msg == "" {
			d.fail(path, "must be written without quotes")
			return
		}
	}
	if msg := setText(v, f, n.Value); msg != "" {
		if f.format == "secret" || f.format == "argon2id" || f.format == "url" {
			msg = formats[f.format](n.Value) // never show a secret, nor one in a URL
		}
		d.fail(path, "%s", msg)
		return
	}
	if f.format == "secret" && n.Value != "" {
		d.sensed = true
	}
	if f.need && n.Value == "" {
		d.fail(path, "must not be empty")
	}
}

func (d *decoder) list(path string, n *yaml.Node, v reflect.Value, f field) {
	if n.Kind != yaml.SequenceNode {
		d.fail(path, "must be a list, is %s", kindOf(n))
		return
	}
	if msg := checkCount(f, len(n.Content)); msg != "" {
		d.fail(path, "%s", msg)
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	each := f
	each.hasMin, each.hasMax, each.hasDef = false, false, false
	each.need = true
	for i, item := range n.Content {
		at := path + "[" + strconv.Itoa(i) + "]"
		if out.Index(i).Kind() == reflect.Struct {
			setDefaults(out.Index(i))
		}
		d.value(at, item, out.Index(i), each)
	}
	v.Set(out)
}

// mapping decodes the keys of a struct and complains of those it does not have.
func (d *decoder) mapping(path string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.fail(path, "must have keys and values, is %s", kindOf(n))
		return
	}
	fields := fieldsOf(v.Type())
	seen := make(map[string]int, len(fields))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		at := join(path, key.Value)
		f, ok := findField(fields, key.Value)
		if !ok {
			d.lines[at] = key.Line
			d.fail(at, "unknown key%s", suggest(key.Value, fields))
			continue
		}
		if line, twice := seen[key.Value]; twice {
			d.lines[at] = key.Line
			d.fail(at, "is given twice, first in line %d", line)
			continue
		}
		seen[key.Value] = key.Line
		d.value(at, n.Content[i+1], v.Field(f.index), f)
	}
	for _, f := range fields {
		if _, ok := seen[f.key]; f.need && !f.hasDef && !ok {
			d.fail(join(path, f.key), "is missing")
		}
	}
}

func findField(fields []field, key string) (field, bool) {
	for _, f := range fields {
		if f.key == key {
			return f, true
		}
	}
	return field{}, false
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		return "the single value " + quote(n.Value)
	default:
		return "something else"
	}
}

// suggest names the known key that a misspelt one is near to.
func suggest(key string, fields []field) string {
	best, bestAt := "", 1+len(key)/3
	for _, f := range fields {
		if n := distance(key, f.key); n <= bestAt && (best == "" || n < bestAt) {
			best, bestAt = f.key, n
		}
	}
	if best == "" || len(key) > 64 {
		return ""
	}
	return ", did you mean " + best + "?"
}

// distance is the number of letters to put in, take out or change (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost++
			}
			diag = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
