package main

import (
	"strings"
)

// bubbleLine is the command of a typed line about bubbles; call is the last one seen. "": it is none.
func bubbleLine(words []string, call string) (typ string, fields map[string]any) {
	arg := func(n int) string {
		if len(words) > n {
			return words[n]
		}
		return ""
	}
	rest := func(n int) string { return strings.Join(words[min(n, len(words)):], " ") }
	on := func(more map[string]any) map[string]any {
		more["call"] = call
		return more
	}
	switch words[0] {
	case "bubble":
		return "bubble.create", map[string]any{"tenant": arg(1)}
	case "focus":
		if arg(1) != "" {
			call = arg(1)
		}
		return "focus", on(map[string]any{})
	case "drafted":
		if arg(1) != "" {
			call = arg(1)
		}
		return "bubble.draft_get", on(map[string]any{})
	case "draft": // draft version text
		return "bubble.draft", on(map[string]any{"version": number(arg(1)), "text": rest(2)})
	case "do":
		return "bubble.action", pairs(words[1:], map[string]any{"action": arg(1)})
	case "note":
		return "bubble.note", pairs(words[1:], on(map[string]any{}))
	case "check":
		return "bubble.check_link", on(map[string]any{"location": arg(1)})
	case "unlinked":
		return "bubble.book_unlinked", on(map[string]any{"job": arg(1)})
	case "suggestion":
		return "bubble.suggestion", on(map[string]any{"suggestion": arg(1), "accept": arg(2) == "yes"})
	case "tenant":
		return "bubble.tenant", on(map[string]any{"tenant": arg(1)})
	case "customer":
		return "bubble.choose_customer", on(map[string]any{"customer": arg(1), "name": rest(2)})
	}
	return markLine(words, arg, rest, on)
}

func markLine(
	words []string, arg, rest func(int) string, on func(map[string]any) map[string]any,
) (typ string, fields map[string]any) {
	switch words[0] {
	case "tag":
		return "bubble.tags", on(map[string]any{"add": []string{arg(1)}})
	case "untag":
		return "bubble.tags", on(map[string]any{"remove": []string{arg(1)}})
	case "notes":
		return "bubble.notes", on(map[string]any{"text": rest(1)})
	case "callback":
		return "bubble.needs_callback", on(map[string]any{"on": arg(1) != "off"})
	case "followup":
		return "bubble.follow_up", on(map[string]any{"on": arg(1), "note": rest(2)})
	case "followed":
		return "bubble.follow_up_done", on(map[string]any{})
	case "correct":
		return "call.correct", map[string]any{"call": arg(1), "field": arg(2), "value": rest(3)}
	case "seen":
		return "notices.seen", nil
	}
	return "", nil
}

// pairs adds key=value words.
func pairs(words []string, fields map[string]any) map[string]any {
	for _, w := range words {
		if k, v, ok := strings.Cut(w, "="); ok {
			fields[k] = v
		}
	}
	return fields
}

// number reads a version; what is none is the first.
func number(s string) (n uint64) {
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0
		}
		n = n*10 + uint64(r-'0')
	}
	return n
}
