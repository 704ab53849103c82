package load

import (
	"context"
	"fmt"
	"net/http"
)

const recordsPath = "/api/collections/votes/records"

// Record is a vote as PocketBase keeps it: a record of the collection "votes", of which there is one of a kind.
type Record struct {
	Challenge string `json:"challenge"`
	Period    string `json:"period"`
	Voter     string `json:"voter"`
	Entry     string `json:"entry"`
}

// Insert has PocketBase insert a record.
func (c *Client) Insert(ctx context.Context, r Record) error {
	var answer struct{ ID string }
	err := c.call(ctx, http.MethodPost, recordsPath, nil, r, &answer)
	if err == nil && answer.ID == "" {
		return fmt.Errorf("insert %v: the answer names no record", r)
	}
	return err
}

// Records counts PocketBase's records.
func (c *Client) Records(ctx context.Context) (int, error) {
	var answer struct{ TotalItems int }
	err := c.call(ctx, http.MethodGet, recordsPath+"?perPage=1", nil, nil, &answer)
	return answer.TotalItems, err
}

// Synchronous asks PocketBase, by a hook of ours, how SQLite waits for the disk where it writes.
func (c *Client) Synchronous(ctx context.Context) (int, error) {
	var answer struct{ Synchronous int }
	err := c.call(ctx, http.MethodGet, "/synchronous", nil, nil, &answer)
	return answer.Synchronous, err
}
