package console

import (
	"fmt"
	"net/http"
)

type staffView struct {
	frame
	Members []memberLine
	Link    string // an invitation, shown this once
}

type memberLine struct {
	Name, Email string
	Since       string
	Me          bool
}

// members lists who works at the console.
func (c *Console) members(w http.ResponseWriter, r *http.Request) error {
	return c.drawMembers(w, r, http.StatusOK, "")
}

func (c *Console) drawMembers(w http.ResponseWriter, r *http.Request, status int, link string) error {
	around, err := c.around(r, "staff")
	if err != nil {
		return err
	}
	list, err := c.People.Members(r.Context())
	if err != nil {
		return fmt.Errorf("list staff: %w", err)
	}
	words := c.drawer.Context(r)
	v := staffView{frame: around, Link: link}
	for _, m := range list {
		v.Members = append(v.Members, memberLine{m.Name, m.Email, words.Day(m.CreatedAt, c.now().Location()), m.ID == staffOf(r)})
	}
	return c.draw(w, r, status, "staff", words.T("staff"), v)
}

// invite draws a one-time link for another member of staff.
func (c *Console) invite(w http.ResponseWriter, r *http.Request) error {
	token, err := c.People.SetupLink(r.Context())
	if err != nil {
		return err
	}
	// No redirect: the link is shown once and stands in no address.
	return c.drawMembers(w, r, http.StatusCreated, c.drawer.Context(r).Absolute("/console/setup?token="+token))
}
