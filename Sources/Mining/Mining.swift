/// From a corpus of documents and a list of queries to the passages that are judged for each query.
///
/// This target owns the formats of corpora, queries, judgements and runs, the search by words and its fusion
/// with that by vectors, and the choice of candidates. It must not know how passages are judged, command lines
/// or folders.
enum Mining {}
