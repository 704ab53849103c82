package web

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"fanfare/server/access"
	"fanfare/server/app/uploads"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// What of tus we speak (tus.io/protocols/resumable-upload): the core and these extensions.
const (
	tusVersion    = "1.0.0"
	tusExtensions = "creation,creation-with-upload,expiration,checksum,termination"
)

// The headers of tus that pages of other origins may send, and read.
const (
	tusAsked = "Tus-Resumable, Upload-Length, Upload-Offset, Upload-Metadata, Upload-Checksum, Upload-Defer-Length, Upload-Concat, " +
		"X-HTTP-Method-Override, X-Requested-With, X-Request-ID"
	tusAnswered = "Location, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm, " +
		"Upload-Length, Upload-Offset, Upload-Metadata, Upload-Expires"
)

// uploadsPath is where uploads are begun; each goes on below it.
const uploadsPath = "/api/v1/uploads"

// smallRest is how much of a refused body is still read, so that its connection can be used again.
const smallRest = 64 << 10

// tusHandler answers a request of a fan's session. Its error is answered for it.
type tusHandler func(w http.ResponseWriter, r *http.Request, fan access.Session) error

// tus mounts the resumable uploads and describes them.
func (s *site) tus(r chi.Router, api huma.API) {
	begin, goOn := s.admitter("create-upload", uploadLimit), s.admitter("write-upload", pieceLimit)
	all := s.tusMethods(map[string]tusHandler{http.MethodPost: s.createUpload}, begin)
	one := s.tusMethods(map[string]tusHandler{
		http.MethodHead: s.lookUpload, http.MethodPatch: s.writeUpload, http.MethodDelete: s.removeUpload,
	}, goOn)
	r.Handle(uploadsPath, all)
	r.Handle(uploadsPath+"/", all)
	r.Handle(uploadsPath+"/{id}", one)
	describe := func(method, path, id, summary string) {
		o := signed(operation(method, path, id, summary))
		o.Tags, o.Responses = []string{"tus " + tusVersion}, map[string]*huma.Response{"default": {Description: "As tus says, or an RFC 9457 problem"}}
		api.OpenAPI().AddOperation(&o)
	}
	describe(http.MethodPost, uploadsPath, "create-upload", "Begin a resumable upload; metadata: sha256, purpose (entry or original), entry")
	describe(http.MethodHead, uploadsPath+"/{id}", "look-upload", "Ask from where an upload goes on")
	describe(http.MethodPatch, uploadsPath+"/{id}", "write-upload", "Send bytes of an upload")
	describe(http.MethodDelete, uploadsPath+"/{id}", "remove-upload", "Give an upload up")
}

// tusMethods does for all requests of tus what is alike in them.
func (s *site) tusMethods(handlers map[string]tusHandler, admit func(http.ResponseWriter, *http.Request) bool) http.HandlerFunc {
	allowed := []string{http.MethodOptions}
	for method := range handlers {
		allowed = append(allowed, method)
	}
	slices.Sort(allowed)
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Tus-Resumable", tusVersion)
		method := r.Method
		if override := r.Header.Get("X-HTTP-Method-Override"); override != "" && method == http.MethodPost {
			method = override
		}
		handler := handlers[method]
		switch {
		case method == http.MethodOptions:
			describeTus(h)
			w.WriteHeader(http.StatusNoContent)
		case handler == nil:
			h.Set("Allow", strings.Join(allowed, ", "))
			newProblem(http.StatusMethodNotAllowed, "invalid", "An upload has no such method.").write(w)
		case r.Header.Get("Tus-Resumable") != tusVersion:
			h.Set("Tus-Version", tusVersion)
			newProblem(http.StatusPreconditionFailed, "tus_version", "Send Tus-Resumable: "+tusVersion+".").write(w)
		case admit(w, r):
			session, _, err := s.session(r.Context(), Bearer{r.Header.Get("Authorization")})
			if err == nil {
				err = handler(w, r, session)
			}
			if err != nil {
				s.refuseTus(w, r, err)
			}
		}
	}
}

func describeTus(h http.Header) {
	h.Set("Tus-Version", tusVersion)
	h.Set("Tus-Extension", tusExtensions)
	h.Set("Tus-Max-Size", strconv.Itoa(uploads.MaxLength))
	h.Set("Tus-Checksum-Algorithm", "sha1,sha256")
}

// describeUpload says how far an upload is.
func describeUpload(h http.Header, u store.Upload) {
	h.Set("Upload-Offset", strconv.FormatInt(u.Received, 10))
	h.Set("Upload-Expires", u.ExpiresAt.UTC().Format(http.TimeFormat))
}

func (s *site) createUpload(w http.ResponseWriter, r *http.Request, fan access.Session) error {
	announced, err := readAnnouncement(r.Header)
	if err != nil {
		return err
	}
	var u store.Upload
	if r.Header.Get("Content-Type") == tusType {
		pieces, err := s.readPieces(w, r, 0)
		if err != nil {
			return err
		}
		u, err = s.Uploads.CreateWith(r.Context(), fan, announced, pieces)
		if err != nil {
			return err
		}
	} else if u, err = s.Uploads.Create(r.Context(), fan, announced); err != nil {
		return err
	}
	w.Header().Set("Location", uploadsPath+"/"+string(u.ID))
	describeUpload(w.Header(), u)
	w.WriteHeader(http.StatusCreated)
	return nil
}

func (s *site) lookUpload(w http.ResponseWriter, r *http.Request, fan access.Session) error {
	u, err := s.Uploads.Upload(r.Context(), fan, uploadOf(r))
	if err != nil {
		return err
	}
	h := w.Header()
	describeUpload(h, u)
	h.Set("Upload-Length", strconv.FormatInt(u.Length, 10))
	if u.Metadata != "" {
		h.Set("Upload-Metadata", u.Metadata)
	}
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	return nil
}

func (s *site) writeUpload(w http.ResponseWriter, r *http.Request, fan access.Session) error {
	if r.Header.Get("Content-Type") != tusType {
		return newProblem(http.StatusUnsupportedMediaType, "invalid", "Send the bytes as "+tusType+".")
	}
	offset, err := readNumber(r.Header, "Upload-Offset")
	if err != nil {
		return err
	}
	pieces, err := s.readPieces(w, r, offset)
	if err != nil {
		return err
	}
	u, err := s.Uploads.Append(r.Context(), fan, uploadOf(r), pieces)
	if err != nil {
		return err
	}
	describeUpload(w.Header(), u)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *site) removeUpload(w http.ResponseWriter, r *http.Request, fan access.Session) error {
	err := s.Uploads.Remove(r.Context(), fan, uploadOf(r))
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func uploadOf(r *http.Request) store.UploadID { return store.UploadID(chi.URLParam(r, "id")) }

// readPieces describes the bytes of a request.
func (s *site) readPieces(w http.ResponseWriter, r *http.Request, offset int64) (uploads.Pieces, error) {
	sum, err := readChecksum(r.Header)
	body := &tusBody{Reader: r.Body, connection: http.NewResponseController(w), ready: s.Ready}
	return uploads.Pieces{Body: body, Offset: offset, Length: r.ContentLength, Checksum: sum}, err
}

// refuseTus answers a request that failed. What clients of tus repeat by themselves, 409 and 423 among it, is only what may
// go better then; so a rule's no is 403 here.
func (s *site) refuseTus(w http.ResponseWriter, r *http.Request, err error) {
	if r.ContentLength < 0 || r.ContentLength > smallRest {
		w.Header().Set("Connection", "close") // rather than read the rest
	}
	p := problemOf(s.answer(r.Context(), err))
	var refusal *contest.Refusal
	if errors.As(err, &refusal) {
		p.Status = http.StatusForbidden
		if refusal.Reason == contest.HashMismatch {
			p.Status = http.StatusUnprocessableEntity
		}
		p.Title = http.StatusText(p.Status)
	}
	p.write(w)
}

// tusBody is the bytes of an upload as they arrive.
type tusBody struct {
	io.Reader
	connection *http.ResponseController
	ready      func() bool
}

// Break implements uploads.Body.
func (b *tusBody) Break() { _ = b.connection.SetReadDeadline(time.Unix(1, 0)) } // a connection that is gone reads no more

// Leaving implements uploads.Body.
func (b *tusBody) Leaving() bool { return !b.ready() }
