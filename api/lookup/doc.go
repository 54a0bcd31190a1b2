// Package lookup finds whose number a caller's is (R10): in the embedded directory, else by asking a CRM, with a
// deadline from the arrival on. It hears of arrivals from the public feed, after they are durable, so that no call ever
// waits for it; what it finds is handed on as a suggestion.
//
// It must not know calls beyond their id, tenant and caller, and decides nothing: what one or several candidates mean is
// the call's rule.
package lookup
