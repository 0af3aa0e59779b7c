import Assessments
import Records

/// The documents of a collection, each text once.
///
/// Documents with the same title and text are one, whatever their ids are; white space does not count.
package struct Corpus: Sendable {
  /// A text with its ids.
  package struct Document: Sendable, Equatable {
    /// The first id with this text.
    package let id: String
    package let title: String?
    /// Never blank.
    package let text: String
    /// The other ids with this text, in their order.
    package internal(set) var copies: [String] = []

    /// The text with its title, as it is embedded and searched for words.
    package var titledText: String { Passage(id: id, text: text, title: title).titledText }
  }

  package private(set) var documents: [Document] = []
  /// How many documents were added, copies and blank ones included.
  package private(set) var addedCount = 0
  /// How many of them have no text; they are left out.
  package private(set) var blankCount = 0
  /// Ids that stand for more than one text, in order of appearance. Nobody can tell which text a judgement
  /// with such an id is about.
  package private(set) var ambiguousIDs: [String] = []

  private var placeOfText: [String: Int32] = [:]
  private var placeOfID: [ExactText: Int32] = [:]
  private static let ambiguous: Int32 = -1

  package init() {}

  /// What became of an id.
  package enum Place: Sendable, Equatable {
    /// The index in `documents`.
    case document(Int)
    case unknown
    /// The id stands for several texts.
    case ambiguous
  }

  /// Finds the document that an id names.
  package func place(ofID id: String) -> Place {
    switch placeOfID[ExactText(id)] {
    case nil: .unknown
    case Self.ambiguous?: .ambiguous
    case let place?: .document(Int(place))
    }
  }

  /// The index of the document without a title that has this text; nil where there is none.
  package func place(ofText text: String) -> Int? {
    Passage(id: "", text: text).comparedText.flatMap { placeOfText[$0] }.map(Int.init)
  }

  /// Adds a document, or its id to the document with the same text.
  ///
  /// Where another text has the id, the document is called `ID#n`, n being its number in the corpus.
  /// - Returns: the document's index; nil where it is blank.
  /// - Complexity: O(text).
  @discardableResult
  package mutating func add(id: String, title: String?, text: String) -> Int? {
    addedCount += 1
    let title = title.flatMap { $0.trimmed.isEmpty ? nil : $0 }
    guard !text.trimmed.isEmpty,
      let identity = Passage(id: id, text: text, title: title).comparedText
    else {
      blankCount += 1
      return nil
    }
    let known = placeOfText[identity]
    let place = known ?? Int32(documents.count)
    placeOfText[identity] = place
    var name = id
    switch placeOfID[ExactText(id)] {
    case nil: placeOfID[ExactText(id)] = place
    case place?: return Int(place)
    case let other?:
      if other != Self.ambiguous { ambiguousIDs.append(id) }
      placeOfID[ExactText(id)] = Self.ambiguous
      name = "\(id)#\(addedCount)"
    }
    if known == nil {
      documents.append(Document(id: name, title: title, text: text))
    } else {
      documents[Int(place)].copies.append(name)
    }
    return Int(place)
  }
}
