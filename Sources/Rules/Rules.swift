// Rules owns what `rules/*.yaml` says: reading it, validating it, and choosing the rules of a file.
