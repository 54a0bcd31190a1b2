package auth

// Credential is what the directory stores of a secret: H(username:realm:password) in lower-case hex.
type Credential struct {
	SHA256 string
	MD5    string // "" unless MD5 is allowed for this user
}

// Lookup finds the credential of a user in a realm.
type Lookup func(user, realm string) (Credential, bool)
