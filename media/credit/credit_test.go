package credit_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"image/jpeg"
	"io"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/bep/imagemeta"

	"fanfare/media/credit"
	"fanfare/media/mediatest"
)

var whole = credit.Credit{
	Creator:      "林晓",
	Line:         "林晓 / #百万夜景大片挑战",
	Copyright:    "© 林晓",
	Source:       "Fanfare",
	Instructions: "Weibo, WeChat only, until 22 Nov 2027",
	Address:      "https://fanfare.example/e/e_42",
	Captions:     []credit.Caption{{"zh-CN", "江上的桥 <灯火> & 人"}, {"en", "Bridge over the river"}},
	Keywords:     []string{"百万夜景大片挑战", "night"},
}

func credited(t testing.TB, c credit.Credit) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := credit.Write(&b, mediatest.JPEG(mediatest.Scene(32, 24)), c); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestThePictureStaysAsItIs(t *testing.T) {
	before, err := jpeg.Decode(bytes.NewReader(mediatest.JPEG(mediatest.Scene(32, 24))))
	if err != nil {
		t.Fatal(err)
	}
	after, err := jpeg.Decode(bytes.NewReader(credited(t, whole)))
	if err != nil || !reflect.DeepEqual(before, after) {
		t.Errorf("another picture came out, %v", err)
	}
}

func TestAReaderOfIPTCAndXMPFindsTheCredit(t *testing.T) {
	got := map[string]any{}
	_, err := imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(credited(t, whole)), ImageFormat: imagemeta.JPEG, Sources: imagemeta.IPTC | imagemeta.XMP,
		HandleTag: func(tag imagemeta.TagInfo) error {
			got[tag.Source.String()+" "+tag.Tag] = tag.Value
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[string]any{
		"IPTC By-line":             whole.Creator,
		"IPTC CopyrightNotice":     whole.Copyright,
		"IPTC Source":              whole.Source,
		"IPTC SpecialInstructions": whole.Instructions,
		"IPTC Caption-Abstract":    whole.Captions[0].Text,
		"XMP Creator":              whole.Creator,
	} {
		if !reflect.DeepEqual(got[tag], want) {
			t.Errorf("%s is %v, want %v", tag, got[tag], want)
		}
	}
}

func TestALongCreditIsCutInIPTCBetweenCharacters(t *testing.T) {
	file := credited(t, whole)
	if want := []byte("\x02\x6e\x00\x1f林晓 / #百万夜景大片挑"); !bytes.Contains(file, want) { // 31 of at most 32 bytes
		t.Errorf("%q is not there", want)
	}
}

func TestExifToolReadsTheCreditBack(t *testing.T) {
	tool, err := exec.LookPath("exiftool")
	if err != nil {
		t.Skip("exiftool is not installed (libimage-exiftool-perl)")
	}
	cmd := exec.Command(tool, "-json", "-G", "-all", "-validate", "-")
	cmd.Stdin = bytes.NewReader(credited(t, whole))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("exiftool: %v", err)
	}
	var said []map[string]any
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[string]any{
		"IPTC:By-line":             whole.Creator,
		"IPTC:CopyrightNotice":     whole.Copyright,
		"IPTC:Source":              whole.Source,
		"IPTC:SpecialInstructions": whole.Instructions,
		"IPTC:Caption-Abstract":    whole.Captions[0].Text,
		"IPTC:Keywords":            []any{"百万夜景大片挑战", "night"},
		"XMP:Creator":              whole.Creator,
		"XMP:Credit":               whole.Line,
		"XMP:Rights":               whole.Copyright,
		"XMP:Source":               whole.Source,
		"XMP:Instructions":         whole.Instructions,
		"XMP:UsageTerms":           whole.Instructions,
		"XMP:WebStatement":         whole.Address,
		"XMP:Description":          whole.Captions[0].Text,
		"XMP:Description-en":       whole.Captions[1].Text,
		"XMP:Marked":               true,
		"ExifTool:Validate":        "OK",
	} {
		if !reflect.DeepEqual(said[0][tag], want) {
			t.Errorf("%s is %v, want %v", tag, said[0][tag], want)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}

func TestWhatIsNoJPEGIsRefused(t *testing.T) {
	if err := credit.Write(io.Discard, []byte("GIF89a"), whole); err == nil {
		t.Error("a GIF was taken for a JPEG")
	}
}

func TestAFailedWriterIsTold(t *testing.T) {
	full := errors.New("full")
	if err := credit.Write(failing{full}, credited(t, credit.Credit{}), whole); !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// FuzzCredit holds that whatever fans write, the picture stays one and its XMP is well formed.
func FuzzCredit(f *testing.F) {
	f.Add("林晓", "江上的桥\n<灯火>", "a&b")
	f.Add(strings.Repeat(`"`, 5000), strings.Repeat("\n&", 4000), strings.Repeat("'", 300))
	f.Add("\x00\xff\ufffe", "\u202e", "\x1b%G")
	f.Fuzz(func(t *testing.T, name, caption, word string) {
		words := []string{}
		for range 20 {
			words = append(words, word)
		}
		file := credited(t, credit.Credit{
			Creator: name, Line: name, Copyright: name, Source: name, Instructions: caption, Address: caption,
			Captions: []credit.Caption{{"zh-CN", caption}, {"en", caption}, {"en", caption}}, Keywords: words,
		})
		if _, err := jpeg.Decode(bytes.NewReader(file)); err != nil {
			t.Fatalf("the picture is none any more: %v", err)
		}
		_, packet, _ := bytes.Cut(file, []byte("http://ns.adobe.com/xap/1.0/\x00"))
		packet, _, _ = bytes.Cut(packet, []byte("<?xpacket end"))
		for d := xml.NewDecoder(bytes.NewReader(packet)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("the XMP is not well formed: %v", err)
			}
		}
	})
}
