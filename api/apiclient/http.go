package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Tokens are what a sign-in gives.
type Tokens struct {
	Access  string    `json:"access_token"`
	Refresh string    `json:"refresh_token"`
	Until   time.Time `json:"access_until"` // when the access token ends
	Agent   string    `json:"agent"`
	Role    string    `json:"role"`
}

// Refusal is an error answer.
type Refusal struct {
	Status  int               `json:"-"`
	Code    string            `json:"code"`
	Message string            `json:"message"`
	Details map[string]string `json:"details"`
}

func (e *Refusal) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message) }

// Call makes a request with a bearer token ("" for none) and decodes the answer into out, which may be nil. The error
// of a refused one is a *Refusal.
func Call(ctx context.Context, base, token, method, path string, in, out any) error {
	var body []byte
	kind := ""
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encoding the body: %w", err)
		}
		kind = "application/json"
	}
	data, err := Raw(ctx, base, token, method, path, kind, body)
	if err != nil || out == nil || len(data) == 0 {
		return err
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// Raw makes a request with a body of any kind ("" for none) and gives the answer's. The error of a refused one is a
// *Refusal.
func Raw(ctx context.Context, base, token, method, path, kind string, in []byte) ([]byte, error) {
	var body io.Reader
	if kind != "" {
		body = bytes.NewReader(in)
	}
	req, err := http.NewRequestWithContext(ctx, method, base+path, body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		e := &Refusal{Status: resp.StatusCode}
		if json.Unmarshal(data, e) != nil {
			e.Message = string(data)
		}
		return nil, e
	}
	return data, nil
}

// Login signs in.
func Login(ctx context.Context, base, login, password string) (Tokens, error) {
	var t Tokens
	err := Call(ctx, base, "", http.MethodPost, "/v1/login", map[string]string{"login": login, "password": password}, &t)
	return t, err
}

// Refresh exchanges a refresh token.
func Refresh(ctx context.Context, base, refresh string) (Tokens, error) {
	var t Tokens
	err := Call(ctx, base, "", http.MethodPost, "/v1/refresh", map[string]string{"refresh_token": refresh}, &t)
	return t, err
}
