package archive

import (
	"testing"

	"fanfare/server/page/pagetest"
)

func TestTemplatesHaveNothingInline(t *testing.T) { pagetest.NothingInline(t, files) }
