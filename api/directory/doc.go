// Package directory is the embedded directory: customers with their telephone numbers, locations and jobs, each of one
// tenant, for centers without a CRM. It lives in rows of the journal's index and is the same on every node.
//
// It must not know calls, tokens or connections. Who may see which tenant is for its caller to say; it never mixes
// tenants by itself.
package directory
