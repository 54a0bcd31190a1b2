package api

import (
	"encoding/json"
	"reflect"

	"github.com/invopop/jsonschema"
	"go.yaml.in/yaml/v3"

	"github.com/wirechief/wirechief/api/feed"
	"github.com/wirechief/wirechief/api/wire"
)

type object = map[string]any

// AsyncAPI is the published description of the CSR WebSocket and of the public events, made from the structs that are
// sent and read.
func AsyncAPI() []byte {
	messages, in, out := object{}, []any{}, []any{}
	add := func(typ, summary string, value any, list *[]any) {
		messages[typ] = object{"name": typ, "summary": summary, "payload": schema(value, typ)}
		*list = append(*list, object{"$ref": "#/channels/desk/messages/" + typ})
	}
	for _, c := range wire.Commands() {
		add(c.Type, "Command "+c.Type+", answered by its id", c.New(), &in)
	}
	add("ok", "The command was carried out, durably", &wire.Answer{}, &out)
	add("error", "The command was refused, see docs/errors.md", &wire.Answer{}, &out)
	for _, e := range wire.Catalog() {
		add(e.Type, e.Summary, e.Value, &out)
	}
	events, public := object{}, []any{}
	for _, e := range feed.Catalog() {
		events[e.Type] = object{"name": e.Type, "summary": e.Summary, "payload": schema(e.Value, e.Type)}
		public = append(public, object{"$ref": "#/channels/events/messages/" + e.Type})
	}
	doc := object{
		"asyncapi": "3.0.0",
		"info": object{
			"title": "Wirechief CSR WebSocket", "version": "1",
			"description": "JSON text frames of at most 64 KiB. The first frame is auth with an access token of POST /v1/login. " +
				"Every command is answered by its id. Numbered events carry seq and the seq of the frame before (prev); " +
				"after a lost connection, auth or resume with the last seq brings what was missed, or a snapshot. " +
				"Events of one change share a seq, and a replay may repeat the last change. " +
				"Close codes: 1001 connect again, 1003 text frames only, 1009 frame too big, 1013 try later, " +
				"4401 no valid token, 4403 signed out or not allowed, 4408 fell behind: connect again and resume.",
		},
		"channels": object{
			"desk": object{"address": "/v1/ws", "messages": messages},
			"events": object{
				"address": "/v1/events", "messages": events,
				"description": "Public events for integrators: read by long poll or as text/event-stream, or posted to webhooks in " +
					"batches {webhook, prev, events}. Later versions may add events and fields, never change these.",
			},
		},
		"operations": object{
			"command": object{"action": "receive", "channel": object{"$ref": "#/channels/desk"}, "messages": in},
			"event":   object{"action": "send", "channel": object{"$ref": "#/channels/desk"}, "messages": out},
			"feed":    object{"action": "send", "channel": object{"$ref": "#/channels/events"}, "messages": public},
		},
	}
	b, err := yaml.Marshal(doc)
	if err != nil {
		panic("api: its own description cannot be encoded: " + err.Error()) //nolint:forbidigo // a mistake of the program itself
	}
	return b
}

// schema is the JSON schema of a frame, with its type fixed.
func schema(value any, typ string) object {
	_, frame := value.(wire.Event) // events may get more fields later; commands with unknown ones are refused
	_, public := value.(feed.Event)
	event := frame || public
	r := jsonschema.Reflector{
		Anonymous: true, DoNotReference: true, AllowAdditionalProperties: event,
		LookupComment: func(t reflect.Type, field string) string {
			if t.Kind() != reflect.Struct {
				return ""
			}
			f, _ := t.FieldByName(field)
			return f.Tag.Get("doc")
		},
	}
	raw, err := json.Marshal(r.Reflect(value))
	out := object{}
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		panic("api: no schema of " + typ + ": " + err.Error()) //nolint:forbidigo // a mistake of the program itself
	}
	delete(out, "$schema")
	if p, ok := out["properties"].(object); ok {
		p["type"] = object{"type": "string", "const": typ}
	}
	return out
}
