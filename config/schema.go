package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// A field of the file is an exported field of a struct with these tags:
//
//	key      its name in the file; "-" for fields that are not in the file
//	default  the value when the key is left out
//	min, max bounds of a number, or of the number of items of a list
//	enum     the values allowed, by commas
//	format   a name in formats: what a text must look like
//	need     "yes": must be given, or with a default, must not be emptied
type field struct {
	index            int
	key              string
	def              string
	hasDef           bool
	enum             []string
	format           string
	need             bool
	min, max         float64
	hasMin, hasMax   bool
	minText, maxText string
}

var schemas sync.Map // reflect.Type -> []field

// fieldsOf reads the tags of a struct type, once. A wrong tag is a mistake of ours and panics in the first test.
func fieldsOf(t reflect.Type) []field {
	if fs, ok := schemas.Load(t); ok {
		return fs.([]field) //nolint:forcetypeassert // nothing else is stored
	}
	var fs []field
	for i := range t.NumField() {
		sf := t.Field(i)
		f := field{index: i, key: sf.Tag.Get("key"), format: sf.Tag.Get("format"), need: sf.Tag.Get("need") == "yes"}
		if f.key == "-" || !sf.IsExported() {
			continue
		}
		if f.key == "" {
			panic(fmt.Sprintf("config: %s.%s has no key", t, sf.Name)) //nolint:forbidigo // a struct of ours is wrong
		}
		if e := sf.Tag.Get("enum"); e != "" {
			f.enum = strings.Split(e, ",")
		}
		if _, ok := formats[f.format]; !ok && f.format != "" {
			panic(fmt.Sprintf("config: %s.%s: format %q", t, sf.Name, f.format)) //nolint:forbidigo // the same
		}
		f.def, f.hasDef = sf.Tag.Lookup("default")
		f.minText, f.hasMin = sf.Tag.Lookup("min")
		f.maxText, f.hasMax = sf.Tag.Lookup("max")
		f.min, f.max = bound(f.minText), bound(f.maxText)
		fs = append(fs, f)
	}
	schemas.Store(t, fs)
	return fs
}

func bound(text string) float64 {
	if text == "" {
		return 0
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic("config: bound " + text) //nolint:forbidigo // a struct of ours is wrong
	}
	return n
}

// setDefaults fills a struct, and the structs in it, with the defaults of its tags.
func setDefaults(v reflect.Value) {
	for _, f := range fieldsOf(v.Type()) {
		fv := v.Field(f.index)
		if fv.Kind() == reflect.Struct {
			setDefaults(fv)
		}
		if f.hasDef {
			if msg := setText(fv, f, f.def); msg != "" {
				panic(fmt.Sprintf("config: default of %s.%s %s", v.Type(), f.key, msg)) //nolint:forbidigo // the same
			}
		}
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
