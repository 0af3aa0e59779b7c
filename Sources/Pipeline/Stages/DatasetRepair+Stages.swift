import LabelQuality
import PassageUtility
package import Records
import Vectors

// The stages of a repair that many machines share: `emend stage`. They are the pipeline's own steps, cut where
// texts become vectors and where neighbours are searched. docs/SCALE.md, "Stages".
extension DatasetRepair {
  /// The texts whose vectors a run on this dataset needs.
  ///
  /// - Throws: `InputError` as `run` does.
  package func texts(of source: Source) throws -> TextList {
    let (reading, _) = try profiled(source)
    let annotations = reading.records.filter { !$0.isQuery }
    let queries = reading.records.filter(\.isQuery)
    var texts: [String] = []
    if !annotations.isEmpty, !annotations.allSatisfy({ $0.vector != nil }) {
      texts += Vectorisation.texts(
        of: annotations, labels: AnnotatedRecords(annotations, rules: rules).labels, rules)
    }
    texts += QueryPipeline.candidates(queries, rules).flatMap(\.textsToEncode)
    return TextList(texts, rules: rules, label: reading.labelMembers)
  }

  /// Has a recorder write the spaces in which a run on this dataset searches neighbours.
  ///
  /// - Throws: `InputError` as `run` does, and what the recorder throws.
  package func recordSpaces(of source: Source, by recorder: SpaceRecorder) throws {
    let annotations = try profiled(source).reading.records.filter { !$0.isQuery }
    guard !annotations.isEmpty else { return }
    let pipeline = AnnotationPipeline(
      rules: rules, mode: mode, asksPlausibility: false, models: models, threads: threads,
      progress: nil)
    let annotated = AnnotatedRecords(annotations, rules: rules)
    let vectorisation = try pipeline.vectorise(annotations, annotated.labels)
    _ = try Evidence(
      of: AnnotatedSet(annotated, vectorisation, plausibility: nil, rules: rules), search: recorder,
      threads: threads)
  }
}
