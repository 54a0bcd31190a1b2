package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/config"
)

func TestPageIsCurrent(t *testing.T) {
	want, err := Render("../../config")
	require.NoError(t, err)
	got, err := os.ReadFile("../../docs/configuration.md")
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run go generate ./config")
}

// The page is made from the source text; the program reads the same structs by reflection.
func TestPageHasEveryNodeSetting(t *testing.T) {
	page, err := Render("../../config")
	require.NoError(t, err)
	for _, key := range config.NodeKeys() {
		require.Contains(t, string(page), "`"+config.EnvName(key)+"`", key)
	}
}

func TestUndocumentedSettingIsAnError(t *testing.T) {
	dir := t.TempDir()
	src := "package config\n\n// Node is.\ntype Node struct {\n\tName string `key:\"name\"`\n}\n"
	require.NoError(t, os.WriteFile(dir+"/node.go", []byte(src), 0o600))
	_, err := Render(dir)
	require.ErrorIs(t, err, errUndocumented)
}
