package web

import (
	"net/http"

	"fanfare/media"
)

// refusedPhoto says why a photo cannot be used, and what to send instead.
func refusedPhoto(refused *media.Refused) *problem {
	p := newProblem(http.StatusUnprocessableEntity, refused.Reason, remedyOf(refused))
	if refused.Format != "" {
		p.Params = map[string]string{"format": refused.Format}
	}
	return p
}

// remedies are sentences by reason.
var remedies = map[string]string{
	media.UnsupportedType: "The file is no photo of a kind that is taken. Send a JPEG, HEIC, PNG or WebP.",
	media.TooLarge:        "The photo is larger than 25 MB. Send a smaller one.",
	media.TooManyPixels:   "The photo has more than 50 megapixels. Send a smaller one.",
	media.SideTooLong:     "A side of the photo is longer than 12,000 pixels. Send a smaller one.",
	media.TooManyScans:    "The photo is stored in more passes than any camera uses. Save it again as a JPEG, and send that.",
	media.Broken:          "The photo is damaged and cannot be read to its end. Send the file from the camera or the phone once more.",
	media.TookTooLong:     "The photo takes too long to read. Save it again as a JPEG, and send that.",
}

// unsupported are sentences for the formats that fans send most among those that are not taken.
var unsupported = map[string]string{
	"avif": "AVIF photos are not taken yet. Choose JPEG or HEIC in the camera's settings, or save the photo as a JPEG.",
	"heic": "This server cannot read HEIC photos. Choose JPEG (\"most compatible\") in the camera's settings, or save the photo as a JPEG.",
	"heif": "HEIF photos coded in another way than HEIC are not taken. Choose JPEG in the camera's settings, or save the photo as a JPEG.",
	"tiff": "TIFF and raw files are not taken. Export the photo as a JPEG.",
	"raw":  "Raw files are not taken. Export the photo as a JPEG.",
	"jxl":  "JPEG XL photos are not taken. Save the photo as a JPEG.",
	"gif":  "GIF pictures are not taken. Send a photo as JPEG, HEIC, PNG or WebP.",
	"svg":  "A drawing (SVG) is no photo. Send a JPEG, HEIC, PNG or WebP.",
	"pdf":  "A document (PDF) is no photo. Send a JPEG, HEIC, PNG or WebP.",
	"mp4":  film, "mov": film, "webm": film, "avi": film, "heic sequence": film,
}

const film = "A film is no photo. Send a JPEG, HEIC, PNG or WebP."

func remedyOf(refused *media.Refused) string {
	if sentence, known := unsupported[refused.Format]; known && refused.Reason == media.UnsupportedType {
		return sentence
	}
	if sentence, known := remedies[refused.Reason]; known {
		return sentence
	}
	return "The photo cannot be used. Send another one."
}
