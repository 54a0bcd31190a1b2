package config

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// maxText is the longest text of one value in octets.
const maxText = 4096

// setText sets a scalar, or a list of texts by commas, from its spelling; it answers what is wrong with it, or "".
// The file, the environment and flags all come through here.
func setText(v reflect.Value, f field, text string) string {
	switch v.Kind() {
	case reflect.String:
		if msg := checkText(f, text); msg != "" {
			return msg
		}
		v.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return "must be true or false, is " + quote(text)
		}
		v.SetBool(text == "true")
	case reflect.Int, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 64)
		if err != nil || v.OverflowInt(n) {
			return fmt.Sprintf("must be a whole number%s, is %s", unitOf(f.key), quote(text))
		}
		if msg := checkRange(f, float64(n), text); msg != "" {
			return msg
		}
		v.SetInt(n)
	case reflect.Float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return fmt.Sprintf("must be a number%s, is %s", unitOf(f.key), quote(text))
		}
		if msg := checkRange(f, n, text); msg != "" {
			return msg
		}
		v.SetFloat(n)
	case reflect.Slice:
		return setList(v, f, text)
	default:
		panic("config: no scalar: " + v.Type().String()) //nolint:forbidigo // a struct of ours is wrong
	}
	return ""
}

func setList(v reflect.Value, f field, text string) string {
	items := []string{}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		if msg := checkText(f, item); msg != "" {
			return msg
		}
		items = append(items, item)
	}
	if msg := checkCount(f, len(items)); msg != "" {
		return msg
	}
	v.Set(reflect.ValueOf(items))
	return ""
}

func checkText(f field, text string) string {
	if len(text) > maxText {
		return fmt.Sprintf("is longer than %d octets", maxText)
	}
	if f.enum != nil && !slices.Contains(f.enum, text) {
		return fmt.Sprintf("must be one of %s, is %s", strings.Join(f.enum, ", "), quote(text))
	}
	if f.format != "" && text != "" {
		if msg := formats[f.format](text); msg != "" {
			return fmt.Sprintf("%s, is %s", msg, quote(text))
		}
	}
	return ""
}

func checkRange(f field, n float64, text string) string {
	switch {
	case f.hasMin && f.hasMax && (n < f.min || n > f.max):
		return fmt.Sprintf("must be %s to %s, is %s", f.minText, f.maxText, text)
	case f.hasMin && n < f.min:
		return fmt.Sprintf("must be at least %s, is %s", f.minText, text)
	case f.hasMax && n > f.max:
		return fmt.Sprintf("must be at most %s, is %s", f.maxText, text)
	}
	return ""
}

func checkCount(f field, n int) string {
	if f.hasMin && float64(n) < f.min {
		return fmt.Sprintf("needs at least %s, has %d", f.minText, n)
	}
	if limit := maxItemsOf(f); n > limit {
		return fmt.Sprintf("may have at most %d, has %d", limit, n)
	}
	return ""
}

func maxItemsOf(f field) int {
	if f.hasMax {
		return int(f.max)
	}
	return maxItems
}

// unitOf says the unit that a key's ending promises.
func unitOf(key string) string {
	for _, u := range [...][2]string{{"_ms", "milliseconds"}, {"_s", "seconds"}, {"_minutes", "minutes"}} {
		if strings.HasSuffix(key, u[0]) {
			return " of " + u[1]
		}
	}
	return ""
}

// quote shows a value in a message: bounded, and safe for a terminal.
func quote(s string) string {
	if len(s) > 60 {
		s = s[:60] + "..."
	}
	return strconv.Quote(s)
}
