/// The name of a kind of finding. Programs may rely on it. docs/FINDINGS.md lists all of them.
package enum FindingCode: String, Sendable, Codable, CaseIterable {
  // The file cannot be used.
  case unusableFile = "input"
  case noUsableLine = "no-usable-line"
  case otherEncoding = "other-encoding"
  case noText = "no-text"
  case noLabel = "no-label"
  case missingMember = "missing-member"
  case spans = "label-spans"
  case tokenTags = "label-token-tags"
  case objects = "label-objects"
  case probabilities = "label-probabilities"
  case scores = "label-scores"
  case unequalLists = "label-unequal-lists"
  case unrepeatedLabels = "label-unrepeated"

  // A part of the file is probably not as its owner thinks.
  case rejectedLines = "rejected-lines"
  case oneLabel = "one-label"
  case emptyText = "empty-text"
  case constantText = "constant-text"
  case conflictingDuplicates = "conflicting-duplicates"
  case conflictingPassages = "conflicting-passages"
  case delimiter = "delimiter"
  case mixedLists = "mixed-lists"
  case labelOrder = "label-order"
  case unknownTokens = "unknown-tokens"
  case contradictedLabel = "contradicted-label"
  case unreadItems = "unread-items"
  case unreadAnnotations = "unread-annotations"
  case separateVotes = "separate-votes"

  // How the file is read.
  case container = "container"
  case preset = "preset"
  case annotationVotes = "annotation-votes"
  case placeholder = "placeholder"
  case abstention = "abstention"
  case placeholderWord = "placeholder-word"
  case joinedSpellings = "joined-spellings"
  case similarSpellings = "similar-spellings"
  case absentLabel = "absent-label"
  case absentAlias = "absent-alias"
  case oneHot = "one-hot"
  case singleItemLists = "single-item-lists"
  case emptyLists = "empty-lists"
  case constantMember = "constant-member"
  case repeatedLabel = "repeated-label"
  case repeatedID = "repeated-id"
  case editedLabel = "edited-label"
  case earlierResults = "earlier-results"
  case mentionDiffers = "mention-differs"
  case ignoredVector = "ignored-vector"
  case emptyPassage = "empty-passage"
  case repeatedPassage = "repeated-passage"
  case repeatedPassageID = "repeated-passage-id"
  case unjudgedPassage = "unjudged-passage"
  case ignoredQueryMember = "ignored-query-member"
  case tellingMember = "telling-member"

  // What only the labels of all records, or their vectors, show.
  case rareLabel = "rare-label"
  case imbalance = "imbalance"
  case orderedLabels = "ordered-labels"
  case nearDuplicates = "near-duplicates"
  case outlier = "outlier"

  package var severity: Finding.Severity {
    switch self {
    case .unusableFile, .noUsableLine, .otherEncoding, .noText, .noLabel, .missingMember, .spans,
      .tokenTags,
      .objects, .probabilities, .scores, .unequalLists, .unrepeatedLabels:
      .refused
    case .rejectedLines, .oneLabel, .emptyText, .constantText, .conflictingDuplicates,
      .conflictingPassages, .delimiter, .mixedLists, .labelOrder, .unknownTokens,
      .contradictedLabel, .unreadItems,
      .unreadAnnotations, .separateVotes:
      .warning
    case .container, .preset, .annotationVotes, .placeholder, .abstention, .placeholderWord,
      .joinedSpellings, .similarSpellings, .absentLabel, .absentAlias, .oneHot,
      .singleItemLists, .emptyLists, .constantMember, .repeatedLabel, .repeatedID,
      .editedLabel, .earlierResults, .mentionDiffers, .ignoredVector, .emptyPassage,
      .repeatedPassage,
      .repeatedPassageID,
      .unjudgedPassage, .ignoredQueryMember, .tellingMember,
      .rareLabel, .imbalance, .orderedLabels, .nearDuplicates, .outlier:
      .note
    }
  }

  /// Whether the summary of a run shows the finding; `emend check` and the report show all.
  package var isInSummary: Bool {
    switch self {
    // The summary says in other words how many lines were rejected, and that there is only one label.
    case .constantMember, .rejectedLines, .oneLabel: false
    // Rules for many files have aliases that one file lacks.
    case .absentAlias: false
    // The report shows these with the texts, without which they say little.
    case .tellingMember, .rareLabel, .imbalance, .orderedLabels, .nearDuplicates, .outlier: false
    default: true
    }
  }
}
