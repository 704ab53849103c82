package web

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"fanfare/media"
	"fanfare/media/blob"
	"fanfare/server/contest"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// maxWords bounds what a submission holds in memory: its words, the names of its parts and what parts the standard
// library has read ahead. (Its own ParseMultipartForm would hold 10 MB of words for each request.)
const maxWords = 64 << 10

// submissionForm describes the form in /api/v1/openapi.json.
var submissionForm = &huma.Schema{
	Type: huma.TypeObject, Required: []string{"caption", "author"},
	Properties: map[string]*huma.Schema{
		"photo":         {Type: huma.TypeString, Format: "binary", Description: "JPEG, HEIC, PNG or WebP, up to 25 MB"},
		"upload":        {Type: huma.TypeString, Description: "Instead of the photo: the last part of the address of an upload that has all its bytes"},
		"caption":       {Type: huma.TypeString},
		"author":        {Type: huma.TypeString, Description: "The name to show with the photo"},
		"city":          {Type: huma.TypeString, Description: "One of the challenge's cities, or nothing"},
		"partner":       {Type: huma.TypeString, Description: "One of the challenge's partners, or nothing"},
		"share_place":   {Type: huma.TypeString, Description: "1 to have roughly where the photo was taken kept and shown"},
		"consents":      {Type: huma.TypeString, Description: "Identifiers of the texts agreed to, separated by commas; may be repeated. With that of /reposting, partners may repost the photo"},
		"repost":        {Type: huma.TypeString, Description: "The outlets on which they may, separated by commas; all where none is named"},
		"repost_months": {Type: huma.TypeString, Description: "For how many months they may; a year where neither it nor repost_until is there"},
		"repost_until":  {Type: huma.TypeString, Description: "Or the last day on which they may, such as 2027-11-22"},
	},
}

// upload is a submission's form as it was read.
type upload struct {
	contest.Submission
	reposts partner.Wish
	id      store.UploadID // of the upload that the photo came by; empty for none
	photo   *os.File       // nil where there is none; it has no name any more, so nothing stays behind of it
}

func (u *upload) Close() {
	if u.photo != nil {
		_ = u.photo.Close() // it was only ever read back
	}
}

// formProblem is a form that cannot be used.
func formProblem(detail string) error {
	return newProblem(http.StatusUnprocessableEntity, "invalid", detail)
}

// readUpload reads a submission. Never more than maxWords of it is in memory; the photo goes to a temporary file.
func readUpload(r *http.Request) (u *upload, err error) {
	if r.ContentLength > maxUpload {
		return nil, blob.ErrTooLarge
	}
	body := &allowance{Reader: r.Body, left: maxWords}
	r.Body = io.NopCloser(body)
	form, err := r.MultipartReader()
	if err != nil {
		return nil, newProblem(http.StatusUnsupportedMediaType, "invalid", "Send the entry as multipart/form-data.")
	}
	u = &upload{}
	defer func() {
		if err != nil {
			u.Close()
		}
	}()
	for words := map[string]bool{}; ; {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = u.take(part, body, words)
		}
		if err != nil {
			return u, broken(err)
		}
	}
	switch {
	case u.photo == nil && u.id == "":
		return u, formProblem("The photo is missing.")
	case u.photo != nil && u.id != "":
		return u, formProblem("The form has a photo and an upload; send one of them.")
	}
	return u, nil
}

// take reads one part. Those that are not of the form are passed over.
func (u *upload) take(part *multipart.Part, body *allowance, seen map[string]bool) error {
	name := part.FormName()
	if seen[name] && name != "consents" {
		return formProblem("The field " + name + " stands twice in the form.")
	}
	seen[name] = true
	if name == "photo" {
		return u.keep(part, body)
	}
	text, err := io.ReadAll(part) // the allowance bounds it
	if err != nil {
		return err
	}
	switch name {
	case "caption":
		u.Caption = string(text)
	case "author":
		u.Author = string(text)
	case "city":
		u.City = string(text)
	case "partner":
		u.Partner = string(text)
	case "share_place":
		u.SharePlace = string(text) == "1"
	case "repost":
		u.reposts.Outlets = outletsOf(listed(string(text)))
	case "repost_months":
		if u.reposts.Months, err = strconv.Atoi(string(text)); err != nil {
			return formProblem("The field repost_months is no number.")
		}
	case "repost_until":
		u.reposts.LastDay = string(text)
	case "upload":
		u.id = store.UploadID(text)
	case "consents":
		for _, id := range listed(string(text)) {
			u.Consents = append(u.Consents, contest.ConsentID(id))
		}
	}
	return nil
}

// listed are the names in a field that are separated by commas.
func listed(field string) (names []string) {
	for name := range strings.SplitSeq(field, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// keep copies the photo into a temporary file.
func (u *upload) keep(part io.Reader, body *allowance) error {
	file, err := os.CreateTemp("", "upload-")
	if err != nil {
		return err
	}
	u.photo = file
	if err := os.Remove(file.Name()); err != nil {
		return err
	}
	words := body.left
	body.left = maxUpload
	n, err := io.Copy(file, io.LimitReader(part, media.MaxBytes+1))
	body.left = min(words, body.left)
	if err == nil && n > media.MaxBytes {
		err = blob.ErrTooLarge
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	return err
}

// broken says what became of a form: our disk was full, the sender went over a limit or away.
func broken(err error) error {
	var known *problem
	switch {
	case errors.As(err, &known), errors.Is(err, blob.ErrTooLarge):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("keep upload: %w: %w", blob.ErrFull, err)
	case errors.Is(err, errWords):
		return newProblem(http.StatusRequestEntityTooLarge, media.TooLarge, "The words beside the photo are too long.")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return err
	}
	var path *os.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("keep upload: %w", err)
	}
	return formProblem("The form broke off or is no form.")
}

// allowance lets only so much of a body through.
type allowance struct {
	io.Reader
	left int64
}

var errWords = errors.New("too many words in the form")

func (a *allowance) Read(p []byte) (int, error) {
	if a.left <= 0 {
		return 0, errWords
	}
	n, err := a.Reader.Read(p[:min(int64(len(p)), a.left)])
	a.left -= int64(n)
	return n, err
}

// Resolve keeps the request, so that the handler judges the session before it reads the form.
func (in *submitInput) Resolve(ctx huma.Context) []error {
	in.request, _ = humachi.Unwrap(ctx)
	return nil
}
