package keys

import "slices"

// record identifies a log record, so that a problem is logged once while it lasts. Errors cannot identify it, since each poll
// makes new ones. Nothing but the log depends on the texts.
type record struct{ subject, err string }

// logFault logs a fault of the whole directory, unless the last poll found the same one. It returns err.
func (d *Directory) logFault(message string, err error) error {
	r := record{message, err.Error()}
	if d.fault != r {
		d.fault = r
		d.config.Logger.Error(message, "error", r.err)
	}
	return err
}

// logWarnings logs the problems of single files, except those that the last successful poll found, too.
func (d *Directory) logWarnings(found *snapshot, broken []string) {
	logged := map[record]bool{}
	for _, w := range found.warnings {
		r := record{w.file, w.err.Error()}
		if logged[r] = true; !d.logged[r] {
			d.logWarning(r, found, broken)
		}
	}
	d.logged = logged
}

// logWarning logs the problem of a file as an error if keys were removed or are kept because of it.
func (d *Directory) logWarning(r record, found *snapshot, broken []string) {
	log, message := d.config.Logger.Warn, "key file skipped"
	switch {
	case slices.Contains(broken, r.subject):
		log, message = d.config.Logger.Error, "key file cannot be used; its last good keys are kept"
	case len(fileNamed(found.files, r.subject).keys) > 0:
		message = "a key in the file is not used"
	case len(d.lastKeys(r.subject)) > 0:
		log, message = d.config.Logger.Error, "key file is no longer usable; its keys are removed"
	}
	log(message, "file", r.subject, "error", r.err)
}
