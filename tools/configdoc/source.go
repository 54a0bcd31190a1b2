package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// errUndocumented is returned for a setting without a doc comment.
var errUndocumented = errors.New("setting without a doc comment")

// structure is one struct of the configuration.
type structure struct {
	doc    string
	fields []setting
}

// setting is one key.
type setting struct {
	key, doc string
	tag      reflect.StructTag
	typ      string // string, bool, int64, ... or the name of a structure
	list     bool
}

// load reads the structs of a package that have keys.
func load(dir string) (map[string]structure, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", dir, err)
	}
	out := map[string]structure{}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("parsing %s: %w", path, err)
		}
		for _, decl := range f.Decls {
			if err := collect(decl, out); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func collect(decl ast.Decl, out map[string]structure) error {
	gen, ok := decl.(*ast.GenDecl)
	if !ok || gen.Tok != token.TYPE {
		return nil
	}
	for _, spec := range gen.Specs {
		ts := spec.(*ast.TypeSpec) //nolint:forcetypeassert // token.TYPE
		st, ok := ts.Type.(*ast.StructType)
		if !ok {
			continue
		}
		s := structure{doc: oneLine(gen.Doc.Text())}
		for _, fd := range st.Fields.List {
			if fd.Tag == nil {
				continue
			}
			raw, err := strconv.Unquote(fd.Tag.Value)
			if err != nil {
				return fmt.Errorf("tag of %s: %w", ts.Name.Name, err)
			}
			key := reflect.StructTag(raw).Get("key")
			if key == "" || key == "-" {
				continue
			}
			doc := oneLine(fd.Doc.Text())
			if doc == "" {
				return fmt.Errorf("%w: %s.%s", errUndocumented, ts.Name.Name, key)
			}
			typ, list := typeName(fd.Type)
			s.fields = append(s.fields, setting{key: key, doc: doc, tag: reflect.StructTag(raw), typ: typ, list: list})
		}
		if len(s.fields) > 0 {
			out[ts.Name.Name] = s
		}
	}
	return nil
}

func typeName(e ast.Expr) (name string, list bool) {
	switch t := e.(type) {
	case *ast.Ident:
		return t.Name, false
	case *ast.StarExpr:
		return typeName(t.X)
	case *ast.ArrayType:
		name, _ = typeName(t.Elt)
		return name, true
	}
	return "", false
}

func oneLine(doc string) string { return strings.Join(strings.Fields(doc), " ") }
