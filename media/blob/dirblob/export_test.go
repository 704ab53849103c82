package dirblob

// Kind lets the tests show an error that no test can provoke everywhere: a full disk.
var Kind = kind
