package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/wirechief/wirechief/bench/engine"
)

// Child is the first argument of this program's children, whatever program it is.
const Child = "bench-child"

// answer stands before what a child has found out, as JSON.
const answer = "answer "

var errChild = errors.New("not a child's arguments")

// RunChild is what a child does; args are those behind Child.
func RunChild(ctx context.Context, out io.Writer, args []string) error {
	reply := func(v any, err error) error {
		if err != nil {
			return err
		}
		text, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("encoding the answer: %w", err)
		}
		_, err = fmt.Fprintf(out, "%s%s\n", answer, text)
		return err
	}
	switch {
	case len(args) == 4 && args[0] == "serve":
		return engine.Serve(ctx, out, args[1], args[2], args[3])
	case len(args) == 2 && args[0] == "seed":
		return reply(true, engine.Seed(ctx, args[1]))
	case len(args) == 2 && args[0] == "inspect":
		return reply(engine.Inspect(args[1]))
	case len(args) >= 3 && args[0] == "journal":
		each, err := time.ParseDuration(args[2])
		if err != nil {
			return fmt.Errorf("%w: %w", errChild, err)
		}
		var writers []int
		for _, a := range args[3:] {
			w, err := strconv.Atoi(a)
			if err != nil {
				return fmt.Errorf("%w: %w", errChild, err)
			}
			writers = append(writers, w)
		}
		return reply(engine.Journal(ctx, args[1], writers, each))
	}
	return fmt.Errorf("%w: %q", errChild, args)
}

// Journal measures the journal in a process of its own on the engine's core.
func (h *Host) Journal(
	ctx context.Context, dir string, each time.Duration, writers ...int,
) (f engine.JournalFigures, err error) {
	args := []string{"journal", dir, each.String()}
	for _, w := range writers {
		args = append(args, strconv.Itoa(w))
	}
	err = h.ask(ctx, &f, args...)
	return f, err
}
