// ModelJudging owns the questions that emend puts to a text generator and the reading of its
// replies: prompts, quoted texts, judgements of passages and ratings of texts. It knows nothing of
// records, of emend's own assessments, or of how a model runs: it asks through `TextGenerator`.
