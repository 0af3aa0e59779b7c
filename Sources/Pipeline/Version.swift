/// The version of this build. Every report has it, because another version may give other bytes.
package enum EmendVersion {
  package static let current = "0.11.0"
}
