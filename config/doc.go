// Package config reads the configuration file: strictly, completely and with every mistake named at once by file, line
// and field, never half applied.
//
// A file has two parts. Node settings (under `node:`) belong to one process and may be overlaid by the environment and
// by flags. The center (company, tenants, numbers, queues, agents ...) becomes a callcenter.Center, lives in the
// journal from then on and is the same for all nodes.
//
// It must not know what the settings do: it knows names, units, ranges and references. Every exported field of the
// structs here is a key of the file; its doc comment is its documentation (docs/configuration.md is made from it).
package config

//go:generate go run ../tools/configdoc -dir . -out ../docs/configuration.md
