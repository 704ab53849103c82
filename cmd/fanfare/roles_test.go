package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"fanfare/server/access"
	"fanfare/server/app/staff"
	"fanfare/server/console"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/store"
)

// colleague makes a member of staff by an invitation and returns the Cookie header of a session.
func (i *installation) colleague(by contest.StaffID, p staff.Post) string {
	i.t.Helper()
	link := must(i.app.staff.Invite(i.t.Context(), by, string(p.Role)+"@example.org", "en", p))(i.t)
	e := must(i.app.staff.Accept(i.t.Context(), link, staff.Newcomer{Name: string(p.Role), Password: adminPassword}))(i.t)
	return "fanfare_staff=" + e.Token
}

// diary are settings that the server writes by itself, now and then.
var diary = []string{"rights told of", "numbers.log_read_anew"}

// content hashes all that the database keeps, table by table, but for when sessions and keys were used and for what the server notes
// for itself. The log is signed first, which the server would do by itself some time.
func (i *installation) content() map[string]string {
	i.t.Helper()
	if err := i.app.audits.Seal(i.t.Context(), i.challenge.ID); err != nil {
		i.t.Fatal(err)
	}
	sums := map[string]string{}
	err := i.app.store.View(context.Background(), func(tx *store.Tx) error {
		for _, table := range store.Tables() {
			if table.Name == "staff_sessions" || table.Name == "api_keys" || table.Name == "jobs" {
				continue
			}
			sum := sha256.New()
			if err := tx.Rows(table, nil, func(row []any) error {
				if table.Name == "settings" && slices.Contains(diary, fmt.Sprint(row[0])) {
					return nil
				}
				_, err := fmt.Fprintln(sum, row...)
				return err
			}); err != nil {
				return err
			}
			sums[table.Name] = fmt.Sprintf("%x", sum.Sum(nil))
		}
		return nil
	})
	if err != nil {
		i.t.Fatal(err)
	}
	return sums
}

// unwritten holds that the database has the content that it had before.
func (i *installation) unwritten(before map[string]string) {
	i.t.Helper()
	for table, sum := range i.content() {
		if sum != before[table] {
			i.t.Errorf("something was written to %s", table)
		}
	}
}

// CHECKS 42: what a role may not do is not there for it, and neither is what belongs to another partner. The routes are
// asked, not a list of them.
func TestWhatARoleMayNotDoIsNotThere(t *testing.T) {
	i := install(t, func(c *contest.Challenge) {
		c.Rules.Moderation = contest.ModerateBefore
		c.Partners = []contest.Choice{{ID: "wuhan", Name: contest.Text{ZH: "武汉文旅", EN: "Wuhan Tourism"}}, {ID: "macau", Name: contest.Text{ZH: "澳门旅游", EN: "Macau"}}}
	}, "--rate-limits", "off")
	hidden := i.hidden(i.guest())
	admin := i.administrator()
	ada := must(i.app.staff.Members(t.Context()))(t)[0]
	who := map[access.Role]string{access.Administrator: admin}
	for _, role := range []access.Role{access.Marketer, access.Moderator} {
		who[role] = i.colleague(ada.ID, staff.Post{Role: role})
	}
	who[access.Partner] = i.colleague(ada.ID, staff.Post{Role: access.Partner, Campaign: i.challenge.Campaign, Partner: "wuhan"})
	nothing := i.do(request{method: "GET", path: "/console/nothing", header: map[string]string{"Cookie": admin}})
	ids := []string{hidden, string(i.challenge.ID), string(i.challenge.Campaign), string(i.site.ID), string(ada.ID), "nothing"}
	refused := 0
	before := i.content()
	for _, route := range must(console.New(console.Parts{Pages: must(page.New(i.url))(t)}))(t).Routes() {
		for role, cookie := range who {
			if route.Roles.Admit(role) {
				continue
			}
			for _, id := range ids {
				path := placeholder.ReplaceAllString(route.Pattern, url.PathEscape(id))
				r := i.do(request{
					method: route.Method, path: path, origin: i.url, header: map[string]string{"Cookie": cookie},
					kind: "application/x-www-form-urlencoded", body: []byte("role=administrator&to=published&reason=rights&do=all&sure=on"),
				})
				if same := strings.ReplaceAll(r.Text, path, "/console/nothing"); r.Status != http.StatusNotFound || same != nothing.Text {
					t.Errorf("%s %s by a %s: %d, want the 404 of what is not there", route.Method, path, role, r.Status)
				}
				refused++
			}
		}
	}
	if refused < 300 {
		t.Errorf("only %d requests were to be refused", refused)
	}
	i.unwritten(before)
}

// Each role reads what its routes are for, without a fault of ours.
func TestEveryRoleReadsItsPages(t *testing.T) {
	i := install(t, nil, "--rate-limits", "off")
	admin := i.administrator()
	ada := must(i.app.staff.Members(t.Context()))(t)[0]
	who := map[access.Role]string{access.Administrator: admin}
	for _, role := range []access.Role{access.Marketer, access.Moderator} {
		who[role] = i.colleague(ada.ID, staff.Post{Role: role})
	}
	for _, route := range must(console.New(console.Parts{Pages: must(page.New(i.url))(t)}))(t).Routes() {
		if route.Method != http.MethodGet || route.Roles == nil {
			continue
		}
		for role, cookie := range who {
			for _, id := range []string{string(i.challenge.ID), string(i.challenge.Campaign), string(ada.ID), "nothing"} {
				path := placeholder.ReplaceAllString(route.Pattern, url.PathEscape(id))
				r := i.do(request{method: "GET", path: path, header: map[string]string{"Cookie": cookie}})
				if r.Status >= 500 || route.Roles.Admit(role) && !strings.Contains(route.Pattern, "{") && role != access.Partner && r.Status >= 400 {
					t.Errorf("%s by a %s: %d", path, role, r.Status)
				}
			}
		}
	}
}

// CHECKS 43: a form gives nobody a role that its route is not for.
func TestNoFormGivesARole(t *testing.T) {
	i := install(t, nil)
	admin := i.administrator()
	ada := must(i.app.staff.Members(t.Context()))(t)[0]
	link := must(i.app.staff.Invite(t.Context(), ada.ID, "bob@example.org", "en", staff.Post{Role: access.Moderator}))(t)
	post := func(path, cookie string, form url.Values) reply {
		return i.do(request{
			method: "POST", path: path, origin: i.url, header: map[string]string{"Cookie": cookie},
			kind: "application/x-www-form-urlencoded", body: []byte(form.Encode()),
		})
	}
	more := url.Values{"role": {"administrator"}, "Role": {"administrator"}, "email": {"eve@example.org"}, "id": {string(ada.ID)}, "staff": {string(ada.ID)}, "campaign": {"x"}, "totp": {""}}
	join := maps.Clone(more)
	maps.Copy(join, url.Values{"token": {link}, "name": {"Bob"}, "password": {adminPassword}})
	r := post("/console/join", "", join)
	cookie := strings.SplitN(r.Header.Get("Set-Cookie"), ";", 2)[0]
	who := must(i.app.staff.Staff(t.Context(), strings.TrimPrefix(cookie, "fanfare_staff=")))(t)
	if who.Role != access.Moderator || who.Email != "bob@example.org" {
		t.Errorf("joined as %+v", who)
	}
	change := maps.Clone(more)
	maps.Copy(change, url.Values{"current": {adminPassword}, "password": {"another long password"}})
	post("/console/account/password", cookie, change)
	post("/console/account/sessions", cookie, more)
	members := must(i.app.staff.Members(t.Context()))(t)
	if len(members) != 2 || members[0].Role != "administrator" || members[1].Role != "moderator" || members[1].Email != "bob@example.org" {
		t.Errorf("members %+v", members)
	}
	if r := i.do(request{method: "GET", path: "/console/staff", header: map[string]string{"Cookie": admin}}); r.Status != 200 {
		t.Errorf("the administrator's session: %d", r.Status)
	}
}

// A session that was revoked is over within five seconds, at every page.
func TestARevokedSessionOfStaffEnds(t *testing.T) {
	i := install(t, nil)
	i.administrator()
	ada := must(i.app.staff.Members(t.Context()))(t)[0]
	cookie := i.colleague(ada.ID, staff.Post{Role: access.Moderator})
	get := func() int {
		return i.do(request{method: "GET", path: "/console/queue", header: map[string]string{"Cookie": cookie}}).Status
	}
	if status := get(); status != 200 {
		t.Fatalf("before: %d", status)
	}
	bob := must(i.app.staff.Members(t.Context()))(t)[1]
	if err := i.app.staff.EndSessions(t.Context(), ada.ID, bob.ID, ""); err != nil {
		t.Fatal(err)
	}
	if status := get(); status != http.StatusSeeOther {
		t.Errorf("at once after: %d, want the way to sign in", status)
	}
}
