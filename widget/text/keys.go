package text

// Key names a sentence.
type Key uint16

// The sentences, grouped by where they are said.
const (
	// connection
	Live Key = iota
	Connecting
	Offline
	NotLive

	// time
	DaysHours
	HoursMinutes
	Minutes
	EntriesOpenIn
	EntriesCloseIn
	VotesOpenIn
	VotesCloseIn
	AllCloseIn
	Ended
	EndedOpen

	// header
	Photos
	Votes
	VotesLeftToday
	VotesLeft
	VotesStand
	VotesWait
	VotesWaitUntil
	VotesBroken
	AsAt
	CountedLater
	SeeResult
	ResultChecked
	ResultSoon
	Enter
	FinishEntry
	Excluded

	// sections
	Sections
	Board
	Result
	Gallery
	Mine

	// boards
	Boards
	Overall
	Rising
	Cities
	Partners
	Friends
	ByCity
	ByPartner
	ByTotal
	ByAverage
	FewForAverage
	Watching
	PerMinute
	Near
	RisingHint
	RisingEmpty
	ScopeEmpty
	FriendsEmpty
	FriendNumber
	AddFriend
	FriendUnknown
	FriendsFull
	CopyLink
	LinkCopied
	Compare
	Compared
	Unfriend

	// cards
	Rank
	OpenPhoto
	PhotoBy
	VoteFor
	TakeBack
	VoteForUncounted
	TakeBackUncounted
	VoteForGained
	TakeBackGained
	PointsFor
	Points
	Rate
	Yours

	// states
	Loading
	LoadFailed
	TryAgain
	NoChallenge
	NoCore
	BoardEmpty
	GalleryEmpty
	NobodyEntered
	GallerySoon
	NoHits

	// gallery
	Search
	ClearSearch
	Sort
	Newest
	Top
	Shuffle
	More

	// mine
	MineEmpty
	Processing
	ProcessingHint
	Pending
	PendingHint
	Published
	Rejected
	ModeratorNote
	Appeal
	AppealHint
	AppealSend
	Appealed
	AppealDeclined
	OriginalAsked
	OriginalChoose
	OriginalSent
	OriginalTooLarge
	Place
	Behind
	Leading
	EntryNumber
	Withdraw
	WithdrawAsk
	Keep
	Withdrawn
	RepostNow
	RepostOver
	RepostNone
	RepostChange
	RepostSaved
	RepostSaid
	Save

	UnderReview
	SomeUnderReview
	VotesExcluded
	Complain
	ComplainHint
	Complained
	TopPercent
	Erase
	EraseAsk
	EraseReturn
	EraseDo
	Erased

	// letters
	Letters
	LettersWhy
	LettersAsk
	LettersGo
	LettersOn
	LettersStop

	// who may vote
	QualifyTitle
	QualifyWhy
	QualifyThen
	Qualified
	NeedMail
	NeedInvitation
	HaveInvitation
	Or
	Mail
	MailSend
	MailSent
	MailAgain
	MailCode
	MailConfirm
	Invitation
	UseInvitation

	// form
	FormTitle
	Choose
	ChooseHint
	ChooseOther
	NoPreview
	GraceHint
	Cameras
	CaptureHint
	Caption
	CaptionHint
	Author
	City
	Partner
	NoChoice
	SharePlace
	Reposts
	RepostWhere
	RepostTerm
	Months
	ByDay
	RepostDay
	Weibo
	WeChat
	Xiaohongshu
	Douyin
	OwnSite
	Consents
	Send
	Sending
	Finishing
	WaitNetwork
	WaitServer
	Cancel
	SentTitle
	SentText
	Done

	// lightbox
	Close
	Previous
	Next
	TakenOn
	Report
	InPhoto
	ReportTitle
	ReportRights
	ReportPerson
	ReportOffensive
	ReportOffTopic
	ReportOther
	ReportNote
	ReportSend
	Reported

	// outcomes
	Voted
	VoteForGood
	TakenBack
	NoAnswer
	ArrivedBefore
	SignIn

	// refusals
	Unknown
	NotLaunched
	EntriesNotOpen
	EntriesClosed
	TooManyEntries
	ConsentMissing
	UnknownChoice
	CaptionMissing
	CaptionTooLong
	AuthorMissing
	AuthorTooLong
	VotesNotOpen
	VotesClosed
	OwnEntry
	EntryNotShown
	VoteLimit
	VoterNotAdmitted
	EntryVoteLimit
	VotesFinal
	PointsOutOfRange
	Departed
	MailNotConfigured
	MailInvalid
	MailDisposable
	MailTaken
	MailThrottled
	CodeWrong
	CodeEnded
	InvitationInvalid
	CaptureMissing
	CaptureTooEarly
	CaptureTooLate
	CameraNotAllowed
	OffTopic
	PoorQuality
	Offensive
	RightsDoubt
	PersonShown
	Unreadable
	Duplicate
	VoteTrading
	Spam
	BanOffensive
	BanRights
	BanDuplicate
	DuplicatePhoto
	Banned
	AppealMissing
	AppealNotOpen
	Damaged
	FileGone
	TooManyUploads
	TermInvalid
	TooComplex
	UnsupportedType
	SavedAs
	NotHere
	ForEditing
	Moving
	TooLarge
	TooManyPixels
	ChooseFirst
	OriginNotRegistered
	RateLimited
	StorageFull
	NotFound
	Unavailable
)
