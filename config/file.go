package config

import (
	_ "embed"
	"fmt"
	"os"
	"reflect"

	"go.yaml.in/yaml/v3"
)

//go:embed demo.yml
var demo []byte

// DemoFile is the name the embedded demo center has in messages.
const DemoFile = "demo.yml (built in)"

// File is one configuration file that has no mistakes in itself.
type File struct {
	Name     string
	Center   *Center  // nil: the file has no center part
	Warnings Problems // what will not work as it stands (R104)

	node   Node
	places places
}

// Parse reads a configuration. The error is Problems with every mistake of the file; then nothing of it is returned.
func Parse(name string, data []byte) (*File, error) { return parse(name, data, maxValues) }

func parse(name string, data []byte, limit int) (*File, error) {
	root, err := parseYAML(name, data)
	if err != nil {
		return nil, err
	}
	f := &File{Name: name}
	d := &decoder{places: places{file: name, lines: map[string]int{"": 1}}, limit: limit}
	setDefaults(reflect.ValueOf(&f.node).Elem())
	if root != nil {
		node, center := split(root)
		if node != nil {
			d.value("node", node, reflect.ValueOf(&f.node).Elem(), field{})
		}
		if center != nil {
			f.Center = &Center{}
			setDefaults(reflect.ValueOf(f.Center).Elem())
			d.mapping("", center, reflect.ValueOf(f.Center).Elem())
			f.Center.places, f.Center.secret = d.places, d.sensed
		}
	}
	f.places = d.places
	if d.values > limit {
		return nil, Problems{f.places.at("", "has more than %d values, aliases followed", limit)}
	}
	d.problems = append(d.problems, f.node.check(f.originInFile)...)
	if f.Center != nil {
		problems, warnings := f.Center.check()
		d.problems = append(d.problems, problems...)
		f.Warnings = warnings
	}
	if err := d.problems.err(); err != nil {
		return nil, err
	}
	return f, nil
}

// Load reads a configuration file from disk.
func Load(path string) (*File, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxFileBytes {
		err = fmt.Errorf("larger than %d octets", maxFileBytes)
	}
	if err != nil {
		return nil, fmt.Errorf("reading configuration: %w", err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading configuration: %w", err)
	}
	f, err := Parse(path, data)
	if err != nil {
		return nil, err
	}
	if f.Center != nil && f.Center.secret && info.Mode().Perm()&0o077 != 0 {
		f.Warnings = append(f.Warnings, Problem{Source: path, Text: fmt.Sprintf(
			"holds plain passwords or SIP secrets and has mode %04o: chmod 600", info.Mode().Perm())})
	}
	return f, nil
}

// Demo is the built-in center that `serve` starts without a file: it listens on the loopback address only.
func Demo() (*File, error) { return Parse(DemoFile, demo) }

// DemoSource is the text of the demo center, a starting point for a file of one's own.
func DemoSource() []byte { return append([]byte(nil), demo...) }

// split parts the node settings from the center; center is nil when the file has nothing else.
func split(root *yaml.Node) (node, center *yaml.Node) {
	if root.Kind != yaml.MappingNode {
		return nil, root
	}
	rest := *root
	rest.Content = nil
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == "node" && node == nil {
			node = root.Content[i+1]
			continue
		}
		rest.Content = append(rest.Content, root.Content[i], root.Content[i+1])
	}
	if len(rest.Content) == 0 {
		return node, nil
	}
	return node, &rest
}

// Mistake names a field of the center and where it stands in its file.
func (c *Center) Mistake(path, format string, args ...any) Problem {
	return c.places.at(path, format, args...)
}

func (f *File) originInFile(key, format string, args ...any) Problem {
	return f.places.at(join("node", key), format, args...)
}
