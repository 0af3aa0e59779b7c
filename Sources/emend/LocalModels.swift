import Foundation
import Inference
import Rules
import Synchronization
import Vectors

/// The models on this machine, opened when first needed and shared by all files of a run.
final class LocalModels: Sendable {
  private let threads: Int
  private let usesCache: Bool
  private let opened = Mutex<[String: any Encoder]>([:])
  private let runtime = Mutex<OpenVINORuntime?>(nil)

  init(threads: Int, usesCache: Bool) {
    self.threads = threads
    self.usesCache = usesCache
  }

  /// The encoder that the rules ask for.
  func encoder(_ rules: RuleSet) throws -> any Encoder {
    let name = rules.encoder ?? ModelStore.defaultModel
    let key = "\(name) \(rules.precision.rawValue)"
    if let known = opened.withLock({ $0[key] }) { return known }
    let layout = try RuntimeLayout.locate()
    let encoder = try OpenVINOEncoder(
      model: try ModelStore(layout: layout).resolve(name), runtime: try openRuntime(layout),
      precision: PrecisionChoice(rules.precision), threads: threads)
    opened.withLock { $0[key] = encoder }
    return encoder
  }

  /// The fastest exact search there is.
  func search() -> any NeighbourSearch { InterimSearch(threads: threads) }

  private func openRuntime(_ layout: RuntimeLayout) throws -> OpenVINORuntime {
    if let known = runtime.withLock({ $0 }) { return known }
    let fresh = try OpenVINORuntime(layout: layout)
    runtime.withLock { $0 = fresh }
    return fresh
  }
}

extension PrecisionChoice {
  init(_ precision: RuleSet.Precision) {
    switch precision {
    case .auto: self = .auto
    case .fp32: self = .fp32
    case .bf16: self = .bf16
    }
  }
}
struct InterimSearch: NeighbourSearch {
  let threads: Int
  func neighbours(of vectors: Matrix, k: Int) -> NeighbourGraph {
    let all = (0..<Int32(vectors.rows)).map { $0 }
    let f = nearestCandidates(of: all, among: all, in: vectors, k: k + 1, threads: threads)
    let w = min(k + 1, vectors.rows), kk = w - 1
    var idx: [Int32] = [], sim: [Float] = []
    for r in 0..<vectors.rows {
      var n = 0
      for s in r*w..<(r+1)*w where f.indices[s] != Int32(r) && n < kk { idx.append(f.indices[s]); sim.append(f.similarities[s]); n += 1 }
    }
    return NeighbourGraph(count: vectors.rows, k: kk, indices: idx, similarities: sim)
  }
}
