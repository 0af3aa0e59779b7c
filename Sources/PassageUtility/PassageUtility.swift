// PassageUtility owns how much each passage helps to answer its query: the signals in the texts,
// their combination and calibration, the reliability of a judge, the useful set, suspect labels and
// hard negatives. It knows nothing of files, JSON, encoders, prompts or how a model runs:
// similarities, likelihoods and a judge's scores come in as numbers.
