package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wirechief/wirechief/config/secret"
)

type hashCmd struct{}

// Run reads one line, so that the password stands in no process list and no shell history.
func (hashCmd) Run(m *Main) error {
	in := bufio.NewReader(io.LimitReader(m.Stdin, secret.MaxPassword+2))
	line, err := in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading password: %w", err)
	}
	hash, err := secret.Hash(strings.TrimRight(line, "\r\n"))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(m.Stdout, hash)
	return err
}
