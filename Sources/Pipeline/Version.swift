/// What this build calls itself; part of every report, since another version may give other bytes.
package enum EmendVersion {
  package static let current = "0.5.0"
}
