package page

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"testing"

	"fanfare/server/contest"
)

func TestAnEntryUnfoldsAsAPhotoThatFits(t *testing.T) {
	p, ch := renderer(t), over()
	e := contest.Entry{ID: "e_1", Author: "林晚", Caption: "江汉关的灯", Photo: card(1, "").Photo}
	want := e.Photo.Renditions[0]
	for _, asXML := range []bool{false, true} {
		body := drawn(t, OEmbedPath, func(w http.ResponseWriter, r *http.Request) error {
			fits, err := p.Embed(w, r, EmbedView{Challenge: ch, Entry: e, XML: asXML, MaxWidth: want.Width})
			if !fits {
				t.Error("nothing fits")
			}
			return err
		})
		var o oEmbed
		read := json.Unmarshal
		if asXML {
			read = xml.Unmarshal
		}
		if err := read([]byte(body), &o); err != nil {
			t.Fatal(err)
		}
		if o.Type != "photo" || o.Version != "1.0" || o.AuthorName != "林晚" || o.Width != want.Width || o.URL != "https://photos.example.org/m/"+want.Key {
			t.Errorf("got %+v", o)
		}
	}
	if fits, err := p.Embed(nil, httptest.NewRequest(http.MethodGet, OEmbedPath, nil), EmbedView{Challenge: ch, Entry: e, MaxWidth: 1}); fits || err != nil {
		t.Errorf("a photo one pixel wide: %v %v", fits, err)
	}
}
