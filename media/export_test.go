package media

import "time"

// SetJobTime shortens the time that a job may take.
func (r *Renderer) SetJobTime(d time.Duration) { r.jobTime = d }
