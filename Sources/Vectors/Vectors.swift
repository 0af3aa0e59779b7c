// Vectors owns dense rows of numbers: matrices, dot products, the spectrum of their scatter, the
// neighbour graph over them, and the plain exact search that checks every faster search. It imports
// only Concurrency of this project's targets, and knows nothing of texts, labels or files.
