package web

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/media"
	"fanfare/media/blob"
	"fanfare/server/access"
	"fanfare/server/app/audits"
	"fanfare/server/app/campaigns"
	"fanfare/server/app/entries"
	"fanfare/server/app/events"
	"fanfare/server/app/keys"
	"fanfare/server/app/numbers"
	"fanfare/server/app/people"
	"fanfare/server/app/uploads"
	"fanfare/server/app/votes"
	"fanfare/server/contest"
	"fanfare/server/fan"
	"fanfare/server/standing"
	"fanfare/server/store"
)

// problem is an error as the API tells it: RFC 9457 with a stable code, its parameters, and a remedy in English.
// Surfaces translate by the code.
type problem struct {
	Type   string            `json:"type" doc:"A URI that names the kind of problem" example:"about:blank"`
	Title  string            `json:"title" doc:"The status in words"`
	Status int               `json:"status" doc:"The HTTP status"`
	Detail string            `json:"detail" doc:"What happened and what to do, in English"`
	Code   string            `json:"code" doc:"The stable code of the problem" example:"entries_closed"`
	Params map[string]string `json:"params,omitempty" doc:"What belongs into the translated sentence"`
	Errors []fieldProblem    `json:"errors,omitempty" doc:"What is wrong with which field"`
	retry  int               // seconds; 0 for none
}

type fieldProblem struct {
	Location string `json:"location" doc:"A path to the field, such as body.challenge"`
	Message  string `json:"message"`
}

// Error, GetStatus, GetHeaders and ContentType are what huma asks of an error.
func (p *problem) Error() string  { return p.Detail }
func (p *problem) GetStatus() int { return p.Status }
func (p *problem) GetHeaders() http.Header {
	if p.retry == 0 {
		return http.Header{}
	}
	return http.Header{"Retry-After": {strconv.Itoa(p.retry)}}
}
func (p *problem) ContentType(string) string { return "application/problem+json" }

// statusChecksum is tus's own: the bytes differ from their checksum.
const statusChecksum = 460

func newProblem(status int, code, detail string) *problem {
	title := http.StatusText(status)
	if status == statusChecksum {
		title = "Checksum Mismatch"
	}
	return &problem{Type: "about:blank", Title: title, Status: status, Code: code, Detail: detail}
}

// kinds maps errors without parameters of their own.
var kinds = []struct {
	err    error
	status int
	code   string
	detail string
	retry  int
}{
	{store.ErrNotFound, 404, "not_found", "There is nothing here, or it is not shown to you.", 0},
	{audits.ErrSealed, 404, "sealed", "These votes are not open yet: the rules show them when the result is certified. Their hashes are in the tiles.", 0},
	{audits.ErrNoSuchSize, 400, "invalid", "The log has not come to that size.", 0},
	{audits.ErrBusy, 503, "busy", "Several people are taking whole vote logs. Try again in a while.", 30},
	{store.ErrKeyReused, 409, "idempotency_key_reused", "This Idempotency-Key belongs to another request. Use a new one.", 0},
	{store.ErrCursor, 422, "invalid", "The cursor is not one that this list gave.", 0},
	{store.ErrConflict, 409, "conflict", "Somebody was first. Read it again and repeat.", 0},
	{standing.ErrCrowded, 503, "busy", "Too many boards of hashtags are looked at. Try again in a while.", 30},
	{store.ErrFull, 503, "storage_full", "The server's disk is full. Try again later.", 60},
	{store.ErrUnavailable, 503, "unavailable", "The database does not answer. Try again.", 2},
	{blob.ErrFull, 507, "storage_full", "There is no room for photos. Try again later.", 60},
	{blob.ErrTooLarge, 413, media.TooLarge, "The photo is larger than 25 MB. Send a smaller one.", 0},
	{blob.ErrNotFound, 404, "not_found", "There is no such photo.", 0},
	{entries.ErrMediaUnavailable, 503, "media_unavailable", "The photo store does not answer. Try again.", 5},
	{blob.ErrUnavailable, 503, "media_unavailable", "The photo store does not answer. Try again.", 5},
	{entries.ErrSearchUnavailable, 503, "search_unavailable", "The search does not answer. Try again; everything else goes on.", 5},
	{blob.ErrCorrupt, 503, "media_unavailable", "The photo store gave other bytes than it was given. Try again.", 5},
	{uploads.ErrOffset, 409, "upload_offset", "The upload goes on at another offset. Ask for it and go on there.", 0},
	{uploads.ErrHeld, 423, "upload_locked", "Another connection sends to this upload. Try again when it has ended.", 5},
	{uploads.ErrLeaving, 503, "unavailable", "The server stops. What came is kept; go on at another one.", 1},
	{uploads.ErrChecksum, statusChecksum, "checksum_mismatch", "The bytes differ from their checksum. Send them again.", 0},
	{uploads.ErrTooManyUploads, 429, "too_many_uploads", "Too many uploads of yours are not entered yet. Enter them or give them up.", 0},
	{uploads.ErrTooManyBytes, 429, "too_many_bytes", "Uploads of yours that are not entered yet take too much room. Enter them or give them up.", 0},
	{os.ErrDeadlineExceeded, 408, "too_slow", "The photo arrived too slowly. Try again where the network is better.", 0},
	{uploads.ErrBroken, 400, "upload_broken", "The bytes broke off. What came is kept; ask for the offset and go on there.", 0},
	{events.ErrReport, 422, "invalid", "The report is not of the form that pages send: see /api/v1/openapi.json.", 0},
	{entries.ErrReportReason, 422, "invalid", "The reason is not one of the list.", 0},
	{campaigns.ErrOriginNotRegistered, 403, "origin_not_registered", "This web site is not registered for the challenge. Its operator can register it in the console.", 0},
	{people.ErrGuestsNotAllowed, 403, "guests_not_allowed", "This challenge takes no guests. Sign in on the site that shows it.", 0},
	{people.ErrDeparted, 403, "departed", "You had everything about you deleted while this challenge ran, and your votes still count in it. You can take part again in the next one.", 0},
	{people.ErrMailNotConfigured, 409, "mail_not_configured", "This server sends no mail, so no address can be confirmed here.", 0},
	{people.ErrCode, 422, "code_wrong", "The code is not the one in the newest letter. Look again; after five wrong ones ask for another letter.", 0},
	{people.ErrCodeEnded, 410, "code_ended", "The code is too old, or was guessed at too often. Ask for another letter.", 0},
	{people.ErrMailTaken, 409, "mail_taken", "This mail address belongs to somebody else who takes part already.", 0},
	{people.ErrInvitation, 422, "invitation_invalid", "The invitation is none of this challenge, or somebody has used it, or it was revoked. Ask whoever gave it to you.", 0},
	{fan.ErrAddress, 422, "mail_invalid", "This is not a mail address. Write it like name@example.org.", 0},
	{fan.ErrDisposable, 422, "mail_disposable", "Addresses of this service do not count, because one person can have any number of them. Use another mailbox of yours.", 0},
	{people.ErrNoSession, 401, "session_expired", "The session has ended. Open a new one.", 0},
	{votes.ErrErased, 401, "session_expired", "The session has ended. Open a new one.", 0},
	{access.ErrHostToken, 401, "token_invalid", "The site's token is not valid. Load the page again.", 0},
	{keys.ErrKey, 401, "key_invalid", "The key is none, was revoked, or has expired. An administrator makes another one in the console.", 0},
	{numbers.ErrFilter, 422, "not_told_apart", "Nobody knows by which channel, or for which partner, this was: ask for all of it.", 0},
	{numbers.ErrMetric, 404, "not_found", "There is no such metric. The campaign's numbers name all of them.", 0},
	{votes.ErrOtherChallenge, 403, "other_challenge", "The session belongs to another challenge.", 0},
	{context.DeadlineExceeded, 503, "unavailable", "That took too long. Try again.", 2},
}

// problemOf maps an error to what the client is told; nil for one that only the log may know.
func problemOf(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	var refusal *contest.Refusal
	if errors.As(err, &refusal) {
		p := newProblem(http.StatusConflict, string(refusal.Reason), "The rules of the challenge do not allow it: "+string(refusal.Reason)+".")
		p.Params = refusal.Params
		return p
	}
	var refused *media.Refused
	if errors.As(err, &refused) {
		return refusedPhoto(refused)
	}
	var wait *people.WaitError
	if errors.As(err, &wait) {
		p := newProblem(http.StatusTooManyRequests, "mail_throttled", "This address was sent a letter just now, or many today. Look for them, or wait.")
		p.retry = max(1, int(math.Ceil(time.Until(wait.Until).Seconds())))
		return p
	}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			p := newProblem(k.status, k.code, k.detail)
			p.retry = k.retry
			return p
		}
	}
	return nil
}

// answer maps a use case's error for huma; an unknown one goes to the log.
func (s *site) answer(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if p := problemOf(err); p != nil {
		if s.Refused != nil {
			s.Refused(p.Code)
		}
		return p
	}
	if !errors.Is(err, context.Canceled) {
		s.Log.ErrorContext(ctx, "request failed", "err", err)
	}
	return newProblem(http.StatusInternalServerError, "internal", "Something went wrong on the server. Try again.")
}

// humaError is how huma's own refusals (validation, missing bodies) become problems.
func humaError(status int, message string, errs ...error) huma.StatusError {
	code := "invalid"
	switch status {
	case http.StatusRequestEntityTooLarge:
		code = media.TooLarge
	case http.StatusUnauthorized:
		code = "unauthorized"
	case http.StatusNotFound:
		code = "not_found"
	case http.StatusInternalServerError:
		code = "internal"
	}
	p := newProblem(status, code, message)
	for _, err := range errs {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			p.Errors = append(p.Errors, fieldProblem{d.ErrorDetail().Location, d.ErrorDetail().Message})
		}
	}
	return p
}

// write sends a problem outside huma.
func (p *problem) write(w http.ResponseWriter) {
	for k, vs := range p.GetHeaders() {
		w.Header()[k] = vs
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	w.Write(p.json())
}

func (p *problem) json() []byte {
	b, _ := json.Marshal(p) // strings and numbers always marshal
	return append(b, '\n')
}
