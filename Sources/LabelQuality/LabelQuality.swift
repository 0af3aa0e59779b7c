// LabelQuality owns the assessment of annotations: the signals and their fusion into out-of-fold
// probabilities, the noise transition, error probabilities and credibility, the label-name gate,
// corrections, soft labels and data values. It takes values and returns values: vectors, label
// numbers and the words of texts. It knows nothing of files or JSON, and nothing of the models that
// computed the vectors and the plausibilities.
