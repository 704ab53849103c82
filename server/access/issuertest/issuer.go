// Package issuertest is a small issuer of OpenID Connect on loopback, for tests: it signs everybody in as whom the test says, at
// once, and judges what it is sent as strictly as a real one. It refuses to know of passwords.
package issuertest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// ClientID and Secret are those of the only client.
const (
	ClientID = "fanfare"
	Secret   = "the client's secret"
)

const keyBits = 2048

// Issuer is one that runs.
type Issuer struct {
	*httptest.Server
	t   testing.TB
	key *rsa.PrivateKey

	mu     sync.Mutex // guards what follows
	claims jwt.MapClaims
	codes  map[string]url.Values // what was asked, by the code that answers it
	signer *rsa.PrivateKey
	method jwt.SigningMethod
}

// Start starts one that lasts as long as the test, whose people are called "sub-1".
func Start(t testing.TB) *Issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		t.Fatal(err)
	}
	i := &Issuer{t: t, key: key, signer: key, method: jwt.SigningMethodRS256, codes: map[string]url.Values{}, claims: jwt.MapClaims{"sub": "sub-1"}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.documents)
	mux.HandleFunc("GET /keys", i.keys)
	mux.HandleFunc("GET /authorize", i.authorize)
	mux.HandleFunc("POST /token", i.token)
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

// Say has the next tokens say so of whoever signs in, beside what they have to.
func (i *Issuer) Say(claims map[string]any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.claims = claims
}

// Forge has the next tokens signed with a key that nobody knows.
func (i *Issuer) Forge() {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		i.t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.signer = key
}

// Unsigned has the next tokens come with no signature at all.
func (i *Issuer) Unsigned() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.method = jwt.SigningMethodNone
}

func (i *Issuer) answer(w http.ResponseWriter, status int, what any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(what); err != nil {
		i.t.Logf("issuer: %v", err)
	}
}

func (i *Issuer) documents(w http.ResponseWriter, _ *http.Request) {
	i.answer(w, http.StatusOK, map[string]any{
		"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
		"end_session_endpoint": i.URL + "/end", "id_token_signing_alg_values_supported": []string{"RS256"},
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
	})
}

func (i *Issuer) keys(w http.ResponseWriter, _ *http.Request) {
	i.answer(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "n": encode(i.key.N.Bytes()), "e": encode(big.NewInt(int64(i.key.E)).Bytes()),
	}}})
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// authorize sends the browser back with a code, as if its user had a session here.
func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	back, err := url.Parse(asked.Get("redirect_uri"))
	if err != nil || asked.Get("client_id") != ClientID || asked.Get("response_type") != "code" || asked.Get("code_challenge_method") != "S256" ||
		asked.Get("state") == "" || asked.Get("nonce") == "" || asked.Get("code_challenge") == "" {
		i.answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
		return
	}
	code := rand.Text()
	i.mu.Lock()
	i.codes[code] = asked
	i.mu.Unlock()
	back.RawQuery = url.Values{"code": {code}, "state": {asked.Get("state")}, "iss": {i.URL}}.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

// token takes a code once, with the secret of the client and what only the one who began knows.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, basic := r.BasicAuth()
	if id, _ = url.QueryUnescape(id); basic {
		secret, _ = url.QueryUnescape(secret)
	}
	if id != ClientID || secret != Secret {
		i.answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	asked, known := i.codes[r.PostFormValue("code")]
	delete(i.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || encode(sum[:]) != asked.Get("code_challenge") || r.PostFormValue("redirect_uri") != asked.Get("redirect_uri") {
		i.answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	i.answer(w, http.StatusOK, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 60, "id_token": i.signed(asked)})
}

func (i *Issuer) signed(asked url.Values) string {
	now := time.Now()
	claims := jwt.MapClaims{"iss": i.URL, "aud": ClientID, "nonce": asked.Get("nonce"), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
	maps.Copy(claims, i.claims)
	token := jwt.NewWithClaims(i.method, claims)
	token.Header["kid"] = "1"
	var key any = i.signer
	if i.method == jwt.SigningMethodNone {
		key = jwt.UnsafeAllowNoneSignatureType
	}
	signed, err := token.SignedString(key)
	if err != nil {
		i.t.Errorf("sign token: %v", err)
	}
	return signed
}

// Visit follows a browser from an address of the issuer to the one it is sent back to, and returns what that one is told.
func (i *Issuer) Visit(address string) url.Values {
	i.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(address)
	if err != nil {
		i.t.Fatal(err)
	}
	defer answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		i.t.Fatalf("the issuer answered %s: %v", answer.Status, err)
	}
	return back.Query()
}
