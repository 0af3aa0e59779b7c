// OpenVINOBackend owns running models with OpenVINO on this machine's processor: the encoder, the language
// model and the search for neighbours. It also owns the caches that keep vectors, scores and replies on
// disk. No other target calls OpenVINO's library. It knows nothing of records, labels, the prompts that
// are put to a model, or what a score is used for.
