// Records owns the lines of a dataset: it reads them strictly, recognises what they hold, and writes them back
// with one member added. It knows nothing of models, of how scores are computed, or of folders. It never
// re-serialises what a user wrote.
