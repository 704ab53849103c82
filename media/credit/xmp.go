package credit

import (
	"bytes"
	"encoding/xml"
)

// xmpHead begins the segment of a JPEG that is XMP.
const xmpHead = "http://ns.adobe.com/xap/1.0/\x00"

const (
	packetBegin = "<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"` +
		` xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/">`
	packetEnd = "</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>"
)

// fallback is the language of a text that is for all readers.
const fallback = "x-default"

// packet is XMP in the making.
type packet struct{ bytes.Buffer }

// xmp is the credit as an XMP packet, with the head that its segment begins with.
func (c Credit) xmp() []byte {
	var p packet
	p.WriteString(xmpHead + packetBegin)
	p.list("dc:creator", "rdf:Seq", c.Creator)
	p.languages("dc:description", c.Captions)
	p.languages("dc:rights", one(c.Copyright))
	p.list("dc:subject", "rdf:Bag", c.Keywords...)
	p.element("photoshop:Credit", c.Line)
	p.element("photoshop:Source", c.Source)
	p.element("photoshop:Instructions", c.Instructions)
	p.languages("xmpRights:UsageTerms", one(c.Instructions))
	p.element("xmpRights:WebStatement", c.Address)
	if c.Copyright != "" {
		p.element("xmpRights:Marked", "True")
	}
	p.WriteString(packetEnd)
	return p.Bytes()
}

// one is a text in no language.
func one(text string) []Caption {
	if text == "" {
		return nil
	}
	return []Caption{{fallback, text}}
}

// element writes an element with a text; none for an empty one.
func (p *packet) element(name, text string) {
	if text == "" {
		return
	}
	p.WriteString("<" + name + ">")
	p.text(text)
	p.WriteString("</" + name + ">")
}

// list writes an element with items.
func (p *packet) list(name, kind string, items ...string) {
	if len(items) == 0 || items[0] == "" {
		return
	}
	p.WriteString("<" + name + "><" + kind + ">")
	for _, item := range items {
		p.element("rdf:li", item)
	}
	p.WriteString("</" + kind + "></" + name + ">")
}

// languages writes an element with a text in several languages, the first of which is for all other ones, too.
func (p *packet) languages(name string, texts []Caption) {
	if len(texts) == 0 {
		return
	}
	p.WriteString("<" + name + "><rdf:Alt>")
	if texts[0].Lang != fallback {
		p.language(Caption{fallback, texts[0].Text})
	}
	for _, text := range texts {
		p.language(text)
	}
	p.WriteString("</rdf:Alt></" + name + ">")
}

func (p *packet) language(c Caption) {
	p.WriteString(`<rdf:li xml:lang="`)
	p.text(c.Lang)
	p.WriteString(`">`)
	p.text(c.Text)
	p.WriteString("</rdf:li>")
}

// text writes a text with what XML reserves escaped.
func (p *packet) text(s string) {
	_ = xml.EscapeText(p, []byte(s)) // a buffer takes all
}
