// Exports owns the files for other programs: those that train and measure retrievers, with which passages of a
// query are positives and negatives after a run, and those in which people or programs look at labels. It knows
// nothing of models, of the computation of scores, or of folders, and imports only Records, Decisions and Assessments
// of this project's targets. docs/RETRIEVAL.md and docs/REVIEW.md describe the files to users.
