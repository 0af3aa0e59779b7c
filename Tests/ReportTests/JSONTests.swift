import Assessments
import Foundation
import Testing

@testable import Report

@Suite("Report as JSON") struct JSONTests {
  private func text(_ report: RunReport) throws -> String {
    String(decoding: try report.json(), as: UTF8.self)
  }

  @Test("a small report, byte for byte")
  func small() throws {
    var report = plainReport(records: 1, rejected: 1)
    report.counts.kept = 1
    report.notes = ["line 2 was set aside"]
    let expected = """
      {
        "counts" : {
          "corrected" : 0,
          "flagged" : 0,
          "kept" : 1,
          "proposed" : 0,
          "protected" : 0,
          "review" : 0,
          "truncated" : 0
        },
        "findings" : [

        ],
        "format" : 1,
        "input" : {
          "bytes" : 100,
          "digest" : "d1",
          "kinds" : {
            "text" : 1
          },
          "lines" : 2,
          "name" : "news",
          "records" : 1,
          "rejected" : 1
        },
        "labels" : [

        ],
        "notes" : [
          "line 2 was set aside"
        ],
        "provenance" : {
          "mode" : "auto",
          "rules" : "built-in",
          "rules_digest" : "none",
          "seed" : 1,
          "signals" : [

          ],
          "version" : "1.2.3"
        },
        "suspects" : [

        ],
        "transitions" : [

        ]
      }

      """
    #expect(try text(report) == expected)
  }

  @Test("every member, with its name and its numbers rounded to four decimals")
  func full() throws {
    let expected = """
      {
        "counts" : {
          "corrected" : 1,
          "flagged" : 2,
          "kept" : 1,
          "proposed" : 0,
          "protected" : 1,
          "review" : 1,
          "truncated" : 1
        },
        "error_rate" : {
          "basis" : "a witness",
          "estimate" : 0.1235,
          "high" : 0.2,
          "low" : 0.1
        },
        "findings" : [

        ],
        "format" : 1,
        "input" : {
          "bytes" : 100,
          "digest" : "d1",
          "kinds" : {
            "text" : 4
          },
          "lines" : 4,
          "name" : "news",
          "records" : 4,
          "rejected" : 0
        },
        "labels" : [
          {
            "corrected_away" : 1,
            "corrected_to" : 0,
            "flagged" : 2,
            "given" : 3,
            "label" : "sport/ball",
            "mean_credibility" : 0.9877
          },
          {
            "corrected_away" : 0,
            "corrected_to" : 1,
            "flagged" : 0,
            "given" : 0,
            "label" : "cooking"
          }
        ],
        "notes" : [
          "1 record cut"
        ],
        "provenance" : {
          "encoder" : "encoder",
          "language_model" : "model",
          "mode" : "auto",
          "rules" : "news.yaml",
          "rules_digest" : "d2",
          "seed" : 1,
          "signals" : [
            "knn10"
          ],
          "version" : "1.2.3"
        },
        "rating" : {
          "domains" : {
            "news" : 1
          },
          "failures" : {
            "no-text" : 1
          },
          "means" : {
            "domain_expertise" : 3.3333
          },
          "prompt" : "2",
          "rated" : 1
        },
        "retrieval" : {
          "answers" : {
            "given" : 1
          },
          "calibration" : {
            "labelled_queries" : 20,
            "refitted_queries" : 21,
            "source" : "refitted"
          },
          "false_negatives" : 0,
          "flagged" : 1,
          "hard_negatives" : 1,
          "judging" : {
            "calls" : 3,
            "failures" : {
              "timed-out" : 1
            },
            "first_failure" : "no reply",
            "log_odds" : {
              "selected" : 0.5556
            },
            "prompts" : {
              "answer" : "2"
            },
            "selection" : "selection",
            "without_judgement" : 0
          },
          "keep_rate" : 0.6667,
          "labelled" : 2,
          "passages" : 2,
          "queries" : 1,
          "reason" : "the rules name a server.",
          "scorer" : "judge",
          "suspects" : [
            {
              "credibility" : 0.0432,
              "id" : "q1",
              "label" : 0,
              "line" : 4,
              "passage" : "p2",
              "proposal" : 1,
              "query" : "Where?",
              "text" : "Here.",
              "utility" : 0.9111
            }
          ],
          "useful" : 1,
          "weights" : {
            "answerGain" : 0.3333,
            "dense" : 0.6667
          }
        },
        "suspects" : [
          {
            "action" : "corrected",
            "credibility" : 0.0124,
            "id" : "x3",
            "label" : "sport/ball",
            "line" : 3,
            "neighbours" : [
              "x1: cooking"
            ],
            "proposal" : "cooking",
            "text" : "“Soup”"
          }
        ],
        "transitions" : [
          {
            "evidence" : "cooking",
            "given" : "sport/ball",
            "records" : 2
          }
        ],
        "utility" : {
          "harmful" : 1,
          "mean" : 0.5,
          "worst" : [
            {
              "id" : "x3",
              "label" : "sport/ball",
              "line" : 3,
              "utility" : -1.2346
            }
          ]
        },
        "witness" : {
          "explanation" : "It is open.",
          "informativeness" : 0.3333,
          "open" : true,
          "right_share" : 0.6667
        }
      }

      """
    #expect(try text(fullReport()) == expected)
  }

  @Test("a report reads its own JSON, and writes the same bytes again")
  func roundTrip() throws {
    for report in [plainReport(), fullReport()] {
      let bytes = try report.json()
      #expect(try RunReport(json: Data(bytes)).json() == bytes)
    }
    let read = try RunReport(json: Data(fullReport().json()))
    #expect(read.witness?.rightShare == 0.6667)
    #expect(read.labels.map(\.correctedTo) == [0, 1])
    #expect(read.retrieval?.judging?.logOdds == ["selected": 0.5556])
    #expect(read.retrieval?.weights == ["dense": 0.6667, "answerGain": 0.3333])
    #expect(read.rating?.means == ["domain_expertise": 3.3333])
    #expect(
      read.retrieval?.calibration == CalibrationFacts(labelledQueries: 20, refittedQueries: 21))
    #expect(read.suspects.first?.text == "“Soup”")
  }

  @Test("a report of a version that computed less is read, and other JSON is refused")
  func otherJSON() throws {
    let read = try RunReport(json: Data(plainReport().json()))
    #expect(read.utility == nil)
    #expect(read.retrieval == nil)
    for text in ["", "{}", "[]", #"{"format": 1}"#] {
      #expect(throws: (any Error).self) { try RunReport(json: Data(text.utf8)) }
    }
  }

  @Test(
    "a report with numbers that no run counts is refused with a sentence",
    arguments: [
      ("\"mean_credibility\" : 0.9877", "\"mean_credibility\" : -1e11", "labels.mean_credibility"),
      ("\"given\" : 3", "\"given\" : -3", "labels.given"),
      ("\"given\" : 3", "\"given\" : 9223372036854775807", "labels.given"),
      ("\"estimate\" : 0.1235", "\"estimate\" : 1000", "error_rate.estimate"),
      ("\"kept\" : [", "\"kept\" : [-5,", "credibility"),
      ("\"kept\" : [", "\"kept\" : [7,", "credibility"),
      ("\"points\" : \"0,1000\"", "\"points\" : \"0,-9223372036854775808\"", "map.groups"),
      ("\"points\" : \"0,1000\"", "\"points\" : \"0\"", "map.groups"),
    ])
  func damaged(whole: String, damaged: String, place: String) throws {
    var report = fullReport()
    report.credibility = CredibilityFacts(of: [(0.5, true), (0.75, false)], order: [0, 1])
    report.map = MapFacts(
      groups: [PointGroup(name: "a", flagged: false, points: [(0, 1)])], shown: 1, records: 1,
      sampling: "", axes: "")
    let json = String(decoding: try report.json(), as: UTF8.self)
    let changed = json.replacing(whole, with: damaged)
    #expect(changed != json)
    #expect(try RunReport(json: Data(json.utf8)).labels.count == 2)
    let error = #expect(throws: RunReport.Damage.self) {
      try RunReport(json: Data(changed.utf8))
    }
    #expect(error?.reason.contains(place) == true)
  }

  @Test("the line for machines has no lists that are for people")
  func machineLine() throws {
    var report = fullReport()
    report.retrieval?.perQuery = [
      RetrievalFacts.QueryRow(
        line: 1, id: "a", query: "secret query", passages: 1, useful: 1, flagged: 0,
        hardNegatives: 0)
    ]
    report.retrieval?.scatter = [PointGroup(name: "a", flagged: false, points: [(0, 1)])]
    let line = try report.machineSummary(paths: [], seconds: 1, encoded: 0)
    #expect(line.contains("\"retrieval\":{"))
    for part in ["per_query", "scatter", "secret"] { #expect(!line.contains(part)) }
  }

  @Test("a number that is not finite is an error, and never a wrong report")
  func notFinite() {
    var report = plainReport()
    report.errorRate = ErrorRate(estimate: .nan, low: 0, high: 1, basis: "")
    #expect(throws: (any Error).self) { try report.json() }
    #expect(throws: (any Error).self) {
      try report.machineSummary(paths: [], seconds: 0, encoded: 0)
    }
  }

  @Test("numbers are rounded to the nearest, half away from zero")
  func rounding() {
    var report = plainReport()
    report.suspects = [0.00005, 0.00004, 1, 0.99995, 0.99994].map {
      var row = suspect(line: 1)
      row.credibility = $0
      return row
    }
    #expect(report.rounded().suspects.map(\.credibility) == [0.0001, 0, 1, 1, 0.9999])
  }

  @Test("calibration is refitted as soon as one query has a fitted one")
  func calibration() {
    #expect(CalibrationFacts(labelledQueries: 0, refittedQueries: 0).source == "shipped")
    #expect(CalibrationFacts(labelledQueries: 0, refittedQueries: 1).source == "refitted")
  }

  @Test("the line for machines, byte for byte")
  func machineSummary() throws {
    var report = fullReport()
    report.retrieval = nil
    let line = try report.machineSummary(paths: ["out/news.jsonl"], seconds: 1.23456, encoded: 7)
    let expected =
      #"{"counts":{"corrected":1,"flagged":2,"kept":1,"proposed":0,"protected":1,"review":1,"#
      + #""truncated":1},"digest":"d1","encoded_texts":7,"error_rate":{"basis":"a witness","#
      + #""estimate":0.1235,"high":0.2,"low":0.1},"findings":[],"input":"news","paths":["out/news.jsonl"],"#
      + #""records":4,"rejected":0,"seconds":1.235,"witness_open":true}"#
    #expect(line == expected)
  }

  @Test("the line for machines has the facts about queries, without their suspects")
  func machineSummaryOfQueries() throws {
    let line = try fullReport().machineSummary(paths: [], seconds: 0, encoded: 0)
    #expect(line.contains(#""hard_negatives":1"#))
    #expect(line.contains(#""keep_rate":0.6667"#))
    #expect(line.contains(#""suspects":[]"#))
    #expect(!line.contains("Where?"))
    #expect(!line.contains("\n"))
  }
}
