// Rules owns the content of `rules/*.yaml`: it reads and validates it, names file, line, column and remedy of
// every error at once, and chooses the rules of a dataset by the dataset's name. It passes on values, and
// knows nothing of how models run or how labels are scored.
