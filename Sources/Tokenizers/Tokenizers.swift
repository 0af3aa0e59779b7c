// Tokenizers owns turning texts into the numbered tokens of an encoder: normalisation, words and WordPiece
// vocabularies. It knows nothing of vectors, of how a model runs, or of records. The tokenizer of a language
// model is a graph, and OpenVINOBackend runs it.
