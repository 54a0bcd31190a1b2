package config

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// EnvPrefix begins the name of every environment variable of a setting.
const EnvPrefix = "WIRECHIEF_"

// Setting is one node setting given outside the file, by its path without `node.`: {"sip.udp", "127.0.0.1:5060"}.
type Setting struct {
	Key, Value string
	Source     string // where it was given, for messages: "--sip-udp"
}

// Settings gives the node settings in force: defaults, then the file, then the environment (KEY=value strings as
// os.Environ gives them), then flags. A mistake names the source of the value. Variables that begin with WIRECHIEF_
// and are no setting give warnings: container platforms make such names up.
func (f *File) Settings(environ []string, flags []Setting) (Node, Problems, error) {
	o := overlay{node: f.node, paths: NodeKeys(), sources: map[string]string{}}
	n := &o.node
	n.SIP.UDP, n.SIP.TCP, n.HTTP.Origins = slices.Clone(n.SIP.UDP), slices.Clone(n.SIP.TCP), slices.Clone(n.HTTP.Origins)
	warnings := o.environment(environ)
	for _, s := range flags {
		o.set(s)
	}
	o.problems = append(o.problems, n.check(func(key, format string, args ...any) Problem {
		if src, ok := o.sources[key]; ok {
			return Problem{Source: src, Path: key, Text: fmt.Sprintf(format, args...)}
		}
		return f.originInFile(key, format, args...)
	})...)
	if err := o.problems.err(); err != nil {
		return Node{}, warnings, err
	}
	n.complete()
	return *n, warnings, nil
}

// overlay lays values from outside the file over a node.
type overlay struct {
	node     Node
	paths    []string
	sources  map[string]string // key -> where its value is from
	problems Problems
}

func (o *overlay) set(s Setting) {
	fail := func(msg string) {
		o.problems = append(o.problems, Problem{Source: s.Source, Path: s.Key, Text: msg})
	}
	v, f, ok := find(reflect.ValueOf(&o.node).Elem(), s.Key)
	if !ok {
		fail("unknown setting" + suggestPath(s.Key, o.paths))
		return
	}
	o.sources[s.Key] = s.Source
	msg := setText(v, f, s.Value)
	if msg == "" && f.need && s.Value == "" {
		msg = "must not be empty"
	}
	if msg != "" {
		fail(msg)
	}
}

func (o *overlay) environment(environ []string) (warnings Problems) {
	keys := make(map[string]string, len(o.paths))
	for _, p := range o.paths {
		keys[EnvName(p)] = p
	}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, EnvPrefix) || name == EnvConfig {
			continue
		}
		source := "environment variable " + name
		if key, ok := keys[name]; ok {
			o.set(Setting{Key: key, Value: value, Source: source})
			continue
		}
		warnings = append(warnings, Problem{Source: source, Text: "is no setting of ours: ignored"})
	}
	return warnings
}

// EnvConfig names the configuration file where --config is not given.
const EnvConfig = EnvPrefix + "CONFIG"

// EnvName is the environment variable of a node setting: sip.udp is WIRECHIEF_SIP_UDP.
func EnvName(key string) string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// NodeKeys lists the paths of all node settings, in the order of the documentation.
func NodeKeys() []string { return settingPaths(reflect.TypeFor[Node](), "") }

// DefaultNode is a node without file, environment and flags.
func DefaultNode() Node {
	var n Node
	setDefaults(reflect.ValueOf(&n).Elem())
	n.complete()
	return n
}

// complete fills what is derived from other settings.
func (n *Node) complete() {
	if n.RecordingsDir == "" {
		n.RecordingsDir = filepath.Join(n.DataDir, "recordings")
	}
	if n.Auth.TokenKeyFile == "" {
		n.Auth.TokenKeyFile = filepath.Join(n.DataDir, "token.key")
	}
}

// check finds what is wrong between settings that are each right alone.
func (n *Node) check(at func(key, format string, args ...any) Problem) Problems {
	var ps Problems
	if len(n.SIP.UDP)+len(n.SIP.TCP) == 0 {
		ps = append(ps, at("sip.udp", "sip.udp and sip.tcp are both empty: no call could come in"))
	}
	if n.Media.PortMax < n.Media.PortMin+1 {
		ps = append(ps, at("media.port_max", "must be above media.port_min (%d), is %d", n.Media.PortMin, n.Media.PortMax))
	}
	if pairs := (n.Media.PortMax - n.Media.PortMin + 1) / 2; pairs > 0 && pairs < 2 {
		ps = append(ps, at("media.port_max", "the range %d-%d holds %d pair of ports: one call needs two",
			n.Media.PortMin, n.Media.PortMax, pairs))
	}
	if n.SIP.RegisterMaxS < n.SIP.RegisterMinS {
		ps = append(ps, at("sip.register_max_s", "must not be below sip.register_min_s (%d), is %d",
			n.SIP.RegisterMinS, n.SIP.RegisterMaxS))
	} else if d := n.SIP.RegisterDefaultS; d < n.SIP.RegisterMinS || d > n.SIP.RegisterMaxS {
		ps = append(ps, at("sip.register_default_s", "must be %d to %d (register_min_s, register_max_s), is %d",
			n.SIP.RegisterMinS, n.SIP.RegisterMaxS, d))
	}
	if n.Auth.RefreshMs < n.Auth.TokenMs {
		ps = append(ps, at("auth.refresh_ms", "must not be below auth.token_ms (%d), is %d",
			n.Auth.TokenMs, n.Auth.RefreshMs))
	}
	return ps
}

// find follows a path of keys to a scalar or list setting.
func find(v reflect.Value, key string) (reflect.Value, field, bool) {
	head, rest, more := strings.Cut(key, ".")
	f, ok := findField(fieldsOf(v.Type()), head)
	if !ok {
		return v, f, false
	}
	v = v.Field(f.index)
	if isGroup := v.Kind() == reflect.Struct; isGroup != more {
		return v, f, false
	}
	if more {
		return find(v, rest)
	}
	return v, f, true
}

func settingPaths(t reflect.Type, prefix string) []string {
	var paths []string
	for _, f := range fieldsOf(t) {
		if ft := t.Field(f.index).Type; ft.Kind() == reflect.Struct {
			paths = append(paths, settingPaths(ft, join(prefix, f.key))...)
			continue
		}
		paths = append(paths, join(prefix, f.key))
	}
	return paths
}

func suggestPath(key string, paths []string) string {
	fields := make([]field, len(paths))
	for i, p := range paths {
		fields[i].key = p
	}
	return suggest(key, fields)
}
