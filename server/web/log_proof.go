package web

import (
	"encoding/json"
	"net/http"
	"strconv"

	"fanfare/server/app/audits"
	"fanfare/server/ledger"
)

// proofBody is what a widget needs to check its votes in one answer, which for phones is shorter than tiles.
type proofBody struct {
	Checkpoint  string          `json:"checkpoint"`
	Inclusion   []inclusionBody `json:"inclusion"`
	Consistency [][]byte        `json:"consistency"`
}

type inclusionBody struct {
	Index  int64    `json:"index"`
	Hashes [][]byte `json:"hashes"`
}

// logProof proves leaves ("leaf", once for each) and an earlier size ("since") by the newest checkpoint. Hashes are in
// base64, as RFC 9162 orders them.
func (s *site) logProof(w http.ResponseWriter, r *http.Request) {
	leaves, since, ok := proofWish(r)
	if !ok {
		s.refuseLog(w, r, newProblem(http.StatusBadRequest, "invalid", "Name at most "+strconv.Itoa(audits.MaxProofs)+" leaves by leaf=INDEX, and an earlier size by since=SIZE."))
		return
	}
	p, err := s.Audits.Prove(r.Context(), challengeOf(r), leaves, since)
	body := proofBody{Checkpoint: p.Checkpoint, Inclusion: []inclusionBody{}, Consistency: bytesOf(p.Consistency)}
	for _, i := range p.Inclusion {
		body.Inclusion = append(body.Inclusion, inclusionBody{i.Index, bytesOf(i.Hashes)})
	}
	text, jsonErr := json.Marshal(body)
	if err == nil {
		err = jsonErr
	}
	s.logText(w, r, "application/json", checkpointLife, text, err)
}

// proofWish reads what is to be proved.
func proofWish(r *http.Request) (leaves []int64, since int64, ok bool) {
	query := r.URL.Query()
	if len(query["leaf"]) > audits.MaxProofs {
		return nil, 0, false
	}
	for _, text := range query["leaf"] {
		index, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, 0, false
		}
		leaves = append(leaves, index)
	}
	if text := query.Get("since"); text != "" {
		var err error
		if since, err = strconv.ParseInt(text, 10, 64); err != nil {
			return nil, 0, false
		}
	}
	return leaves, since, true
}

func bytesOf(hashes []ledger.Hash) [][]byte {
	list := make([][]byte, len(hashes))
	for i := range hashes {
		list[i] = hashes[i][:]
	}
	return list
}
