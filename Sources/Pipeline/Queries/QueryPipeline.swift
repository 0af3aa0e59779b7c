import ModelInterfaces
import Exports
import Records
import Report
import Rules
import PassageUtility
import ModelJudging
import Vectors

/// The stages for queries with passages: encode, ask the language model, assess.
struct QueryPipeline {
  let rules: RuleSet
  let models: any ModelSource
  let threads: Int
  let progress: DatasetRepair.Progress?

  /// The results of a file's queries, with the facts for the report.
  struct Outcome {
    /// One per query.
    let results: [QueryResult]
    let facts: RetrievalFacts
    let encoderIdentity: String
    let languageModelIdentity: String?
    /// How many texts the model really encoded; the vectors of the others were in the cache.
    let encodedCount: Int
    /// How many passages a model saw only the beginning of.
    let truncatedCount: Int
    let exported: [ExportedQuery]
  }

  /// How many queries are encoded at once; the vectors of their sentences take at most some hundreds of
  /// megabytes.
  static let queriesPerBlock = 512

  /// Assesses the passages of queries and their labels.
  ///
  /// - Parameter records: all queries of the file.
  /// - Complexity: dominated by the language model, O(tokens).
  func run(_ records: [Record]) throws -> Outcome {
    let retrievals = Self.retrievals(records)
    let queries = Self.candidates(records, rules)
    // Checks for the models first, so that a missing one is reported before the long encoding.
    let plan = try PassageUtilityPlan(rules, models: models)
    let encoded = try encode(queries)
    let texts = UtilityScores.of(queries, similarities: encoded.similarities)
    let isAsked = texts.map { plan.undecided.isAsked($0.utility) }
    let (evidence, modelIdentity) = try ask(plan, about: queries, isAsked)
    let assessed = QueryAssessments(
      queries, texts: texts, evidence: evidence,
      criteria: NegativeCriteria(rules.utility.hardNegatives))
    let translation = QueryTranslation(
      records: records, retrievals: retrievals, queries: queries, assessed: assessed,
      plan: plan, evidence: evidence, truncated: encoded.truncated)
    let results = translation.results
    let exported = records.indices.map {
      ExportedQuery(
        id: records[$0].id, retrieval: retrievals[$0], result: results[$0],
        similarities: encoded.similarities[$0].questions[0].passage,
        positiveFrom: plan.positiveFrom)
    }
    var facts = translation.facts
    if case .none = evidence {
    } else {
      facts.cascade = RetrievalFacts.CascadeFacts(
        queries, isAsked: isAsked, texts: texts, assessed: assessed)
    }
    facts.keepRate = ConsistencyFilter().statistic(exported).keepRate
    return Outcome(
      results: results, facts: facts,
      encoderIdentity: encoded.identity, languageModelIdentity: modelIdentity,
      encodedCount: encoded.count, truncatedCount: translation.truncatedCount,
      exported: exported)
  }

  private static func retrievals(_ records: [Record]) -> [Retrieval] {
    records.map { record in
      guard case .retrieval(let retrieval) = record.content else {
        preconditionFailure("only queries come here")
      }
      return retrieval
    }
  }

  /// The queries of such records, in their order.
  static func candidates(_ records: [Record], _ rules: RuleSet) -> [CandidateQuery] {
    zip(records, retrievals(records)).map {
      CandidateQuery(
        $1, positiveFrom: rules.utility.positiveFrom, isTrusted: $0.isTrusted)
    }
  }

  /// Asks the plan's model about passages.
  ///
  /// - Parameter isAsked: whether it is asked about each passage, per query and passage.
  /// - Returns: what it says, and the identity of the model; nil if no model was opened.
  private func ask(
    _ plan: PassageUtilityPlan, about queries: [CandidateQuery], _ isAsked: [[Bool]]
  ) throws -> (ModelEvidence, identity: String?) {
    switch plan.method {
    case .texts: return (.none, nil)
    case .likelihood(let asksForAnswers):
      // To open a model takes seconds, so one that has nothing to read stays closed.
      guard isAsked.contains(where: { $0.contains(true) }),
        let model = try models.languageModel(rules)
      else { return (.likelihoods(queries.map { _ in nil }), nil) }
      let scoring = LikelihoodScoring(model: model, asksForAnswers: asksForAnswers)
      let outcomes = try scoring.score(queries, isRead: isAsked) { progress?(.likelihood, $0, $1) }
      return (.likelihoods(outcomes), model.identity)
    case .judge(let judge):
      let outcomes = try JudgingRound(judge: judge).outcomes(of: queries, isAsked: isAsked) {
        progress?(.judging, $0, $1)
      }
      return (.judgements(outcomes), judge.identity)
    }
  }

  private struct EncodedQueries {
    var similarities: [Similarities] = []
    var truncated: [[Bool]] = []
    var identity: String
    var count = 0
  }

  private func encode(_ queries: [CandidateQuery]) throws -> EncodedQueries {
    let encoder = try models.encoder(rules)
    var encoded = EncodedQueries(identity: encoder.identity)
    let total = queries.reduce(0) { $0 + $1.textsToEncode.count }
    var done = 0
    // Blocks of about equal size, because each is the sample of other subjects for its queries.
    let blocks = max(1, (queries.count + Self.queriesPerBlock - 1) / Self.queriesPerBlock)
    for number in 0..<blocks {
      let block = queries[
        (number * queries.count / blocks)..<((number + 1) * queries.count / blocks)]
      let texts = block.map(\.textsToEncode)
      let before = done
      let encoding = try encoder.encode(texts.flatMap(\.self)) {
        progress?(.encoding, before + $0, total)
      }
      encoded.count += encoding.encodedCount
      let sample = BackgroundSample(block, encoding.embeddings)
      var row = 0
      for (query, texts) in zip(block, texts) {
        let rows = row..<row + texts.count
        row = rows.upperBound
        let columns = encoding.embeddings.columns
        var similarities = Similarities(
          query,
          vectors: Matrix(
            rows: rows.count, columns: columns,
            storage: Array(
              encoding.embeddings.storage[rows.lowerBound * columns..<row * columns])))
        similarities.background = sample.similarity(to: query, row: rows.lowerBound)
        encoded.similarities.append(similarities)
        let firstPassage = rows.lowerBound + query.questions.count
        encoded.truncated.append(
          query.passages.indices.map { encoding.truncated[firstPassage + $0] })
      }
      done += encoding.embeddings.rows
    }
    return encoded
  }
}

extension CandidateQuery {
  init(_ retrieval: Retrieval, positiveFrom: Int, isTrusted: Bool) {
    self.init(
      text: retrieval.query, passages: retrieval.passages.map(\.titledText),
      answers: retrieval.answers,
      isLabelledUseful: retrieval.passages.map { passage in
        passage.grade.map { $0 >= positiveFrom }
      }, isTrusted: isTrusted)
  }
}
