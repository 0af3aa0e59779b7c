// Repair owns the judgement of annotations: signals, their fusion, the noise transition,
// credibility, the witness, corrections, soft labels and utility. Values in, values out: it knows
// vectors and label numbers, and nothing of files, JSON, models or how a vector came about.
