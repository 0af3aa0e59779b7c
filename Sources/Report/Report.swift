// Report owns the report of a run as a value, and its JSON form and its terminal form. It receives the
// numbers and sentences, and knows nothing of how they were found. It imports only Assessments of this
// project's targets.
