// Exports owns the files that train and measure retrievers: which passages of a query are positives
// and negatives after a run, and how each consumer's files are written. It knows nothing of models,
// of the computation of scores, or of folders, and imports only Records of this project's targets.
// docs/RETRIEVAL.md describes the files to users.
